"""What holds for every perturbation, every recipe and every composition of them, on any text."""

from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from columns import check_columns
from robustaudit.attacks import REPORT_ATTACKS, Attack, Mix, parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.records import PerturbedText
from robustaudit.perturbations import (
    PERTURBATIONS,
    Contract,
    TextBatch,
    WeightedPerturbation,
    WordPerturbation,
    build,
)
from strategies import LONG, attacks, perturbations, texts

pytestmark = pytest.mark.usefixtures("empty_folder")

UNITS = ("", "a", "don't ", "e\u0301", "好", "👩‍👩‍👧 do not ")  # of texts that consist of one alone
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def named(name: str) -> st.SearchStrategy[Attack]:
    return st.builds(lambda: parse_attack(name).attack)


each_attack = pytest.mark.parametrize(
    "strategy",
    [
        *(pytest.param(named(name), id=name) for name in sorted({*PERTURBATIONS, *REPORT_ATTACKS})),
        pytest.param(named("contract, qwerty | insert + delete, extend"), id="an expression"),
        pytest.param(attacks(), id="any composition"),
    ],
)


def draws(attack: Attack, batch: list[str], places: list[tuple[int, int]]) -> list[PerturbedText]:
    """For each (row, number) of `places` that draw of that text, whose example id is the text itself."""
    keys = attack.keys(seed=0, draws=[(batch[row], number) for row, number in places])
    rows = np.array([row for row, _ in places], dtype=np.int64)
    return list(attack.draw(TextBatch(batch), rows, keys))


@each_attack
@PATIENT
@given(data=st.data(), text=texts(), number=st.integers(0, 1000))
def test_edits_replay_to_the_text_and_touch_nothing_else(strategy, data, text, number) -> None:
    (drawn,) = draws(data.draw(strategy), [text], [(0, number)])

    check_replay(drawn, text)
    check_rest(drawn, text)
    assert drawn.changed == (drawn.text != text) == bool(drawn.edits)
    assert drawn.text.encode("utf-8").decode("utf-8") == drawn.text  # so that it can be stored


@each_attack
@settings(PATIENT, max_examples=2)
@given(data=st.data())
def test_edits_replay_on_the_shortest_and_the_longest_texts(strategy, data) -> None:
    attack = data.draw(strategy)
    for unit in UNITS:
        text = unit and (unit * LONG)[:LONG]
        (drawn,) = draws(attack, [text], [(0, 0)])

        check_replay(drawn, text)
        check_rest(drawn, text)


def check_replay(drawn: PerturbedText, text: str) -> None:
    assert drawn.original == text
    assert reduce(apply, drawn.edits_by_step, text) == drawn.text
    assert apply(text, drawn.edits) == drawn.text
    assert all(0 <= edit.start <= edit.stop <= len(text) for edit in drawn.edits)
    assert all(first.stop < second.start for first, second in pairwise(drawn.edits))
    assert all(text[edit.start : edit.stop] != edit.replacement for edit in drawn.edits)


def check_rest(drawn: PerturbedText, text: str) -> None:
    """What no edit spans is untouched."""
    rest, position = drawn.text, 0
    for edit in drawn.edits:
        assert rest.startswith(text[position : edit.start] + edit.replacement)
        rest = rest[edit.start - position + len(edit.replacement) :]
        position = edit.stop
    assert rest == text[position:]


@each_attack
@PATIENT
@given(data=st.data(), batch=st.lists(texts(), min_size=1, max_size=4, unique=True))
def test_a_draw_is_the_same_alone_in_company_in_any_order_and_again(strategy, data, batch) -> None:
    attack = data.draw(strategy)
    places = [(row, number) for row in range(len(batch)) for number in range(2)]
    together = dict(zip(places, draws(attack, batch, places), strict=True))

    shuffled = data.draw(st.permutations(places))
    assert draws(attack, batch, shuffled + shuffled) == [together[place] for place in shuffled + shuffled]
    for row, number in places:
        assert draws(attack, [batch[row]], [(0, number)]) == [together[row, number]]


