"""Bridges to perturbations of other libraries, named `library:CLASS` in expressions."""

from collections.abc import Callable, Mapping

from robustaudit.core.calls import Value
from robustaudit.core.validation import check_known
from robustaudit.perturbations.bridges import nlpaug, textattack
from robustaudit.perturbations.bridges.library_classes import (
    LibraryCall,
    Rewriter,
    seeded_global_generators,
    summary,
    without_downloads,
)
from robustaudit.perturbations.protocol import WordPerturbation

__all__ = [
    "LibraryCall",
    "Rewriter",
    "build_library_perturbation",
    "seeded_global_generators",
    "summary",
    "without_downloads",
]

_Build = Callable[[str, Mapping[str, Value]], WordPerturbation | Rewriter]

LIBRARIES: dict[str, _Build] = {"nlpaug": nlpaug.build, "textattack": textattack.build}


def build_library_perturbation(name: str, parameters: Mapping[str, Value]) -> WordPerturbation | Rewriter:
    """The perturbation `library:CLASS` if its edits can be listed, else the rewriter.

    Raises:
        UserError: the library is not known or not installed, or has no such class or parameter.
    """
    library, _, what = name.partition(":")
    check_known("library", library, LIBRARIES)
    return LIBRARIES[library](what, parameters)
