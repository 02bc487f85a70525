"""`robustaudit trust`: give and revoke consent to models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import say, show_rows
from robustaudit.cli.options import AsJson
from robustaudit.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from robustaudit.core.consent_file import Consent


def trust(
    folder: Annotated[
        Path | None,
        typer.Argument(help="The folder of a configuration or a run.", show_default="here"),
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Revoke consent.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List your consents.")] = False,
    as_json: AsJson = False,
) -> None:
    """Consent to models that run code or receive your texts, named by a configuration or a run.

    Consent lasts until that file changes.
    """
    from robustaudit.api.consent import found_in
    from robustaudit.core.consent_file import consents, revoke_consent
    from robustaudit.core.files import is_folder

    if as_json and not listed:
        raise UserError("--json is for --list, which is missing")
    if listed:
        if folder is not None or revoke:
            raise UserError("--list shows everything: give neither a folder nor --revoke")
        _list(consents(), as_json=as_json)
        return
    place = folder or Path()
    if revoke:
        taken = next((path for path in _paths(place) if revoke_consent(path)), None)
        if taken is None:
            raise UserError(f"you have not consented to anything in {str(place)!r}: --list shows to what")
        say(f"no longer trusted: {taken}")
        return
    if not is_folder(place):
        raise UserError(f"folder {str(place)!r} does not exist")
    found = found_in(place)
    found.trust()
    if found.models:
        say(f"trusted until it changes: {found.where}, which names {found.named}")
    else:
        say(f"nothing to consent to: {found.where} names no model that runs code or is sent texts")


def _list(given: "Mapping[Path, Consent]", *, as_json: bool) -> None:
    if not given and not as_json:
        say("you have consented to nothing")
        return
    rows = [{"path": str(path), "models": ", ".join(each.models)} for path, each in given.items()]
    show_rows(rows, as_json=as_json)


def _paths(place: Path) -> "Iterator[Path]":
    """The paths that consent may have been given to, nearest first."""
    from robustaudit.core.configuration import NAMES

    yield place
    for folder in (place.absolute(), *place.absolute().parents):
        yield from (folder / name for name in NAMES)
