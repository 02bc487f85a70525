"""What a draw takes how often. The keys are fixed, and so is what is counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from robustaudit.core.edits import apply, splice
from robustaudit.core.records import Edit
from robustaudit.perturbations import (
    Contract,
    Delete,
    Homoglyph,
    Insert,
    NeighborSwap,
    Perturbation,
    Qwerty,
    SitePool,
    Sites,
    TextBatch,
    WeightedPerturbation,
    Weighting,
    build,
)
from robustaudit.perturbations.site_pool import first_arrivals, without_overlaps
from strategies import sentences

MANY = 6000
EIGHT = ("contract", "extend", "homoglyph", "neighbor_swap", "qwerty", "delete", "insert", "substitute")
ONE_SITE = 0.001  # a rate so low that one site is drawn, whatever the text


@dataclass(frozen=True)
class Gaps:
    """Put a blank between two characters: a perturbation whose sites are empty spans."""

    def sites(self, batch: TextBatch) -> Sites:
        columns = [(row, at, at, 0) for row, text in enumerate(batch.texts) for at in range(1, len(text))]
        text, start, stop, form = np.array(columns, dtype=np.int64).reshape(-1, 4).T
        return Sites(text, start, stop, form, [(" ",)])


@dataclass(frozen=True)
class EachLetter:
    """Write one character twice as large: a perturbation whose sites are single characters, touching."""

    def sites(self, batch: TextBatch) -> Sites:
        columns = [
            (row, at, at + 1, ord(character))
            for row, text in enumerate(batch.texts)
            for at, character in enumerate(text)
            if character.islower()
        ]
        text, start, stop, form = np.array(columns, dtype=np.int64).reshape(-1, 4).T
        return Sites(text, start, stop, form, [(chr(form).upper(),) for form in range(128)])


def draws(
    parts: Sequence[WeightedPerturbation],
    text: str,
    *,
    rate: float,
    number: int = MANY,
    weighting: Weighting = "parts",
) -> Sequence[tuple[Edit, ...]]:
    keys = np.random.default_rng(20).integers(0, 2**64, size=number, dtype=np.uint64)
    pool = SitePool(parts, TextBatch([text]), weighting=weighting)
    return pool.draw(np.zeros(number, dtype=np.int64), keys, rate=rate)


def alone(perturbation: Perturbation) -> list[WeightedPerturbation]:
    return [WeightedPerturbation(perturbation, 1.0)]


def shares(counts: Counter, expected: dict) -> float:
    """The p-value of the counts, where each key is expected in proportion to its number."""
    assert set(counts) == set(expected)
    total = sum(expected.values())
    observed = [counts[key] for key in expected]
    return stats.chisquare(observed, [MANY * share / total for share in expected.values()]).pvalue


def kind(edits: Sequence[Edit]) -> str:
    """Which of `homoglyph`, `insert` and `contract` one edit is of, by what it does to the length."""
    (edit,) = edits
    return {-1: "contract", 0: "homoglyph", 1: "insert"}[len(edit.replacement) - (edit.stop - edit.start)]


def test_each_word_is_drawn_as_often_as_any_other_however_long() -> None:
    text = "an extraordinarily good cup of tea"
    found = draws(alone(NeighborSwap()), text, rate=ONE_SITE)
    words = Counter(text[: edits[0].start].count(" ") for edits in found)
    assert shares(words, dict.fromkeys(range(6), 1)) > 0.001


def test_each_set_of_words_is_drawn_as_often_as_any_other() -> None:
    text = "it was really good tea"
    found = draws(alone(NeighborSwap()), text, rate=0.4)
    words = Counter(tuple(text[: edit.start].count(" ") for edit in edits) for edits in found)
    assert shares(words, dict.fromkeys(combinations(range(5), 2), 1)) > 0.001


def test_each_replacement_of_each_word_is_drawn_as_often_as_any_other() -> None:
    found = draws(alone(Insert(alphabet="digits")), "tea pot cup", rate=ONE_SITE)
    places = Counter((edit.start, edit.replacement) for (edit,) in found)
    expected = dict.fromkeys(product([0, 1, 2, 4, 5, 6, 8, 9, 10], "0123456789"), 1)
    assert shares(places, expected) > 0.001


@pytest.mark.parametrize("name", EIGHT)
def test_words_are_drawn_alike_and_then_the_edits_of_a_word(name: str) -> None:
    text = "it is so, do not; I'd say it's"
    perturbation = build(name, {})
    found = Counter(
        apply(text, edits) for edits in draws(alone(perturbation), text, rate=ONE_SITE, number=60_000)
    )
    sites = perturbation.sites(TextBatch([text]))
    expected: dict[str, float] = {}
    for start, stop, form in zip(sites.start.tolist(), sites.stop.tolist(), sites.form.tolist(), strict=True):
        for new in sites.options[form]:
            edited = text[:start] + new + text[stop:]
            share = 60_000 / len(sites) / len(sites.options[form])
            expected[edited] = expected.get(edited, 0) + share
    assert set(found) == set(expected)
    assert stats.chisquare([found[text] for text in expected], list(expected.values())).pvalue > 0.001


def test_the_first_edit_of_a_mix_is_of_each_part_by_its_weight_however_many_words_it_can_edit() -> None:
    parts = [
        WeightedPerturbation(Homoglyph(), 1.0),
        WeightedPerturbation(Insert(), 2.0),
        WeightedPerturbation(Contract(), 5.0),
    ]
    found = Counter(map(kind, draws(parts, "it is a good old tea", rate=ONE_SITE)))
    assert shares(found, {"homoglyph": 1, "insert": 2, "contract": 5}) > 0.001


def test_a_part_without_a_site_leaves_its_share_to_the_others() -> None:
    parts = [
        WeightedPerturbation(Contract(), 10.0),
        WeightedPerturbation(Homoglyph(), 1.0),
        WeightedPerturbation(Insert(), 1.0),
    ]
    found = Counter(map(kind, draws(parts, "good tea", rate=ONE_SITE)))
    assert shares(found, {"homoglyph": 1, "insert": 1}) > 0.001


def test_pooled_by_edits_a_part_is_drawn_as_often_as_it_has_edits() -> None:
    parts = [
        WeightedPerturbation(Homoglyph(), 1.0),
        WeightedPerturbation(Insert(alphabet="digits"), 2.0),
        WeightedPerturbation(Contract(), 20.0),
    ]
    found = Counter(map(kind, draws(parts, "it is a tea", rate=ONE_SITE, weighting="edits")))
    assert shares(found, {"homoglyph": 1 * 8, "insert": 2 * 7 * 10, "contract": 20 * 1}) > 0.001


def test_pooled_by_edits_a_longer_word_is_drawn_more_often() -> None:
    found = draws(alone(Delete()), "an extraordinarily old tea", rate=ONE_SITE, weighting="edits")
    words = Counter("an extraordinarily old tea"[: edits[0].start].count(" ") for edits in found)
    assert shares(words, {0: 2, 1: 15, 2: 3, 3: 3}) > 0.001


@given(text=sentences(), key=st.integers(0, 2**64 - 1))
def test_a_word_is_edited_once_in_a_mix(text: str, key: int) -> None:
    parts = [
        WeightedPerturbation(Homoglyph(), 1.0),
        WeightedPerturbation(Insert(), 1.0),
        WeightedPerturbation(Qwerty(), 3.0),
        WeightedPerturbation(Contract(), 1.0),
    ]
    batch = TextBatch([text])
    (edits,) = SitePool(parts, batch).draw(np.array([0]), np.array([key], dtype=np.uint64), rate=1.0)
    words = zip(batch.words.start.tolist(), batch.words.stop.tolist(), strict=True)
    for start, stop in words:
        assert sum(edit.start < stop and start < max(edit.stop, edit.start + 1) for edit in edits) <= 1


@pytest.mark.parametrize(
    ("words", "rate", "edited"),
    [
        (1, 0.01, 1),
        (10, 0.04, 1),
        (10, 0.14, 1),
        (10, 0.15, 2),
        (10, 0.24, 2),
        (10, 0.25, 3),
        (4, 0.375, 2),
        (10, 0.99, 10),
        (10, 1.0, 10),
    ],
)
def test_the_rate_is_a_share_of_the_words_rounded_and_one_at_least(
    words: int, rate: float, edited: int
) -> None:
    (edits,) = draws(alone(Delete()), " ".join(["good"] * words), rate=rate, number=1)
    assert len(edits) == edited


def test_words_without_an_edit_count_towards_the_rate_and_are_not_drawn() -> None:
    (edits,) = draws(alone(Delete()), "I a I a I a good tea", rate=0.5, number=1)
    assert len(edits) == 2


def test_rows_may_be_drawn_in_any_order_and_number() -> None:
    texts = ["good tea", "", "…", "bad tea"]
    pool = SitePool(alone(Delete()), TextBatch(texts))
    keys = np.array([1, 2, 1, 3, 1], dtype=np.uint64)
    found = pool.draw(np.array([3, 1, 0, 2, 3]), keys, rate=1.0)
    assert [len(edits) for edits in found] == [2, 0, 2, 0, 2]
    assert found[0] == found[4]


def test_no_draws_are_no_edits() -> None:
    pool = SitePool(alone(Delete()), TextBatch(["good tea"]))
    assert not list(pool.draw(np.array([], dtype=np.int64), np.array([], dtype=np.uint64), rate=1.0))


def test_a_gap_is_edited_once() -> None:
    for edits in draws(
        [WeightedPerturbation(Gaps(), 1.0), WeightedPerturbation(Gaps(), 1.0)], "a b", rate=1.0, number=50
    ):
        assert edits == (Edit(1, 1, " "), Edit(2, 2, " "))


@pytest.mark.parametrize("order", [1, -1], ids=["gaps first", "letters first"])
def test_a_gap_beside_an_edited_letter_keeps_its_place(order: int) -> None:
    text = "abcd efgh ijkl mnop"
    parts = [WeightedPerturbation(Gaps(), 1.0), WeightedPerturbation(EachLetter(), 1.0)][::order]
    for edits in draws(parts, text, rate=1.0, number=200):
        assert apply(text, edits).replace(" ", "").lower() == "abcdefghijklmnop"
        assert list(edits) == sorted(edits, key=lambda edit: (edit.start, edit.stop))


def test_texts_are_spliced_as_edits_are_applied_where_they_touch() -> None:
    text = "abcd efgh ijkl mnop"
    batch, rows = TextBatch([text]), np.zeros(200, dtype=np.int64)
    pool = SitePool([WeightedPerturbation(EachLetter(), 1.0), WeightedPerturbation(Gaps(), 1.0)], batch)
    edits = pool.draw(rows, np.arange(200, dtype=np.uint64), rate=1.0)
    assert splice([text] * 200, batch.codes, rows, edits) == [apply(text, found) for found in edits]


# Few times, so that many are equal, and some that differ in their last bits alone.
times = st.sampled_from([0.0, 0.25, 0.5, np.nextafter(0.5, 1), 0.75, np.nextafter(0.75, 0), 2.0, np.inf])
spans = st.tuples(st.integers(0, 8), st.integers(0, 3)).map(lambda span: (span[0], span[0] + span[1]))


@given(draws=st.lists(st.tuples(st.lists(times, max_size=6), st.integers(1, 4)), max_size=5))
def test_the_first_of_each_draw_are_taken(draws: list[tuple[list[float], int]]) -> None:
    expected: list[int] = []
    first = 0
    for arrival, wanted in draws:
        places = sorted(range(len(arrival)), key=lambda place: (arrival[place], place))[:wanted]
        expected += sorted(first + place for place in places if arrival[place] < np.inf)
        first += len(arrival)
    taken = first_arrivals(
        np.array([time for arrival, _ in draws for time in arrival], dtype=np.float64),
        np.array([len(arrival) for arrival, _ in draws], dtype=np.int64),
        np.array([wanted for _, wanted in draws], dtype=np.int64),
    )
    assert taken.tolist() == expected


@given(draws=st.lists(st.lists(st.tuples(spans, times), max_size=8), max_size=4))
def test_who_comes_later_and_overlaps_stays_out(draws: list[list[tuple[tuple[int, int], float]]]) -> None:
    draws = [sorted(sites, key=lambda site: site[0]) for sites in draws]
    expected: list[float] = []
    for sites in draws:
        let_in: list[int] = []
        for place in sorted(range(len(sites)), key=lambda place: (sites[place][1], place)):
            if not any(overlap(sites[place][0], sites[other][0]) for other in let_in):
                let_in.append(place)
        expected += [time if place in let_in else np.inf for place, (_, time) in enumerate(sites)]
    flat = [(draw, *span, time) for draw, sites in enumerate(draws) for span, time in sites]
    draw, start, stop, arrival = np.array(flat, dtype=np.float64).reshape(-1, 4).T
    found = without_overlaps(arrival.copy(), *(column.astype(np.int64) for column in (draw, start, stop)))
    assert found.tolist() == expected


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one == other
