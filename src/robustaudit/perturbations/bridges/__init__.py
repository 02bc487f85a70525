"""Bridges: perturbations that other libraries bring, named `library:CLASS` in expressions."""

from collections.abc import Callable, Mapping

from robustaudit.core.validation import check_known
from robustaudit.perturbations.bridges import nlpaug, textattack
from robustaudit.perturbations.bridges.foreign import (
    Call,
    Rewriter,
    borrowed_generators,
    nothing_fetched,
    summary,
)
from robustaudit.perturbations.parameters import Value
from robustaudit.perturbations.protocol import WordPerturbation

__all__ = ["Call", "Rewriter", "borrowed_generators", "build_foreign", "nothing_fetched", "summary"]

_Build = Callable[[str, Mapping[str, Value]], WordPerturbation | Rewriter]

LIBRARIES: dict[str, _Build] = {"nlpaug": nlpaug.build, "textattack": textattack.build}


def build_foreign(name: str, parameters: Mapping[str, Value]) -> WordPerturbation | Rewriter:
    """What `library:CLASS` means: a perturbation where its edits can be listed, else a rewriter.

    Raises:
        UserError: the library is not known or not installed, or has no such class or parameter.
    """
    library, _, what = name.partition(":")
    check_known("library", library, LIBRARIES)
    return LIBRARIES[library](what, parameters)
