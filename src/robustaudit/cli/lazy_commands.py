"""Groups of commands that import and make a command when it is named, and none to list them.

Typer makes the options of all commands at once, with the libraries that check their types.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

Prepare = Callable[[Any], None]
"""Changes a command of Typer's, which has no public name, before it is used."""


class Listed(Protocol):
    """What a list of commands needs of one, and the command itself on demand."""

    @property
    def panel(self) -> str | None: ...

    @property
    def line(self) -> str: ...

    def made(self, name: str, prepare: Prepare) -> Any:  # noqa: ANN401
        """The command, prepared, with its options."""
        ...


@dataclass(frozen=True, slots=True)
class CommandOutline:
    """What the list of all commands says of one, and where in this room it is."""

    panel: str
    home: str
    line: str
    examples: tuple[str, ...] = ()

    def made(self, name: str, prepare: Prepare) -> Any:  # noqa: ANN401
        module, _, attribute = self.home.partition(":")
        found = getattr(import_module(f"robustaudit.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            return _made_group(found, name, self.panel, prepare)
        lines = ["Examples:", *(f"robustaudit {each}" for each in self.examples)] if self.examples else []
        return _made(found, name, prepare, rich_help_panel=self.panel, epilog="\n\n".join(lines))


@dataclass(frozen=True, slots=True)
class Registered:
    """A command of a group, whose options are looked at once it is named."""

    command: Callable[..., None]
    panel: str | None

    @property
    def line(self) -> str:
        return inspect.getdoc(self.command) or ""

    def made(self, name: str, prepare: Prepare) -> Any:  # noqa: ANN401
        return _made(self.command, name, prepare, rich_help_panel=self.panel)


def _made(command: Callable[..., None], name: str, prepare: Prepare, **options: Any) -> Any:  # noqa: ANN401
    alone = typer.Typer(add_completion=False)
    alone.command(name, **options)(command)
    made = get_command(alone)
    prepare(made)
    return made


def _made_group(found: typer.Typer, name: str, panel: str, prepare: Prepare) -> "LazyGroup":
    bare, around = copy(found), typer.Typer(add_completion=False, callback=lambda: None)
    bare.registered_commands = []
    around.add_typer(bare, name=name, cls=LazyGroup, rich_help_panel=panel)
    group: LazyGroup = get_command(around).commands[name]  # type: ignore[attr-defined]
    group.fill(
        {
            each.name or "": Registered(each.callback, each.rich_help_panel)
            for each in found.registered_commands
            if each.callback
        },
        prepare,
    )
    return group


class MadeCommands(Mapping[str, Any]):
    """Commands by name, each made when it is first named."""

    def __init__(self, listed: Mapping[str, Listed], prepare: Prepare) -> None:
        self._listed, self._prepare = listed, prepare
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        if name not in self._made:
            self._made[name] = self._listed[name].made(name, self._prepare)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


class LazyGroup(TyperGroup):
    """A group of commands, which makes none to list them."""

    def fill(self, listed: Mapping[str, Listed], prepare: Prepare = lambda _: None) -> None:
        """Give it its commands; `prepare` changes each before it is used."""
        self._listed = listed
        self.commands = MadeCommands(listed, prepare)  # type: ignore[assignment]

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401
        """Its flags, False unless given: for the None of Typer's own it would import what checks types."""
        flags = super().get_params(ctx)
        for each in flags:
            each.default = each.default or False
        return flags

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401
        del ctx
        return list(self._listed)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        listing = copy(self)
        listing.commands = {
            name: TyperCommand(name, help=each.line, rich_help_panel=each.panel)
            for name, each in self._listed.items()
        }
        TyperGroup.format_help(listing, ctx, formatter)
