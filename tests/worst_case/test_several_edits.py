"""Texts of several edits against an enumeration by hand, and what is said of too many."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from robustaudit.attacks import parse_attack
from robustaudit.core.randomness import keys_of
from robustaudit.datasets import load
from robustaudit.models.reference_models import resolve_trained
from robustaudit.perturbations import CHARACTERS, Perturbation, TextBatch, build
from robustaudit.runs.plan import make_plan
from robustaudit.worst_case import linear
from robustaudit.worst_case.certification import SeveralEdits, certify
from robustaudit.worst_case.reached_texts import TooManyTextsError, texts_within
from robustaudit.worst_case.several_edits import execute_several, failing_share_bound
from robustaudit.worst_case.stored_sweep import open_sweep, stable_examples
from robustaudit.worst_case.sweep import execute_sweep
from robustaudit.worst_case.sweep_plan import SweepPlan
from sweeps import TEXTS, predicted, sweep_plan

SHORT = ["it is", "odd tea", "I do not", "a b"]
Site = tuple[int, int, str]


def sites(names: tuple[str, ...], text: str) -> list[Site]:
    """Every replacement that the perturbations list for authors."""
    found = []
    for name in names:
        perturbation: Perturbation = build(name, {})
        of = perturbation.sites(TextBatch([text]))
        columns = zip(of.start.tolist(), of.stop.tolist(), of.form.tolist(), strict=True)
        found += [(start, stop, new) for start, stop, form in columns for new in of.options[form]]
    return sorted(found)


def overlap(one: Site, other: Site) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one[:2] == other[:2]


def by_hand(names: tuple[str, ...], text: str, edits: int) -> Iterator[str]:
    for size in range(1, edits + 1):
        for chosen in combinations(sites(names, text), size):
            if not any(overlap(*pair) for pair in combinations(chosen, 2)):
                made = text
                for start, stop, new in reversed(chosen):
                    made = made[:start] + new + made[stop:]
                yield made


def within(expression: str, text: str, edits: int, most: int = 10**6) -> set[str]:
    attack = parse_attack(expression).attack
    return set(texts_within(attack, text, edits, most=most, segmenter=CHARACTERS))


@pytest.mark.parametrize("text", SHORT)
def test_texts_of_several_edits_are_those_of_every_set_of_sites_by_hand(text: str) -> None:
    mixed = ("delete", "contract", "homoglyph")
    for edits in (1, 2, 3):
        assert within("delete + contract + homoglyph", text, edits) == set(by_hand(mixed, text, edits)) - {
            text
        }
    either = {*by_hand(("delete",), text, 2), *by_hand(("neighbor_swap",), text, 2)}
    assert within("delete | neighbor_swap", text, 2) == either - {text}
    assert within("homoglyph & at_most(1)", text, 2) == set(by_hand(("homoglyph",), text, 1)) - {text}


@pytest.mark.parametrize("text", SHORT)
def test_a_later_step_of_a_sequence_edits_what_the_one_before_it_left(text: str) -> None:
    first, second = {text, *by_hand(("delete",), text, 1)}, set(by_hand(("delete",), text, 2))
    both = second | {made for each in first for made in by_hand(("neighbor_swap",), each, 1)}
    expected = both | set(by_hand(("neighbor_swap",), text, 2)) | first
    assert within("delete, neighbor_swap", text, 2) == expected - {text}


def test_too_many_texts_are_refused_before_they_are_made() -> None:
    with pytest.raises(TooManyTextsError):
        within("substitute", "the weather " * 500, 9, most=10_000)


def test_no_draw_of_at_most_two_edits_flips_an_example_that_is_certified_for_two(tmp_path: Path) -> None:
    attacks = ["neighbor_swap", "delete, (contract + homoglyph) & min_length(2)", "insert"]
    plan = sweep_plan(*attacks, texts=TEXTS[:12])
    execute_sweep(plan, tmp_path)
    sweep = open_sweep(tmp_path)
    tables = execute_several(sweep, plan.plan, edits=2, max_texts=3_000)
    again = execute_several(sweep, plan.plan, edits=2, max_texts=3_000)
    assert tables["fake"].equals(again["fake"])
    found = certify(sweep, SeveralEdits(2, tables))
    certified_some = False
    for place, (row, name) in enumerate(zip(found.rows, attacks, strict=True)):
        effects = sweep.of("fake", name)
        stable = stable_examples(effects)
        failed = [each for each in tables["fake"].to_pylist() if each["attack"] == place]
        stable[[each["example"] for each in failed if each["failing_text"] or each["draws"]]] = False
        assert row.stable.value == stable.mean()
        assert row.undecided == sum(not each["failing_text"] and each["draws"] > 0 for each in failed)
        certified_some |= bool(stable.any())
        for each in failed:
            if each["failing_text"] is not None:
                clean = effects.clean_prediction[each["example"]]
                assert predicted(each["failing_text"]) == each["prediction"] != clean
        drawn = parse_attack(f"({name}) & at_most(2)").attack
        batch = TextBatch([example.text for example in sweep.examples])
        rows = np.repeat(np.flatnonzero(stable), 300)
        keys = keys_of(1, each=[(name, number) for number in range(len(rows))])
        texts = drawn.draw(batch, rows, keys).texts
        flips = [predicted(text) != effects.clean_prediction[r] for r, text in zip(rows, texts, strict=True)]
        assert not any(flips)
    assert certified_some


def test_the_bound_after_no_failure_is_clopper_pearsons() -> None:
    assert failing_share_bound(1) == pytest.approx(0.95)
    assert failing_share_bound(3_000) == pytest.approx(3 / 3_000, rel=0.002)


def test_a_linear_model_has_certified_accuracy_by_edits_with_proof(tmp_path: Path) -> None:
    attack = parse_attack("neighbor_swap")
    source = resolve_trained("tfidf")
    plan = SweepPlan(make_plan(load("tiny"), [source], [attack], trials=12), all_edits=False)
    execute_sweep(plan, tmp_path)
    sweep = open_sweep(tmp_path)
    (row,) = certify(sweep, SeveralEdits(4, execute_several(sweep, plan.plan, edits=4))).rows
    curve = linear.certify(source.load(), attack.attack, plan.plan.examples, edits=4)
    assert row.accuracy_by_edits == curve.accuracy
    assert row.certified_accuracy == curve.accuracy[4]
