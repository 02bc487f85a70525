"""The lists of attacks and of perturbations, entry by entry."""

import inspect
from dataclasses import Field, dataclass, fields
from typing import Any, get_args, get_type_hints

import numpy as np
import regex

from robustaudit.attacks.composition import parse_attack
from robustaudit.attacks.recipes import read_recipe, recipe_files
from robustaudit.perturbations import PERTURBATIONS, TextBatch, build, info_of

SENTENCE = "It's 10 o'clock: do not miss the \"great waffles\" at Zoë’s café – they are well-made! ❤"
"""A sentence in which most perturbations have a site."""

_ONE_EDIT = 0.01  # a rate so small that one word is edited, which is the least
_FAMILIES = ("typing", "copying", "unicode", "evasion", "surface", "words", "foreign")
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Zs}--[ ]]", regex.VERSION1)


@dataclass(frozen=True, slots=True)
class AttackEntry:
    """An attack that has a name: a perturbation or a recipe."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class PerturbationParameter:
    """A parameter of a perturbation with its default, and all its values if they are a choice."""

    name: str
    default: str | int | float | bool
    choices: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class EditExample:
    """The words of `SENTENCE` that an edit touched, before and after; invisible characters written out."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PerturbationEntry:
    """A perturbation that has a name."""

    name: str
    family: str
    meaning: str
    description: str
    example: EditExample | None
    parameters: tuple[PerturbationParameter, ...]


def list_attacks() -> list[AttackEntry]:
    """All attacks that have a name: perturbations family by family, then recipes."""
    recipes = [read_recipe(path) for path in recipe_files().values()]
    return [
        *(AttackEntry(name, "perturbation", _first_line(PERTURBATIONS.get(name))) for name in _by_family()),
        *(AttackEntry(recipe.name, "recipe", recipe.description) for recipe in recipes),
    ]


def list_perturbations() -> list[PerturbationEntry]:
    """All perturbations that have a name, family by family."""
    return list(map(_entry, _by_family()))


def visible_text(text: str) -> str:
    """A text with each invisible character, and each unusual space, as `<U+200B>`."""
    return _INVISIBLE.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)


def _by_family() -> list[str]:
    family = {name: info_of(PERTURBATIONS.get(name)).family for name in PERTURBATIONS}
    return sorted(family, key=lambda name: (_FAMILIES.index(family[name]), name))


def _entry(name: str) -> PerturbationEntry:
    cls = PERTURBATIONS.get(name)
    info = info_of(cls)
    types = get_type_hints(cls)
    defaults = build(name, {})
    known: tuple[Field[Any], ...] = fields(cls)  # type: ignore[arg-type]  # each is a dataclass
    parameters = (
        PerturbationParameter(field.name, getattr(defaults, field.name), get_args(types[field.name]))
        for field in known
    )
    return PerturbationEntry(
        name, info.family, info.meaning, _first_line(cls), _example(name), tuple(parameters)
    )


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n")[0]


def _example(name: str) -> EditExample | None:
    """The first edit with seed 0, in the words that it touches; None if the sentence has no site."""
    attack = parse_attack(name, rate=_ONE_EDIT).attack
    keys = attack.keys(seed=0, draws=[(SENTENCE, 0)])
    (drawn,) = attack.draw(TextBatch([SENTENCE]), np.zeros(1, dtype=np.int64), keys)
    if not drawn.edits:
        return None
    first, last = drawn.edits[0], drawn.edits[-1]
    start = SENTENCE.rfind(" ", 0, first.start) + 1
    stop = SENTENCE.find(" ", last.stop)
    stop = len(SENTENCE) if stop < 0 else stop
    grown = len(drawn.text) - len(SENTENCE)
    return EditExample(visible_text(SENTENCE[start:stop]), visible_text(drawn.text[start : stop + grown]))
