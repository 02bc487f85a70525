"""British and American spellings of the same words."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

from robustaudit.perturbations.tables import load_table

_FILE = "spelling.toml"
_FAMILIES = ("our", "ise", "yse", "re", "ll")


@cache
def to_american() -> Mapping[str, tuple[str, ...]]:
    """British words and what Americans write."""
    return {british: (american,) for british, american in _both_ways()} | dict(
        load_table(_FILE, "british_only")
    )


@cache
def to_british() -> Mapping[str, tuple[str, ...]]:
    """American words and what the British write."""
    return {american: (british,) for british, american in _both_ways()}


def _both_ways() -> Iterator[tuple[str, str]]:
    for family in _FAMILIES:
        parts = load_table(_FILE, family)
        (british,), (american,) = parts["british"], parts["american"]
        for stem, ending in product(parts["stems"], parts["endings"]):
            yield f"{stem}{british}{ending}", f"{stem}{american}{ending}"
    for british, (american,) in load_table(_FILE, "pairs").items():
        yield british, american
