"""Attacks that hold a rewriter, with stand-ins that draw as foreign libraries do: from global generators."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.attacks import Attack, AttackSequence, CannotListError, Choice, RewriterAttack, parse_attack
from robustaudit.attacks.algebra import constrained
from robustaudit.attacks.expression import parse_constraints
from robustaudit.attacks.severity import Severity, at_severity
from robustaudit.core.edits import apply
from robustaudit.core.errors import UserError
from robustaudit.core.records import Edit, PerturbedText
from robustaudit.perturbations import TextBatch
from strategies import texts

BEFORE = "It is good tea"


@dataclass(frozen=True)
class Stutter:
    """Says some words twice, drawn from all three global generators."""

    def rewrite(self, text: str, *, rate: float) -> str:
        lots = [random.random() * np.random.random() ** 0.1 * torch.rand(1).item() ** 0.1 for _ in text]  # noqa: NPY002
        words = text.split(" ")
        return " ".join(
            f"{word} {word}" if lot < rate else word for word, lot in zip(words, lots, strict=False)
        )

    def __str__(self) -> str:
        return "fake:Stutter"


@dataclass(frozen=True)
class Broken:
    """Does what a foreign library should not."""

    act: Callable[[str], object]

    def rewrite(self, text: str, *, rate: float) -> object:
        del rate
        return self.act(text)

    def __str__(self) -> str:
        return "fake:Broken"


def draws(attack: Attack, batch: list[str], places: list[tuple[int, int]]) -> list[PerturbedText]:
    keys = attack.keys(seed=0, draws=[(batch[row], number) for row, number in places])
    return list(attack.draw(TextBatch(batch), np.array([row for row, _ in places], dtype=np.int64), keys))


@dataclass(frozen=True)
class Shout:
    """Writes each word in capitals, or does not."""

    def rewrite(self, text: str, *, rate: float) -> str:
        return " ".join(word.upper() if random.random() < rate else word.lower() for word in text.split())

    def __str__(self) -> str:
        return "fake:Shout"


SHOUT = RewriterAttack(Shout(), 0.5)
STUTTER = RewriterAttack(Stutter(), 0.5)
ATTACKS = {
    "alone": STUTTER,
    "in a sequence": AttackSequence((parse_attack("qwerty").attack, STUTTER, parse_attack("delete").attack)),
    "in a choice": Choice(((1.0, STUTTER), (2.0, parse_attack("delete, qwerty").attack))),
    "twice": AttackSequence((STUTTER, STUTTER)),
}
each_attack = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)


@each_attack
@given(text=texts(), number=st.integers(0, 1000))
def test_edits_replay_to_the_text(attack: Attack, text: str, number: int) -> None:
    (drawn,) = draws(attack, [text], [(0, number)])

    assert drawn.original == text
    assert reduce(apply, drawn.edits_by_step, text) == drawn.text
    assert apply(text, drawn.edits) == drawn.text
    assert drawn.changed == (drawn.text != text) == bool(drawn.edits)


@each_attack
@given(data=st.data(), batch=st.lists(texts(), min_size=1, max_size=4, unique=True))
def test_a_draw_is_the_same_alone_in_company_in_any_order_and_again(
    attack: Attack, data: st.DataObject, batch: list[str]
) -> None:
    places = [(row, number) for row in range(len(batch)) for number in range(2)]
    together = dict(zip(places, draws(attack, batch, places), strict=True))

    shuffled = data.draw(st.permutations(places))
    assert draws(attack, batch, shuffled + shuffled) == [together[place] for place in shuffled + shuffled]
    for row, number in places:
        assert draws(attack, [batch[row]], [(0, number)]) == [together[row, number]]


def test_a_draw_is_the_same_in_another_process() -> None:
    drawn = f"t.draws(t.STUTTER, [{BEFORE!r}], t.PLACES)"
    code = f"import test_rewriter_attack as t; print([d.text for d in {drawn}])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), *sys.path)), "PYTHONHASHSEED": "1"},
    )
    assert done.stdout.strip() == str([drawn.text for drawn in draws(STUTTER, [BEFORE], PLACES)])


PLACES = [(0, number) for number in range(5)]


def test_draws_differ_by_their_number() -> None:
    assert len({drawn.text for drawn in draws(STUTTER, [BEFORE], [(0, n) for n in range(50)])}) > 5


def states() -> tuple[object, ...]:
    return random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist()  # noqa: NPY002


@pytest.mark.parametrize(
    "attack", [STUTTER, RewriterAttack(Broken(lambda _: 1 / random.randrange(0, 1)), 0.5)]
)
def test_the_global_generators_go_on_where_they_were(attack: Attack) -> None:
    before = states()
    try:
        draws(attack, [BEFORE], PLACES)
    except UserError:
        assert attack is not STUTTER
    assert states() == before


def limited(attack: Attack, constraints: str) -> Attack:
    return constrained(attack, parse_constraints(constraints))


def test_under_constraints_a_text_is_drawn_until_they_allow_all_edits() -> None:
    places = [(0, number) for number in range(300)]
    free = {drawn.text for drawn in draws(SHOUT, [BEFORE.lower()], places)}
    narrowed = {
        drawn.text for drawn in draws(limited(SHOUT, 'keep("good") & at_most(2)'), [BEFORE.lower()], places)
    }

    assert len(free) == 2**4
    assert narrowed == {
        text for text in free if "GOOD" not in text and sum(map(str.isupper, text.split())) <= 2
    }


def test_a_text_of_which_constraints_allow_no_draw_is_a_no_op() -> None:
    attack = limited(RewriterAttack(Broken(lambda _: "It was good coffee"), 0.5), 'keep("tea")')
    (drawn,) = draws(attack, [BEFORE], [(0, 0)])
    assert (drawn.text, drawn.edits) == (BEFORE, ())


def test_what_rewrites_texts_has_no_severity_of_its_own() -> None:
    with pytest.raises(UserError, match=r"'fake:Stutter' has no calibrated severity: give a rate"):
        at_severity(RewriterAttack(Stutter()), Severity.of(3), [])


def test_a_text_that_is_left_as_it_was_is_a_no_op() -> None:
    (drawn,) = draws(RewriterAttack(Broken(lambda text: text), 0.5), [BEFORE], [(0, 0)])
    assert (drawn.changed, drawn.edits, drawn.edits_by_step) == (False, (), ((),))


def test_a_text_that_was_rewritten_is_reported_word_by_word() -> None:
    (drawn,) = draws(RewriterAttack(Broken(lambda _: "It was good coffee"), 0.5), [BEFORE], [(0, 0)])
    assert drawn.edits == (Edit(3, 4, "wa"), Edit(11, 14, "coffee"))


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (
            lambda text: text[1_000],
            "failed on 'It is good tea<U+001B>': IndexError: string index out of range",
        ),
        (lambda _: 1 / 0, "failed on 'It is good tea<U+001B>': ZeroDivisionError: division by zero"),
        (lambda _: None, "failed on 'It is good tea<U+001B>': it returned NoneType, not a text"),
        (lambda _: "\ud800", "must be valid Unicode, got the lone surrogate U+D800"),
    ],
    ids=["no such place", "a division", "nothing", "half a character"],
)
def test_a_library_that_fails_is_named_with_the_text(act: Callable[[str], object], complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        draws(RewriterAttack(Broken(act), 0.5), [f"{BEFORE}\x1b"], [(0, 0)])
    assert str(caught.value).startswith(("fake:Broken failed on", "what fake:Broken makes of a text"))
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_attack_is_written_as_it_was_put_together() -> None:
    assert str(ATTACKS["alone"]) == "fake:Stutter@0.5"
    assert str(ATTACKS["in a sequence"]) == "qwerty@0.3, fake:Stutter@0.5, delete@0.3"
    assert str(ATTACKS["in a choice"]) == "fake:Stutter@0.5 | 2*(delete@0.3, qwerty@0.3)"
    assert [len(list(attack.leaves())) for attack in ATTACKS.values()] == [1, 3, 3, 2]


def test_its_edits_cannot_be_listed() -> None:
    with pytest.raises(CannotListError, match=r"'.*' rewrites whole texts.*drawn but not listed"):
        SHOUT.single_edits(TextBatch([BEFORE]))
