"""Where models made elsewhere are named: a scheme, and what makes a source of the rest."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from robustaudit.core.registry import Registry
from robustaudit.core.validation import check_known
from robustaudit.models.adapters.reference import Reference, Trust
from robustaudit.models.source import DataLabels, ModelSource

Adapter: TypeAlias = Callable[[Reference], ModelSource]

SCHEMES: Registry[Adapter] = Registry("scheme of models", group="robustaudit.models")
"""Every adapter by its scheme; other packages add theirs as entry points of this group."""

scheme = SCHEMES.register


def adapt(name: str, *, trust: Trust | None = None, of_data: DataLabels | None = None) -> ModelSource:
    """The model that a name with a scheme means; it is looked at, and loaded only where its labels need it.

    Raises:
        UserError: there is no such scheme, no such model, or it cannot be used.
    """
    before, _, rest = name.partition(":")
    check_known(SCHEMES.kind, before, tuple(SCHEMES))
    return SCHEMES.get(before)(Reference(scheme=before, rest=rest, trust=trust or Trust(), of_data=of_data))


def split_models(given: Sequence[str]) -> list[str]:
    """The names in values of an option such as `1,4,7`.

    A name with a scheme may hold commas: it goes on to the end of its value, or to a comma before a scheme.
    """
    names: list[str] = []
    for value in given:
        open_ended = False
        for part in value.split(","):
            starts = part.strip().partition(":")
            if open_ended and not (starts[1] and starts[0] in SCHEMES):
                names[-1] += f",{part}"
                continue
            open_ended = bool(starts[1])
            names.append(part.strip())
    return names


_ONLY_DATA = ("hf", "onnx", "sklearn")  # code in their files is refused; a pickle has an option of its own
_SENT_TEXTS = ("http", "https", "openai")


def power_of(name: str) -> str | None:
    """What a model may do that needs the user's consent where a file names it; None for what is only data."""
    before, colon, _ = name.partition(":")
    if not colon or before in _ONLY_DATA:
        return None
    return "is sent texts" if before in _SENT_TEXTS else "runs code"
