"""The lists of attacks and of perturbations, entry by entry."""

import inspect
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import regex

from robustaudit.attacks.composition import parse_attack
from robustaudit.attacks.recipes import read_recipe, recipe_files
from robustaudit.attacks.severity import LEVELS
from robustaudit.core.calls import CallParameter, call_parameters
from robustaudit.core.errors import UserError
from robustaudit.core.records import PerturbedText
from robustaudit.core.registry import first_line
from robustaudit.perturbations import PERTURBATIONS, TextBatch, info_of

SENTENCE = "It's 10 o'clock: do not miss the \"great waffles\" at Zoë’s café – they are well-made! ❤"
"""A sentence in which most perturbations have a site."""

_ONE_EDIT = 0.01  # a rate so small that one word is edited, which is the least
_DRAWS = 3
RECIPES = "recipes"
_FAMILIES = ("typing", "copying", "unicode", "evasion", "surface", "words", "foreign")
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Zs}--[ ]]", regex.VERSION1)


@dataclass(frozen=True, slots=True)
class AttackEntry:
    """An attack that has a name: a perturbation or a recipe."""

    name: str
    kind: str
    family: str  # that of a perturbation, or `recipes`
    description: str


@dataclass(frozen=True, slots=True)
class EditExample:
    """The words of a sentence that an edit touched, before and after; invisible characters written out."""

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
    parameters: tuple[CallParameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackDescription:
    """An attack that has a name, in full.

    `levels` has the expression of each severity level, nothing where none is calibrated; `draws` are drawn on
    `SENTENCE` with the default rate.
    """

    name: str
    kind: str
    family: str
    meaning: str | None
    description: str
    expression: str
    parameters: tuple[CallParameter, ...]
    levels: tuple[str, ...]
    draws: tuple[PerturbedText, ...]


def list_attacks() -> list[AttackEntry]:
    """All attacks that have a name: perturbations family by family, then recipes."""
    recipes = [read_recipe(path) for path in recipe_files().values()]
    return [
        *(
            AttackEntry(entry.name, "perturbation", entry.family, entry.description)
            for entry in list_perturbations()
        ),
        *(AttackEntry(recipe.name, "recipe", RECIPES, recipe.description) for recipe in recipes),
    ]


def describe_attack(name: str) -> AttackDescription:
    """An attack that has a name, in full."""
    attack = parse_attack(name).attack
    keys = attack.keys(seed=0, draws=[(SENTENCE, number) for number in range(_DRAWS)])
    drawn = attack.draw(TextBatch([SENTENCE]), np.zeros(_DRAWS, dtype=np.int64), keys)
    if name in PERTURBATIONS:
        entry = _entry(name)
        family, meaning, parameters = entry.family, entry.meaning, entry.parameters
        described, expression = inspect.getdoc(PERTURBATIONS.get(name)) or "", name
    else:
        recipe = read_recipe(recipe_files()[name])
        family, meaning, parameters = RECIPES, None, ()
        described, expression = recipe.description, recipe.expression
    return AttackDescription(
        name=name,
        kind="perturbation" if name in PERTURBATIONS else "recipe",
        family=family,
        meaning=meaning,
        description=" ".join(described.split()),
        expression=expression,
        parameters=parameters,
        levels=tuple(_levels(name)),
        draws=tuple(drawn),
    )


def _levels(name: str) -> Iterator[str]:
    with suppress(UserError):  # no calibrated severity
        for level in range(1, len(LEVELS) + 1):
            parsed = parse_attack(name, severity=level)
            yield str(parsed.attack) + (" (not reached)" if parsed.unreached else "")


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
    return PerturbationEntry(
        name, info.family, info.meaning, first_line(cls), example_in(SENTENCE, name), call_parameters(cls)
    )


def example_in(sentence: str, expression: str) -> EditExample | None:
    """The first edit with seed 0, in the words that it touches; None if the sentence has no site."""
    attack = parse_attack(expression, rate=_ONE_EDIT).attack
    keys = attack.keys(seed=0, draws=[(sentence, 0)])
    (drawn,) = attack.draw(TextBatch([sentence]), np.zeros(1, dtype=np.int64), keys)
    if not drawn.edits:
        return None
    first, last = drawn.edits[0], drawn.edits[-1]
    start = sentence.rfind(" ", 0, first.start) + 1
    stop = sentence.find(" ", last.stop)
    stop = len(sentence) if stop < 0 else stop
    grown = len(drawn.text) - len(sentence)
    return EditExample(visible_text(sentence[start:stop]), visible_text(drawn.text[start : stop + grown]))
