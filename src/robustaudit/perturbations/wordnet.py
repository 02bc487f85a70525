"""Synonyms and hyponyms from a word net."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import regex

from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.core.installing import python_command
from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.word_lists import changes, load_table, look_up, match_case

if TYPE_CHECKING:
    from wn import Synset, Wordnet

SHIPPED = "shipped"
"""Stands for a reduced table of WordNet 3.0 that needs no word net."""

_NAME_AND_VERSION = regex.compile(r"[\w.+-]++:[\w.+-]++")
_ONE_WORD = regex.compile(r"\p{L}++(?:['’-]\p{L}++)*+")


def check_word_net(name: str) -> None:
    """Raise UserError if a word net of that name and version is not installed."""
    if name != SHIPPED:
        _word_net(name)


def synonyms(word: str, word_net: str) -> Sequence[str]:
    """The words of the same synset in a word net."""
    if word_net == SHIPPED:
        return look_up(word, load_table("synonyms.toml", "synonyms"))
    return _related(word, word_net, lambda synset: [synset])


def hyponyms(word: str, word_net: str) -> Sequence[str]:
    """The words of the synsets directly below the word's in a word net."""
    if word_net == SHIPPED:
        return look_up(word, load_table("synonyms.toml", "hyponyms"))
    return _related(word, word_net, lambda synset: synset.hyponyms())


def _related(word: str, word_net: str, synsets: Callable[["Synset"], Iterable["Synset"]]) -> Sequence[str]:
    """The words of synsets related to a word's first sense; none for words of several parts of speech."""
    senses = _word_net(word_net).senses(word.lower().replace("’", "'"))
    if len({sense.synset().pos.replace("s", "a") for sense in senses}) != 1:
        return ()
    opposites = {other.word().lemma() for sense in senses for other in sense.get_related("antonym")}
    found = {lemma for synset in synsets(senses[0].synset()) for lemma in synset.lemmas()}
    usable = sorted(lemma for lemma in found - opposites if _ONE_WORD.fullmatch(lemma))
    return changes(word, [match_case(word, lemma) for lemma in usable])


@cache
def _word_net(name: str) -> "Wordnet":
    if not _NAME_AND_VERSION.fullmatch(name):
        raise UserError(
            f"word net must be {SHIPPED!r} or a name and version such as 'oewn:2024', got {name!r}"
        )
    with extra("wordnet"):
        import wn  # noqa: PLC0415
    missing = UserError(f"word net {name!r} is not installed: {python_command()} -m wn download {name}")
    database = wn.config.database_path  # type: ignore[attr-defined]  # public by its documentation
    if not database.is_file():  # wn would make an empty one
        raise missing
    try:
        return wn.Wordnet(name, expand="", normalizer=None, search_all_forms=False)
    except wn.Error as error:
        raise missing from error


@perturbation("synonym", family="words", meaning="may change")
class Synonym(WordPerturbation):
    """Use a synonym from WordNet: `almost` becomes `nearly`."""

    word_net: str = SHIPPED

    def __post_init__(self) -> None:
        check_word_net(self.word_net)

    def replacements(self, word: str) -> Sequence[str]:
        return synonyms(word, self.word_net)


@perturbation("hyponym", family="words", meaning="may change")
class Hyponym(WordPerturbation):
    """Use a hyponym from WordNet: `restaurant` becomes `cafeteria`."""

    word_net: str = SHIPPED

    def __post_init__(self) -> None:
        check_word_net(self.word_net)

    def replacements(self, word: str) -> Sequence[str]:
        return hyponyms(word, self.word_net)
