"""Word lists that perturbations read, from the data files beside them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from robustaudit.perturbations.maps import load_data, match_case


@cache
def load_table(file: str, table: str) -> Mapping[str, tuple[str, ...]]:
    """One table of a file of `data/`: each key with its strings, in order."""
    return MappingProxyType({key: tuple(values) for key, values in load_data(file)[table].items()})


def look_up(word: str, table: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """What a table of lower-case words has for a word, in the word's case; never the word itself."""
    found = table.get(word.lower().replace("’", "'"), ())
    return changes(word, [match_case(word, replacement) for replacement in found])


def changes(original: str, replacements: Iterable[str]) -> Sequence[str]:
    """The replacements that differ from the original and from each other, in order."""
    return tuple(new for new in dict.fromkeys(replacements) if new != original)
