"""Attacks by name: the registered perturbations, and recipes in TOML files."""

import inspect
import tomllib
from dataclasses import dataclass
from pathlib import Path

from robustaudit.attacks.compose import Attack
from robustaudit.attacks.expression import DEFAULT_RATE, read_expression
from robustaudit.core.errors import UserError
from robustaudit.core.resources import shipped
from robustaudit.core.typed import parse
from robustaudit.core.validation import check_known
from robustaudit.perturbations import PERTURBATIONS

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


@dataclass(frozen=True, slots=True)
class NamedAttack:
    """An attack, and what the user calls it."""

    label: str
    attack: Attack


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


def parse_attack(text: str, *, rate: float = DEFAULT_RATE) -> NamedAttack:
    """The attack that an expression, or the name of a perturbation or recipe, means.

    Raises:
        UserError: it cannot be read, or names what is not there.
    """
    recipes = read_recipes()
    attack = read_expression(text, rate=rate, expand=lambda name, about: _expand(name, about, recipes, ()))
    return NamedAttack(" ".join(text.split()), attack)


def list_attacks() -> list[AttackEntry]:
    """All attacks that have a name."""
    entries = [
        AttackEntry(name, "perturbation", _first_line(PERTURBATIONS.get(name))) for name in PERTURBATIONS
    ]
    return entries + [AttackEntry(r.name, "recipe", r.description) for r in read_recipes().values()]


def read_recipes() -> dict[str, Recipe]:
    """The recipes in `attacks/` of the working folder and, behind these, those that ship."""
    recipes: dict[str, Recipe] = {}
    for folder in (shipped("attacks"), Path("attacks")):
        for path in sorted(folder.glob("*.toml")):
            recipe = _read_recipe(path)
            recipes[recipe.name] = recipe
    return recipes


def _read_recipe(path: Path) -> Recipe:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UserError(f"recipe {str(path)!r} cannot be read: {error}") from error
    recipe = parse(Recipe, content, where=f"recipe {str(path)!r}")
    if recipe.name != path.stem or recipe.name in PERTURBATIONS:
        raise UserError(
            f"recipe {str(path)!r} must be named as its file, and as no perturbation is: {recipe.name!r}"
        )
    return recipe


def _expand(name: str, rate: float, recipes: dict[str, Recipe], within: tuple[str, ...]) -> Attack | None:
    if name in within:
        raise UserError(f"recipe {name!r} refers to itself")
    if name not in recipes:
        check_known("attack", name, [*PERTURBATIONS, *recipes])
        return None
    inner = (*within, name)
    return read_expression(
        recipes[name].expression, rate=rate, expand=lambda n, about: _expand(n, about, recipes, inner)
    )


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n")[0]
