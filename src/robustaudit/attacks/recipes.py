"""Recipes: attacks that a TOML file names, in expressions and on disk."""

import filecmp
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from robustaudit.attacks.algebra import Attack, Operand
from robustaudit.attacks.expression import ExpressionError, as_attack, can_be_named, parse_operand
from robustaudit.attacks.severity import UnreachedSeverity
from robustaudit.core.documents import read_toml, to_toml
from robustaudit.core.errors import UserError
from robustaudit.core.files import shipped, write_to
from robustaudit.core.typed_values import parse_typed
from robustaudit.core.validation import check_known, check_unicode
from robustaudit.perturbations import PERTURBATIONS

_DEEPEST = 20  # nested recipes
_LARGEST_RECIPE = 100_000  # bytes
_LISTING = "robustaudit list attacks"


@dataclass(frozen=True, slots=True)
class Recipe:
    """An attack that has a file."""

    name: str
    description: str
    expression: str


class RecipeError(ExpressionError):
    """An error in a recipe, which the message names."""


def resolve(
    text: str, unreached: list[UnreachedSeverity] | None = None, *, within: tuple[str, ...] = ()
) -> Operand:
    """The attack, with or without a weight, that an expression of perturbations and recipes describes.

    Severities that an attack cannot reach are added to `unreached`; `within` are the recipes it is part of.

    Raises:
        UserError: the expression cannot be parsed, or a name in it is unknown.
    """
    unreached = [] if unreached is None else unreached
    return parse_operand(
        text, expand=partial(_expand, within=within, unreached=unreached), unreached=unreached
    )


def _expand(name: str, *, within: tuple[str, ...], unreached: list[UnreachedSeverity]) -> Attack | None:
    """The recipe of that name; None for a perturbation."""
    if name in within:
        raise UserError(f"recipe {name!r} refers to itself")
    if len(within) == _DEEPEST:
        raise UserError(f"recipes must be nested at most {_DEEPEST} deep")
    if name in PERTURBATIONS:
        return None
    known = recipe_files()
    recipe = read_recipe(known[check_known("attack", name, [*PERTURBATIONS, *known], listing=_LISTING)])
    try:
        return as_attack(recipe.expression, resolve(recipe.expression, unreached, within=(*within, name)))
    except RecipeError:
        raise  # of nested recipes, the innermost is the one to mend
    except UserError as error:
        raise RecipeError(f"in recipe {name!r}: {error}") from error


def recipe_files() -> Mapping[str, Path]:
    """The recipes that ship and those in `attacks/` of the working folder, by name.

    Raises:
        UserError: one there has the name of one that ships, and other content: a name means one attack.
    """
    folders = shipped("attacks"), Path("attacks")
    ours, here = ({path.stem: path for path in sorted(folder.glob("*.toml"))} for folder in folders)
    for name in ours.keys() & here.keys():
        if not _same(ours[name], here[name]):
            raise UserError(
                f"recipe {str(here[name])!r} has the name of one that ships, {str(ours[name])!r}, and other "
                "content: give its file and its `name` another name"
            )
    return here | ours


def _same(ours: Path, here: Path) -> bool:
    """Whether two recipes are one: the project's own repository is a working folder too."""
    if not here.is_file():
        return False
    return ours.samefile(here) or filecmp.cmp(ours, here, shallow=False)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file; a UserError names the file and what is wrong with it."""
    recipe = parse_typed(
        Recipe, read_toml(path, "recipe", most=_LARGEST_RECIPE), where=f"recipe {str(path)!r}"
    )
    _check_name(recipe.name, path)
    return recipe


def write_recipe(expression: str, path: Path, *, description: str) -> None:
    """Write a recipe; rates that the expression does not have are those of its use.

    Raises:
        UserError: the name is taken, or a recipe cannot have it.
    """
    if path.suffix != ".toml":
        raise UserError(f"recipe {str(path)!r} must end in .toml")
    _check_name(path.stem, path)
    if path.exists() or path.stem in recipe_files():
        raise UserError(f"recipe {path.stem!r} exists already: choose another name, or remove it first")
    description = check_unicode("description", description)
    fields = {"name": path.stem, "description": description, "expression": expression}
    write_to(path, to_toml(fields).encode())


def _check_name(name: str, path: Path) -> None:
    if name != path.stem or name in PERTURBATIONS or not can_be_named(name):
        raise UserError(
            f"recipe {str(path)!r} must have the name of its file, one that an expression can use, "
            f"and that no perturbation has: {name!r}"
        )
