"""Consent to models that run code or receive texts, and that a file names, not the user."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robustaudit.api.models import model_names
from robustaudit.core import spelling
from robustaudit.core.configuration import find_configuration, read_configuration
from robustaudit.core.consent_file import give_consent, has_consent
from robustaudit.core.display import visible
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known
from robustaudit.models import consent_reason, names_as_written, split_alias
from robustaudit.runs.stored_run import StoredRun, open_run

_SHOWN = 3
_LONGEST = 200  # characters


@dataclass(frozen=True, slots=True)
class Found:
    """A configuration or run that names models, and the part of it that one consents to."""

    path: Path
    what: str
    content: object
    models: tuple[str, ...]

    @classmethod
    def configuration(cls, path: Path, table: Mapping[str, Any]) -> "Found":
        """A configuration and its table `[run]`; its data matters too, as it decides which texts are sent."""
        names = names_as_written(model_names(f"models in {path.name}", table.get("models", ())))
        return cls(path, "configuration", dict(table), _with_power(split_alias(name)[1] for name in names))

    @classmethod
    def run(cls, folder: Path, plan: Mapping[str, Any]) -> "Found":
        """A run: the full names of the models in its plan, relative to the working folder."""
        names = _with_power(each["uri"] for each in plan["models"] if each["uri"])
        return cls(folder, "run", [str(Path.cwd()), *names], names)

    @property
    def where(self) -> str:
        return f"{self.what} {str(self.path)!r}"

    @property
    def command(self) -> str:
        """The command that gives permanent consent."""
        folder = self.path.parent if self.what == "configuration" else self.path
        return shlex.join(["robustaudit", "trust", str(folder)])

    @property
    def named(self) -> str:
        """The models, each with what it may do."""
        some = [f"{_shown(name)} ({consent_reason(name)})" for name in self.models[:_SHOWN]]
        more = len(self.models) - _SHOWN
        return ", ".join([*some, f"{more} more"] if more > 0 else some)

    def has_consent(self) -> bool | None:
        """Whether no model needs consent, or consent was given; None if it never was."""
        return not self.models or has_consent(self.path, self.content)

    def trust(self) -> None:
        """Store the user's consent, if any is needed."""
        if self.models:
            give_consent(self.path, self.content, [_shown(name) for name in self.models])


def check_consent(found: Found) -> None:
    """Refuse models that the user neither named nor consented to, before any is imported.

    Raises:
        UserError: there are such models.
    """
    given = found.has_consent()
    if not given:
        then = "" if given is None else ", or not as it is now and from this working folder"
        once = spelling.option("trust_models", value=True)
        raise UserError(
            f"{found.where} names {found.named}, to which you have not consented{then}: nothing was loaded. "
            f"Look at it: `{found.command}` consents for good, {once} this once"
        )


def check_replayed(run: StoredRun, names: Sequence[str], *, given: str | None) -> None:
    """The same for the models of a run that a trial is replayed with, except those the user named."""
    uris = {model["uri"] for model in run.plan["models"] if model["name"] in names}
    asked = {uri for uri in uris if uri is not None and uri != given}
    if needing := _with_power(asked):
        found = Found.run(run.folder, run.plan)
        for name in needing:
            check_known("model", name, found.models, these="the run has")
        check_consent(found)


def keep_consent(folder: Path, plan: Mapping[str, Any], *, announce: Callable[[str], None]) -> None:
    """Store consent to the models of a run that is made here, so that they can be queried again."""
    try:
        Found.run(folder, plan).trust()
    except UserError as error:
        announce(f"to replay this run will ask for consent: {error}")


def hand_on_consent(run: StoredRun, path: Path) -> bool:
    """Copy the consent of a run, if it has that, to a configuration that was made from it."""
    if given := bool(Found.run(run.folder, run.plan).has_consent()):
        Found.configuration(path, read_configuration(path).tables.get("run", {})).trust()
    return given


def found_in(folder: Path) -> Found:
    """The run in a folder, or the nearest configuration from there upward.

    Raises:
        UserError: there is neither.
    """
    if (folder / "plan.json").is_file():
        return Found.run(folder, open_run(folder).plan)
    path = find_configuration(folder)
    if path is None:
        raise UserError(f"folder {str(folder)!r} holds no run, and there is no configuration in it or above")
    return Found.configuration(path, read_configuration(path).tables.get("run", {}))


def _shown(name: str) -> str:
    """A model name on one line, without its query, which may contain a key."""
    short = visible(name.partition("?")[0])
    return short if len(short) <= _LONGEST else f"{short[:_LONGEST]}…"


def _with_power(names: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(sorted({name for name in names if consent_reason(name)}))
