"""Forms of a model: the same weights computed in single precision, or in bf16 where that is faster."""

import re
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, cast

from robustaudit.models.classifier import Classifier, ModelSource

Form = Literal["fp32", "bf16"]


class HasForms(Protocol):
    """A classifier that can compute its predictions in another form."""

    def in_form(self, form: Form) -> Classifier:
        """The same model in that form."""
        ...


def has_bf16(source: ModelSource) -> bool:
    """Whether a model may be computed in bf16."""
    return getattr(source, "has_bf16", False)


def in_form(classifier: Classifier, form: Form | None) -> Classifier:
    """The classifier in that form; without one, as it was loaded."""
    return cast("HasForms", classifier).in_form(form) if form else classifier


def fastest_form() -> Form:
    """The form that is tried: bf16 if the processor multiplies such numbers itself.

    PyTorch computes in bf16 on any processor, but without such instructions more slowly than in single
    precision. Where the processor does not say what it has, as on macOS and Windows, it is fp32.
    """
    return "bf16" if processor_features() & _MULTIPLY_BF16 else "fp32"


_MULTIPLY_BF16 = frozenset({"avx512_bf16", "amx_bf16", "bf16"})  # the last is ARM's
_FEATURES = re.compile(r"^(?:flags|Features)\s*:(.*)$", re.MULTILINE)


@cache
def processor_features() -> frozenset[str]:
    """The instruction sets of the processor, by the names that Linux has for them."""
    try:
        found = _FEATURES.search(Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        return frozenset()
    return frozenset(found[1].split() if found else ())


def computing(form: Form) -> AbstractContextManager[object]:
    """Inside, PyTorch multiplies matrices in that form; sums, norms and weights stay in single precision."""
    import torch  # noqa: PLC0415  (a plan names forms before anything is loaded)

    return torch.autocast("cpu", torch.bfloat16, enabled=form == "bf16")
