"""Attacks by name: the registered perturbations, and recipes in TOML files."""

import filecmp
import inspect
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from robustaudit.attacks import expression as expressions
from robustaudit.attacks.algebra import Attack, Operand
from robustaudit.attacks.expression import (
    ExpressionError,
    can_be_named,
    normalise,
    read_attack,
    severity_of,
    with_severity,
)
from robustaudit.attacks.severity import Severity, UnreachedSeverity, at_severity, takes_rate
from robustaudit.core import defaults
from robustaudit.core.documents import read_toml
from robustaudit.core.errors import UserError
from robustaudit.core.files import shipped, write_to
from robustaudit.core.validation import check_known, check_unicode, parse_typed
from robustaudit.perturbations import PERTURBATIONS, info_of

REPORT_ATTACKS = (
    "contract",
    "extend",
    "homoglyph",
    "neighbor_swap",
    "qwerty",
    "delete",
    "insert",
    "substitute",
    "report-mix",
)
"""What an audit tries unless it is told otherwise: the rows of the report that the project starts from."""


_DEEPEST = 20  # recipes within recipes
_LARGEST_RECIPE = 100_000  # bytes
_LISTING = "robustaudit list attacks"


@dataclass(frozen=True, slots=True)
class NamedAttack:
    """An attack, and what the user calls it.

    `label` is that in full; `base` is it without the `severity` about all of it, so that attacks of one base
    are levels of the same. `unreached` says which parts change another share than a severity asks.
    """

    label: str
    attack: Attack
    base: str
    severity: int | None = None
    unreached: tuple[UnreachedSeverity, ...] = ()

    @property
    def family(self) -> str:
        """What its perturbations imitate, or "mixed"."""
        families = {info_of(type(thing)).family for thing in self.attack.leaves()}
        return families.pop() if len(families) == 1 else "mixed"


@dataclass(frozen=True, slots=True)
class AttackEntry:
    """A line of the list of attacks."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """An attack that has a file of its own."""

    name: str
    description: str
    expression: str


class RecipeError(ExpressionError):
    """What is wrong inside a recipe, which the message names."""


def parse_attack(text: str, *, rate: float = defaults.RATE, severity: int | None = None) -> NamedAttack:
    """The attack that an expression, or the name of a perturbation or recipe, means.

    Parts of it that name no rate have `rate` or, where that is given, what `severity` asks of them.

    Raises:
        UserError: it cannot be read, or names what is not there.
    """
    unreached: list[UnreachedSeverity] = []
    asked = None if severity is None else Severity.of(severity)
    attack = read_attack(text, expand=partial(_expand, unreached=unreached), unreached=unreached)
    label = normalise(text)
    base, level = severity_of(label)
    if asked and takes_rate(attack):
        label, level = with_severity(label, asked.level), asked.level
        attack = at_severity(attack, asked, unreached)
    return NamedAttack(label, attack @ rate, base, level, tuple(unreached))


def compose(expression: str, *, rate: float | None = None) -> Attack:
    """The attack that an expression means; with `rate` for those parts of which it says none.

    Without a rate these wait for one (`compose("qwerty") @ 0.1`), and take the default where none comes.

    Raises:
        UserError: it cannot be read, or names what is not there.
    """
    attack = read_attack(expression, expand=_expand)
    return attack if rate is None else attack @ rate


def read_operand(text: str) -> Operand:
    """What an expression means to an operator: a weighted attack too."""
    return expressions.read_operand(text, expand=_expand)


def list_attacks() -> list[AttackEntry]:
    """All attacks that have a name."""
    entries = [
        AttackEntry(name, "perturbation", _first_line(PERTURBATIONS.get(name))) for name in PERTURBATIONS
    ]
    recipes = [read_recipe(path) for path in _recipe_files().values()]
    return entries + [AttackEntry(recipe.name, "recipe", recipe.description) for recipe in recipes]


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file; a UserError names the file and what is wrong with it."""
    recipe = parse_typed(
        Recipe, read_toml(path, "recipe", most=_LARGEST_RECIPE), where=f"recipe {str(path)!r}"
    )
    _check_name(recipe.name, path)
    return recipe


def write_recipe(attack: NamedAttack, path: Path, *, description: str) -> None:
    """Write the recipe that means `attack` at the rate it is used with.

    Raises:
        UserError: a name that no recipe can have, or that one has.
    """
    if path.suffix != ".toml":
        raise UserError(f"recipe {str(path)!r} must end in .toml")
    _check_name(path.stem, path)
    if path.exists() or path.stem in _recipe_files():
        raise UserError(f"recipe {path.stem!r} is there already: choose another name, or remove it first")
    description = check_unicode("description", description)
    fields = {"name": path.stem, "description": description, "expression": attack.label}
    lines = [f"{field} = {_toml(value)}\n" for field, value in fields.items()]
    write_to(path, "".join(lines).encode())


def _check_name(name: str, path: Path) -> None:
    if name != path.stem or name in PERTURBATIONS or not can_be_named(name):
        raise UserError(
            f"recipe {str(path)!r} must be named as its file is, as an expression can, "
            f"and as no perturbation is: {name!r}"
        )


def _toml(text: str) -> str:
    """A string as TOML writes it, which is as JSON does but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _recipe_files() -> dict[str, Path]:
    """The recipes that ship and those in `attacks/` of the working folder, by name.

    Raises:
        UserError: one there bears the name of one that ships, and is another: a name means one attack.
    """
    ours, here = ({path.stem: path for path in sorted(folder.glob("*.toml"))} for folder in _folders())
    for name in ours.keys() & here.keys():
        if not _same(ours[name], here[name]):
            raise UserError(
                f"recipe {str(here[name])!r} bears the name of one that ships, {str(ours[name])!r}, and is "
                "another: give its file and its `name` another name"
            )
    return here | ours


def _folders() -> tuple[Path, Path]:
    return shipped("attacks"), Path("attacks")


def _same(ours: Path, here: Path) -> bool:
    """Whether two recipes are one: the project's own repository is a working folder too."""
    if not here.is_file():
        return False
    return ours.samefile(here) or filecmp.cmp(ours, here, shallow=False)


def _expand(
    name: str, *, within: tuple[str, ...] = (), unreached: list[UnreachedSeverity] | None = None
) -> Attack | None:
    """The recipe of that name; None where a perturbation has the name."""
    if name in within:
        raise UserError(f"recipe {name!r} refers to itself")
    if len(within) == _DEEPEST:
        raise UserError(f"recipes must lie at most {_DEEPEST} deep within each other")
    if name in PERTURBATIONS:
        return None
    files = _recipe_files()
    recipe = read_recipe(files[check_known("attack", name, [*PERTURBATIONS, *files], listing=_LISTING)])
    try:
        expand = partial(_expand, within=(*within, name), unreached=unreached)
        return read_attack(recipe.expression, expand=expand, unreached=unreached)
    except RecipeError:
        raise  # of recipes within each other, the innermost is the one to mend
    except UserError as error:
        raise RecipeError(f"in recipe {name!r}: {error}") from error


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n")[0]
