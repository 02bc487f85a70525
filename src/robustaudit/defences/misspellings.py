"""Spelling correction, word by word."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import regex

from robustaudit.core.errors import UserError
from robustaudit.core.extras import check_installed, extra
from robustaudit.core.files import expand_home, is_file, sha256_of
from robustaudit.core.validation import check_at_least
from robustaudit.defences.defence import Defence, defence

if TYPE_CHECKING:
    from symspellpy import SymSpell

_DICTIONARY = "frequency_dictionary_en_82_765.txt"  # in symspellpy; MIT
_FURTHEST = 2  # edits: beyond, most of what is found is another word
_REMEMBERED = 1 << 17  # words with their marks, for each set of parameters

# Usual words, mostly of two or three letters, that the dictionary lacks: it would turn `ok` into `of`.
_USUAL = frozenset(
    """ad aka aint ain't app apps asap bbq blog btw cd cds cm dr dvd dvds eh etc fyi gb gps hd hdmi hmm ie im
    imo jr kg km lb lbs led lol mb mm mp mr mrs ms oh ok omg oz pc pm pls ps sr tbh thx tv tvs uh uk um ur us
    usa usb vs wifi wow wtf xl yay yup""".split()  # noqa: SIM905
)
_TAILS = frozenset({"d", "ll", "m", "re", "s", "t", "ve"})

_WORD = r"[^\W\d_]+(?:['’][^\W\d_]+)*"
# Words between white space; parts with digits, addresses and names of accounts are left out.
_WORDS = regex.compile(r"(?<!\S)(?:\S*\d\S*|\S*://\S*|\S*@\S+|[#@]\S+|www\.\S*)(?!\S)(*SKIP)(*FAIL)|" + _WORD)


@defence("spell")
class Spell(Defence):
    """Correct misspelt English words: `graet` becomes `great`.

    A word that is not in the dictionary becomes the most frequent of those that the fewest edits make
    of it, at most `distance`, and stays if there is none. Case is kept. What stays as it is: words of the
    file `words`, one a line; single letters, words with letters that are not English; parts of a text with
    digits, addresses.

    The dictionary and the search for near words are those of
    [symspellpy](https://github.com/mammothb/symspellpy).
    """

    distance: int = 2
    words: str = ""

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_at_least("distance of spell", self.distance, 1, maximum=_FURTHEST)

    def clean(self, texts: Sequence[str]) -> list[str]:
        correct = _corrector(self.distance, self.words)
        return [" ".join(map(correct, text.split(" "))) for text in texts]

    def sources(self) -> Mapping[str, str]:
        check_installed("repair", ["symspellpy"])
        from importlib.metadata import version  # noqa: PLC0415  (a quarter of a second, for few)

        found = {"symspellpy": version("symspellpy"), "dictionary": _DICTIONARY}
        return found | ({"words": sha256_of(_word_file(self.words))} if self.words else {})


@cache
def _corrector(distance: int, words: str) -> Callable[[str], str]:
    """Corrects what stands between two blanks."""
    with extra("repair"):
        from symspellpy import Verbosity  # noqa: PLC0415  (an extra)

    dictionary, kept = _dictionary(distance), _kept_words(words)

    def correct(word: str) -> str:
        spelt = word.lower().replace("’", "'")
        if len(word) == 1 or not spelt.isascii() or spelt in dictionary.words or spelt in kept:
            return word
        stem, mark, tail = spelt.partition("'")
        if mark and tail in _TAILS:
            return correct(word[: len(stem)]) + word[len(stem) :]
        for far in range(1, distance + 1):  # most are near, and found sooner so
            if found := dictionary.lookup(spelt, Verbosity.TOP, max_edit_distance=far):
                return _in_case_of(word, found[0].term)
        return word

    @lru_cache(maxsize=_REMEMBERED)
    def corrected(part: str) -> str:
        return _WORDS.sub(lambda found: correct(found[0]), part)

    return corrected


def _in_case_of(word: str, term: str) -> str:
    """The term in the case of a word: capitalised, or all upper case."""
    if word.isupper():
        return term.upper()
    return term[0].upper() + term[1:] if word[0].isupper() else term


@cache
def _dictionary(distance: int) -> "SymSpell":
    with extra("repair"):
        from symspellpy import SymSpell  # noqa: PLC0415

    made = SymSpell(max_dictionary_edit_distance=distance, prefix_length=7)
    with as_file(files("symspellpy").joinpath(_DICTIONARY)) as path:
        made.load_dictionary(path, term_index=0, count_index=1, encoding="utf-8")
    return made


def _kept_words(given: str) -> frozenset[str]:
    """The usual words, and those of a file, if there is one; in lower case."""
    if not given:
        return _USUAL
    try:
        lines = _word_file(given).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"words of spell: file {given!r} cannot be read as UTF-8: {error}") from error
    return _USUAL.union(line.strip().lower() for line in lines)


def _word_file(given: str) -> Path:
    path = expand_home(given)
    if not is_file(path):
        raise UserError(f"words of spell must be a file with one word a line, got {given!r}: there is none")
    return path
