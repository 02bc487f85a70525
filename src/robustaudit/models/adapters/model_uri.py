"""Models as users name them: `SCHEME:TARGET?option=value&option=value`."""

import os
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from urllib.parse import unquote

from robustaudit.core.errors import CallLimitReached, UserError
from robustaudit.core.files import expand_home
from robustaudit.core.registry import Registry
from robustaudit.core.spelling import named
from robustaudit.core.typed_values import hints_of, parse_text
from robustaudit.core.validation import check_at_least, check_known
from robustaudit.defences import behind
from robustaudit.models.classifier import DataLabels, ModelSource


class CallLimit:
    """So many calls, counted together by all models and processes of a run.

    Each call appends a byte to a file, whose new length is the call's number: no two calls get the same.
    """

    def __init__(self, calls: int) -> None:
        self._calls = check_at_least(named("max_calls"), calls, 1)
        handle, name = tempfile.mkstemp(prefix="robustaudit-calls-")
        os.close(handle)
        self._path = Path(name)
        weakref.finalize(self, self._path.unlink, missing_ok=True)  # in the process that made it

    def __getstate__(self) -> tuple[int, Path]:
        return self._calls, self._path

    def __setstate__(self, state: tuple[int, Path]) -> None:
        self._calls, self._path = state

    def take(self) -> None:
        """Count one call that is about to be made.

        Raises:
            CallLimitReached: there were as many before.
        """
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(handle, b".")
            number = os.lseek(handle, 0, os.SEEK_CUR)
        finally:
            os.close(handle)
        if number > self._calls:
            raise CallLimitReached(f"stopped after {self._calls:,} calls, as {named('max_calls')} says")


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the user allows: types for skops, pickles, and the number of calls."""

    types: tuple[str, ...] = ()
    pickle: bool = False
    calls: CallLimit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUri:
    """A model as the user named it; `rest` is everything after the scheme's colon.

    `data_labels` are the labels of the data, where they are known, for a model that names none.
    """

    scheme: str
    rest: str
    trust: Trust = field(default_factory=Trust)
    data_labels: DataLabels | None = None

    @property
    def name(self) -> str:
        """The name as given: that of the model in options, tables and files."""
        return f"{self.scheme}:{self.rest}"

    @property
    def target(self) -> str:
        """The part before the options: a path, a name or an address."""
        return self.rest.partition("?")[0]

    @property
    def path(self) -> Path:
        """The target as a path, from the user's home where it begins with `~`."""
        return expand_home(self.target)

    @property
    def counted(self) -> tuple[str, ...]:
        """The classes of data that numbers them: those of a model that counts, and names none."""
        return self.data_labels.names if self.data_labels is not None and self.data_labels.numbered else ()

    def options(self, kind: type[T]) -> T:
        """The options after `?` as a dataclass whose fields all have defaults.

        A value may be percent-encoded; those of a tuple are separated by commas.

        Raises:
            UserError: an option is not known, is given twice, or cannot have the value.
        """
        hints = hints_of(kind)
        given: dict[str, Any] = {}
        query = self.rest.partition("?")[2]
        for part in query.split("&") if query else ():
            name, _, value = part.partition("=")
            check_known(f"option of {self.scheme!r} models", name, hints)
            if name in given:
                raise UserError(f"option {name} of {self.name!r} is given twice")
            where = f"option {name} of {self.name!r}"
            if not value:
                raise UserError(f"{where} must have a value: {name}=…")
            given[name] = parse_text(hints[name], value, where=where, unescape=unquote)
        return kind(**given)


Adapter: TypeAlias = Callable[[ModelUri], ModelSource]

SCHEMES: Registry[Adapter] = Registry("scheme of models", group="robustaudit.models")
"""Every adapter by its scheme; other packages add theirs as entry points of this group."""

scheme = SCHEMES.register


def resolve_external(
    name: str, *, trust: Trust | None = None, data_labels: DataLabels | None = None
) -> ModelSource:
    """The model that a name with a scheme means; it is looked at, and loaded only where its labels need it.

    Raises:
        UserError: there is no such scheme, no such model, or it cannot be used.
    """
    before, _, rest = name.partition(":")
    check_known(SCHEMES.kind, before, tuple(SCHEMES))
    return SCHEMES.get(before)(
        ModelUri(scheme=before, rest=rest, trust=trust or Trust(), data_labels=data_labels)
    )


_ONLY_DATA = ("hf", "onnx", "sklearn")  # code in their files is refused; a pickle has an option of its own
_SENT_TEXTS = ("http", "https", "openai")


def consent_reason(name: str) -> str | None:
    """Why a model that a file names needs the user's consent; None for pure data."""
    before, colon, _ = behind(name).model.partition(":")
    if not colon or before in _ONLY_DATA:
        return None
    return "is sent texts" if is_remote(name) else "runs code"


def may_be_pickled(uri: str) -> bool:
    """Whether the file of a model may be a pickle, by its name: all of scikit-learn's but those of skops.

    A file without a telling suffix may be one; consent to a pickle changes nothing for one of skops.
    """
    before, _, rest = behind(uri).model.partition(":")
    return before == "sklearn" and not rest.endswith(".skops")


def is_remote(name: str) -> bool:
    """Whether a model stands behind an address, so that its digest is that of its settings alone."""
    return behind(name).model.partition(":")[0] in _SENT_TEXTS
