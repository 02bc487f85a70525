"""Augmenters of nlpaug: `nlpaug:KeyboardAug`, or `nlpaug:char.KeyboardAug`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from inspect import isclass
from typing import Any

from robustaudit.core.calls import Value
from robustaudit.core.validation import check_known
from robustaudit.perturbations.bridges.library_classes import LibraryCall, call, load, make, signature

_KINDS = ("char", "word", "sentence")
_BASES = {"Augmenter", "CharAugmenter", "WordAugmenter", "SentenceAugmenter"}
_RATES = {"aug_word_p": "aug_word_max", "aug_p": "aug_max"}
"""nlpaug's parameters for the share of words to edit and for their maximum, both set from the rate."""


@dataclass(frozen=True, slots=True)
class NlpaugRewriter:
    """A rewriter by an augmenter of nlpaug."""

    call: LibraryCall

    def rewrite(self, text: str, *, rate: float) -> str:
        found = _augmenter(self.call, rate).augment(text)
        return found[0] if found else text  # it gives nothing for an empty text

    def __str__(self) -> str:
        return str(self.call)


def build(name: str, parameters: Mapping[str, Value]) -> NlpaugRewriter:
    """The rewriter by the augmenter of that name, with or without its module."""
    known = _augmenters()
    kind, _, short = name.rpartition(".")
    check_known("nlpaug augmenter", short if kind in _KINDS else name, known)
    written = f"nlpaug:{short}"
    reserved = dict.fromkeys(_rates(known[short]), f"the rate: {written}@0.3")
    rewriter = NlpaugRewriter(call(written, known[short], parameters, reserved=reserved))
    _augmenter(rewriter.call, 1.0)  # fails early
    return rewriter


@cache
def _augmenters() -> dict[str, type[Any]]:
    found: dict[str, type[Any]] = {}
    for kind in _KINDS:
        module = load("nlpaug", f"nlpaug.augmenter.{kind}")
        classes = {name: thing for name, thing in vars(module).items() if isclass(thing)}
        found |= {name: cls for name, cls in classes.items() if issubclass(cls, classes["Augmenter"])}
    return {name: cls for name, cls in found.items() if name not in _BASES}


@lru_cache(maxsize=32)
def _augmenter(what: LibraryCall, rate: float) -> Any:  # noqa: ANN401
    cls = _augmenters()[what.name.removeprefix("nlpaug:")]
    given = dict(what.parameters)
    most = {most: None for share, most in _rates(cls).items() if most not in given}
    return make(what, cls, **dict.fromkeys(_rates(cls), rate), **most)


def _rates(cls: type[Any]) -> dict[str, str]:
    """The parameters of this class for the share and the maximum, if it has them."""
    known = signature(cls)
    return {share: most for share, most in _RATES.items() if {share, most} <= known.keys()}
