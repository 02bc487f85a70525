"""What there is to know of each perturbation, with what it makes of one sentence."""

import inspect
from dataclasses import Field, dataclass, fields
from typing import Any, get_args, get_type_hints

import numpy as np
import regex

from robustaudit.attacks.catalog import parse_attack
from robustaudit.perturbations import PERTURBATIONS, TextBatch, build, info_of

SENTENCE = "It's 10 o'clock: do not miss the \"great waffles\" at Zoë’s café – they are well-made! ❤"
"""A sentence in which most perturbations find something to do."""

_ONE_EDIT = 0.01  # a rate so small that one word is edited, which is the least
_FAMILIES = ("typing", "copying", "unicode", "evasion", "surface", "words", "foreign")
_UNSEEN = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Zs}--[ ]]", regex.VERSION1)


@dataclass(frozen=True, slots=True)
class PerturbationParameter:
    """A parameter of a perturbation: its default, and what else it may be where that is a choice."""

    name: str
    default: str | int | float | bool
    choices: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class EditExample:
    """The words of `SENTENCE` that an edit touched, before and after; what is not seen is spelt out."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PerturbationEntry:
    """A line of the list of perturbations."""

    name: str
    family: str
    meaning: str
    description: str
    example: EditExample | None
    parameters: tuple[PerturbationParameter, ...]


def list_perturbations() -> list[PerturbationEntry]:
    """All perturbations that have a name, family by family."""
    entries = map(_entry, PERTURBATIONS)
    return sorted(entries, key=lambda entry: (_FAMILIES.index(entry.family), entry.name))


def visible_text(text: str) -> str:
    """A text with each character that is not seen, or looks like a blank, as `<U+200B>`."""
    return _UNSEEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)


def _entry(name: str) -> PerturbationEntry:
    cls = PERTURBATIONS.get(name)
    known = info_of(cls)
    types = get_type_hints(cls)
    defaults = build(name, {})
    described: tuple[Field[Any], ...] = fields(cls)  # type: ignore[arg-type]  # each is a dataclass
    return PerturbationEntry(
        name=name,
        family=known.family,
        meaning=known.meaning,
        description=(inspect.getdoc(cls) or "").split("\n")[0],
        example=_example(name),
        parameters=tuple(
            PerturbationParameter(f.name, getattr(defaults, f.name), get_args(types[f.name]))
            for f in described
        ),
    )


def _example(name: str) -> EditExample | None:
    """The first edit under the seed 0, in the words that it touches; None where there is nothing to edit."""
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
