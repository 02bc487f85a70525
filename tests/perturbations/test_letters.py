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
from robustaudit.perturbations import letters as options
from robustaudit.perturbations.letters import WordCache
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


def test_a_word_is_asked_about_once() -> None:
    asked: list[str] = []

    def replacements(word: str) -> tuple[str, ...]:
        asked.append(word)
        return (word.upper(), word + word) if word.islower() else ()

    memory = WordCache(replacements)
    form, found = memory.look_up(["so", "SO", "so", "OK"])
    again, more = memory.look_up(["it", "so"])
    assert asked == ["so", "SO", "OK", "it"]
    assert [found[place] for place in form.tolist()] == [("SO", "soso"), (), ("SO", "soso"), ()]
    assert [more[place] for place in again.tolist()] == [("IT", "itit"), ("SO", "soso")]
    assert (found.counts.tolist(), more.counts.tolist()) == ([0, 2], [0, 2, 2])
    assert (len(more), list(more[1:])) == (3, [("SO", "soso"), ("IT", "itit")])


def test_a_memory_that_is_full_begins_anew_and_spoils_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "_MOST_WORDS", 2)
    memory = WordCache(lambda word: (word.upper(),))
    form, found = memory.look_up(["a", "b", "c"])
    later, more = memory.look_up(["d"])
    assert [found[place] for place in form.tolist()] == [("A",), ("B",), ("C",)]
    assert [more[place] for place in later.tolist()] == [("D",)]
    assert len(more) == 2