@PATIENT
@given(perturbation=perturbations(), batch=st.lists(texts(), max_size=3))
def test_sites_are_sorted_lie_in_their_text_and_offer_only_changes(perturbation, batch) -> None:
    sites = perturbation.sites(TextBatch(batch))

    columns = list(zip(sites.text.tolist(), sites.start.tolist(), sites.stop.tolist(), strict=True))
    assert columns == sorted(columns)
    for (row, start, stop), form, count in zip(
        columns, sites.form.tolist(), sites.count.tolist(), strict=True
    ):
        assert 0 <= start <= stop <= len(batch[row])
        options = sites.options[form]
        assert len(options) == count >= 1
        for k in {0, count // 3, count // 2, count - 1}:
            assert options[k] != batch[row][start:stop]
        with pytest.raises(IndexError):
            options[count]


@PATIENT
@given(perturbation=perturbations().filter(lambda found: not isinstance(found, Contract)), text=texts())
def test_the_sites_of_a_perturbation_lie_apart_where_words_do(perturbation, text) -> None:
    batch = TextBatch([text])
    sites = perturbation.sites(batch)
    between = sites.start[1:] - sites.stop[:-1]
    touching_words = np.intersect1d(batch.words.start, batch.words.stop)
    assert (between >= 0).all()
    assert np.isin(sites.start[1:][between == 0], touching_words).all()


@PATIENT
@given(data=st.data(), perturbation=perturbations(), batch=st.lists(texts(), max_size=3))
def test_columns_say_what_the_strings_say(data, perturbation, batch) -> None:
    """What the engine draws from, against what the author of a perturbation wrote."""
    check_columns(perturbation, batch, data)


@PATIENT
@given(perturbation=perturbations(), text=texts())
def test_the_words_with_an_edit_are_those_for_which_the_author_names_one(perturbation, text) -> None:
    assume(isinstance(perturbation, WordPerturbation))
    batch = TextBatch([text])
    sites = perturbation.sites(batch)

    expected = [
        (start, stop, len(found))
        for start, stop, word in zip(
            batch.words.start.tolist(), batch.words.stop.tolist(), batch.words.strings, strict=True
        )
        if (found := perturbation.replacements(word))
    ]
    assert list(zip(sites.start.tolist(), sites.stop.tolist(), sites.count.tolist(), strict=True)) == expected


@PATIENT
@given(perturbation=perturbations(), text=texts(), number=st.integers(0, 1000))
def test_an_edit_stays_in_the_span_of_a_site(perturbation, text, number) -> None:
    (drawn,) = draws(Mix((WeightedPerturbation(perturbation, 1.0),), rate=0.5), [text], [(0, number)])

    sites = perturbation.sites(TextBatch([text]))
    spans = list(zip(sites.start.tolist(), sites.stop.tolist(), strict=True))
    for edit in drawn.edits_by_step[0]:
        assert any(start <= edit.start <= edit.stop <= stop for start, stop in spans)


@pytest.mark.parametrize("name", sorted(set(PERTURBATIONS) - {"contract"}))
@PATIENT
@given(text=texts(), eighths=st.integers(1, 8))
def test_as_many_words_are_edited_as_the_rate_asks_or_as_can_be(name, text, eighths) -> None:
    perturbation = build(name, {})
    (drawn,) = draws(Mix((WeightedPerturbation(perturbation, 1.0),), rate=eighths / 8), [text], [(0, 0)])

    batch = TextBatch([text])
    asked = (int(batch.word_counts[0]) * eighths + 4) // 8  # half a word counts as one
    (edits,) = drawn.edits_by_step  # of which two are shown as one where they touch
    assert len(edits) == min(len(perturbation.sites(batch)), max(1, asked))


@PATIENT
@given(text=texts(), eighths=st.integers(1, 8))
def test_contractions_that_share_a_word_are_not_made_both(text, eighths) -> None:
    attack = parse_attack("contract", rate=eighths / 8).attack
    (drawn,) = draws(attack, [text], [(0, 0)])

    batch = TextBatch([text])
    asked = max(1, (int(batch.word_counts[0]) * eighths + 4) // 8)
    sites = len(build("contract", {}).sites(batch))
    assert min(1, sites) <= len(drawn.edits) <= min(sites, asked)
