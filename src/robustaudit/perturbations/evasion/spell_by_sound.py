from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import regex

from robustaudit.perturbations.maps import match_case
from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import changes, load_table


@perturbation("spell_by_sound", family="evasion", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class SpellBySound(WordPerturbation):
    """Spell a part of a word otherwise though it sounds the same: `phone` becomes `fone`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, _respelt(word)) if word.isascii() else ()


def _respelt(word: str) -> Iterator[str]:
    spelt = word.lower()
    for pattern, sounds in _patterns():
        for match in pattern.finditer(spelt):
            for sound in sounds:
                there = word[match.start() : match.end()]
                yield word[: match.start()] + match_case(there, sound) + word[match.end() :]


@cache
def _patterns() -> tuple[tuple[regex.Pattern[str], tuple[str, ...]], ...]:
    table = load_table("sounds.toml", "sounds")
    return tuple((regex.compile(pattern), sounds) for pattern, sounds in table.items())
