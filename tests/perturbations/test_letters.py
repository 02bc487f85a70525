from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from columns import check_columns
from reachable import one_edit_away
from robustaudit.core.records import Edit
from robustaudit.perturbations import (
    Delete,
    NeighborSwap,
    OneLetter,
    SitePool,
    TextBatch,
    WeightedPerturbation,
    WordPerturbation,
)
from strategies import texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Anything(OneLetter):
    """All kinds of things for a letter: nothing, more of it, something before, behind and around it."""

    def choices(self, letter: str) -> Sequence[str]:
        beside = ("", letter + letter, "a" + letter, letter + "l", "xy", "好", "e\u0301", "👍")
        around = ("l" + letter + "l", "ss" + letter, letter * 3, f"{letter} {letter}")
        return () if letter in "qé" else beside + around if letter in "lsa" else beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Single(OneLetter):
    """A perturbation of words of one letter too."""

    shortest = 1

    def choices(self, letter: str) -> Sequence[str]:
        return ("o",) if letter == "i" else ()


SIMILAR = st.text("als' l\u0301éq好é", max_size=30)


@pytest.mark.parametrize("perturbation", [Anything(), Single(), Delete(), NeighborSwap()], ids=repr)
@given(data=st.data(), batch=st.lists(st.one_of(SIMILAR, texts()), max_size=3))
def test_columns_say_what_the_strings_say(
    perturbation: WordPerturbation, data: st.DataObject, batch: list[str]
) -> None:
    check_columns(perturbation, batch, data)


def test_an_author_says_only_what_a_letter_may_become() -> None:
    assert one_edit_away(Single(), "it is") == ["it os", "ot is"]


def test_what_a_word_may_become_is_said_when_asked() -> None:
    options = Single().sites(TextBatch(["it so is"])).options
    assert (len(options), [list(found) for found in options[::2]]) == (3, [["ot"], ["os"]])


def test_words_that_are_too_short_are_left_alone() -> None:
    assert one_edit_away(Single(), "i am") == ["o am"]
    assert len(Anything().sites(TextBatch(["a l э e\u0301"]))) == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(OneLetter):
    """As `delete`, but known to no other test."""

    def choices(self, letter: str) -> Sequence[str]:  # noqa: ARG002
        return ("",)


def test_the_first_letter_ever_seen_may_be_left_out() -> None:
    assert one_edit_away(Gone(), "aa") == ["a", "a"]
    (edits,) = SitePool([WeightedPerturbation(Gone(), 1.0)], TextBatch(["aa"])).draw(
        np.array([0]), np.array([0], dtype=np.uint64), rate=1.0
    )
    assert edits == (Edit(1, 2, ""),)
