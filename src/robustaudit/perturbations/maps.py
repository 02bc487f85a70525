"""The maps that perturbations read, from the data files beside them."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_data(file: str) -> dict[str, Any]:
    """The tables of a TOML file of `data/`; their source and licence stand in the file."""
    return tomllib.loads(files(__package__).joinpath("data", file).read_text(encoding="utf-8"))


def load_map(file: str, table: str) -> dict[str, str]:
    """One table of a file of `data/`: each key with its string."""
    loaded: dict[str, str] = load_data(file)[table]
    return loaded


def match_case(original: str, replacement: str) -> str:
    """The replacement with the case of the original's first letter, or all in capitals as it is."""
    if original.isupper() and sum(map(str.isalpha, original)) > 1:
        return replacement.upper()
    return replacement[0].upper() + replacement[1:] if original[0].isupper() else replacement


@cache
def contractions() -> dict[str, str]:
    """Contractions in lower case, with a straight apostrophe, and what each stands for."""
    return {
        short.lower(): full.lower() for short, full in load_map("contractions.toml", "contractions").items()
    }
