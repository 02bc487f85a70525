"""Every measure again, from the shards, with plain Python and numpy; and by hand."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import parse_attack
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, load
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.result import Row
from robustaudit.statistics import estimates as measuring
from robustaudit.statistics.estimates import UnresolvedEstimate, with_intervals, worst_of_k
from robustaudit.statistics.measures import IntervalUnit, Measures
from robustaudit.statistics.outcomes import TrialOutcomes, outcomes_of, per_example, positions_in

Trial = dict[str, Any]


def answered(rows: Sequence[tuple[str, int, int, int]], groups: Sequence[str] | None = None) -> pa.Table:
    """Trials of (example, label, clean prediction, perturbed prediction), sure of what they predict."""
    examples, labels, clean, perturbed = (list(column) for column in zip(*rows, strict=True))

    def given_to(predictions: list[int]) -> list[list[float]]:
        return [[0.9, 0.1] if prediction == 0 else [0.1, 0.9] for prediction in predictions]

    def of_label(predictions: list[int]) -> list[float]:
        return [0.9 if p == label else 0.1 for p, label in zip(predictions, labels, strict=True)]

    return pa.table(
        {
            "example": examples,
            "group": examples if groups is None else list(groups),
            "label": labels,
            "changed": [True] * len(rows),
            "clean_prediction": clean,
            "perturbed_prediction": perturbed,
            "clean_probability": of_label(clean),
            "perturbed_probability": of_label(perturbed),
            "clean_probabilities": given_to(clean),
            "perturbed_probabilities": given_to(perturbed),
            "edit_share": [0.5] * len(rows),
            "character_share": [0.1] * len(rows),
            "clean_repeat_prediction": pa.nulls(len(rows), pa.int64()),
        }
    )


def answers(rows: Sequence[tuple[str, int, int, int]], groups: Sequence[str] | None = None) -> Any:
    return placed(answered(rows, groups))


def placed(table: pa.Table) -> TrialOutcomes:
    names = {column: list(dict.fromkeys(table[column].to_pylist())) for column in ("example", "group")}
    return outcomes_of(
        table,
        example=positions_in(table["example"], names["example"]),
        group=positions_in(table["group"], names["group"]),
    )


def measure(found: TrialOutcomes, unit: IntervalUnit) -> Measures:
    return with_intervals(measuring.measure(found, unit))


SIX = (
    ("a", 1, 1, 1),
    ("a", 1, 1, 0),
    ("b", 1, 1, 0),
    ("b", 1, 1, 0),
    ("c", 0, 1, 0),
    ("c", 0, 1, 0),
)
"""Example a is right and then once wrong, b right and then wrong, c wrong and then right."""


def test_six_trials_by_hand() -> None:
    found = measure(answers(SIX), "group")
    by_hand = {
        "clean_accuracy": 2 / 3,
        "perturbed_accuracy": (1 / 2 + 0 + 1) / 3,
        "drop": 1 / 6,
        "relative_drop": 1 / 4,
        "flip_rate": (1 / 2 + 1 + 1) / 3,
        "attack_success_rate": 3 / 4,
        # Clean: of class 1 two hits, three named, two so: 4/5; of class 0 none. Perturbed: of class 1 half a
        # hit of half a one named and two so: 2/5; of class 0 one hit, five halves named, one so: 4/7.
        "clean_macro_f1": (4 / 5 + 0) / 2,
        "perturbed_macro_f1": (2 / 5 + 4 / 7) / 2,
        "probability_change": (-0.4 - 0.8 + 0.8) / 3,
        # All confidences are 0.9, so that there is one bin. Right less sure is 0.1, 0.1 and −0.9, and then
        # −0.4, −0.9 and 0.1: the mean of the products of two.
        "clean_squared_calibration_error": (0.1 * 0.1 - 0.1 * 0.9 - 0.1 * 0.9) / 3,
        "perturbed_squared_calibration_error": (0.4 * 0.9 - 0.4 * 0.1 - 0.9 * 0.1) / 3,
        # 0.01 where it is right, 0.81 where it is wrong.
        "brier_change": (0.8 / 2 + 0.8 - 0.8) / 3,
    }
    for name, value in by_hand.items():
        assert getattr(found, name).value == pytest.approx(value), name


def test_the_bounds_of_six_trials_by_hand() -> None:
    # Drops 1/2, 1 and −1, weighed by E, and one of −1 added: 1/2·E + E lies above x with a chance of
    # 2·exp(−x) − exp(−2x), and above the other two with 2·(1/2)² − (1/3)². With one of 1 added instead, the
    # three are less than the fourth with a chance of (2/3)·(1/2)².
    figure = measuring.measure(answers(SIX), "group").drop
    assert isinstance(figure, UnresolvedEstimate)
    assert figure.bounds
    assert figure.bounds.p_above(0.0) == pytest.approx(1 - (1 / 2 - 1 / 9))
    assert figure.bounds.p_below(0.0) == pytest.approx(1 - 1 / 6)
    drop = measure(answers(SIX), "group").drop
    assert drop
    assert drop.low is not None
    assert drop.high is not None
    ends = figure.bounds.p_above(drop.low), figure.bounds.p_below(drop.high)
    assert ends == pytest.approx((0.025, 0.025), rel=1e-5)


def test_worst_of_k_of_six_trials_by_hand() -> None:
    # Of two draws a stands one, b none and c both: one of two is stood by (1/2 + 0 + 1)/3, both by c alone.
    curve = worst_of_k(per_example(answers(SIX)), "group")
    assert [(worst.k, worst.accuracy.value, worst.examples) for worst in curve] == [
        (1, pytest.approx(1 / 2), 3),
        (2, pytest.approx(1 / 3), 3),
    ]


draws = st.lists(st.lists(st.booleans(), min_size=1, max_size=7), min_size=2, max_size=6)


@given(draws)
def test_worst_of_k_is_what_all_choices_of_k_draws_give(right: list[list[bool]]) -> None:
    rows = [(str(example), 1, 1, int(stood)) for example, outcomes in enumerate(right) for stood in outcomes]
    curve = worst_of_k(per_example(answers(rows)), "group")
    assert [worst.k for worst in curve] == list(range(1, max(map(len, right)) + 1))
    for worst in curve:
        enough = [outcomes for outcomes in right if len(outcomes) >= worst.k]
        brute = [
            sum(all(chosen) for chosen in combinations(outcomes, worst.k)) / comb(len(outcomes), worst.k)
            for outcomes in enough
        ]
        assert worst.examples == len(enough)
        assert worst.accuracy.value == pytest.approx(np.mean(brute))


@given(draws)
def test_every_measure_lies_in_its_interval(right: list[list[bool]]) -> None:
    rows = [
        (str(example), example % 2, (example % 3 > 0) ^ (example % 2), int(stood))
        for example, outcomes in enumerate(right)
        for stood in outcomes
    ]
    found = measure(answers(rows), "group")
    for name in found.__slots__:
        estimate = getattr(found, name)
        if estimate is not None and estimate.has_interval:
            assert estimate.low <= estimate.value + 1e-12, name
            assert estimate.value <= estimate.high + 1e-12, name


class Wavering(LetterCounter):
    """Answers that depend on the whole text, of three classes with many different confidences."""

    labels = ("0", "1", "2")

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        raw = np.array([[1 + (len(t) * 7 + sum(map(ord, t)) * k) % 11 for k in (1, 3, 5)] for t in texts])
        return raw / raw.sum(axis=1, keepdims=True)


def grouped_data() -> Dataset:
    """Texts of three classes; two or three of each group."""
    taken = load("tiny").examples[:90]
    return Dataset(
        "some",
        tuple(
            Example(e.id, e.text, i % 3, f"g{i // 5}-{i % 2}", {"source": "app" if i % 4 else "web"})
            for i, e in enumerate(taken)
        ),
    )


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Row, ...], tuple[Row, ...], list[Trial]]:
    folder = tmp_path_factory.mktemp("run")
    attacks = [parse_attack(text) for text in ("qwerty", "contract", "homoglyph|extend")]
    sources = [FakeSource(name, labels=("0", "1", "2"), make=Wavering) for name in ("m", "n")]
    plan = make_plan(grouped_data(), sources, attacks, trials=400, slices=["source"], examples=90)
    result = execute_plan(plan, folder)
    trials = [row for path in (folder / "trials").iterdir() for row in pq.read_table(path).to_pylist()]
    return result.rows, result.slices, trials


def mean_of_means(trials: list[Trial], figure: Callable[[Trial], float]) -> float:
    each = defaultdict(list)
    for trial in trials:
        each[trial["example"]].append(figure(trial))
    return float(np.mean([np.mean(values) for values in each.values()]))


def plain(trials: list[Trial]) -> dict[str, float]:
    """All measures over those trials, as their definitions say it."""
    draws_of: dict[str, int] = defaultdict(int)
    for trial in trials:
        draws_of[trial["example"]] += 1
    weight = {id(trial): 1 / draws_of[trial["example"]] for trial in trials}
    correct = [trial for trial in trials if trial["clean_prediction"] == trial["label"]]

    def right(when: str) -> float:
        return mean_of_means(trials, lambda t: t[f"{when}_prediction"] == t["label"])

    def flips(t: Trial) -> bool:
        return t["clean_prediction"] != t["perturbed_prediction"]

    def f1(when: str) -> float:
        scores = []
        for c in sorted({trial["label"] for trial in trials}):
            hits = sum(weight[id(t)] for t in trials if t[f"{when}_prediction"] == c == t["label"])
            named = sum(weight[id(t)] for t in trials if t[f"{when}_prediction"] == c)
            so = sum(weight[id(t)] for t in trials if t["label"] == c)
            scores.append(2 * hits / (named + so))
        return float(np.mean(scores))

    clean, perturbed = right("clean"), right("perturbed")
    return {
        "clean_accuracy": clean,
        "perturbed_accuracy": perturbed,
        "drop": clean - perturbed,
        "relative_drop": (clean - perturbed) / clean,
        "flip_rate": mean_of_means(trials, flips),
        "attack_success_rate": mean_of_means(correct, flips),
        "clean_macro_f1": f1("clean"),
        "perturbed_macro_f1": f1("perturbed"),
        "probability_change": mean_of_means(
            trials, lambda t: t["perturbed_probability"] - t["clean_probability"]
        ),
        "clean_squared_calibration_error": calibration(trials, weight, "clean"),
        "perturbed_squared_calibration_error": calibration(trials, weight, "perturbed"),
        "squared_calibration_error_change": calibration(trials, weight, "perturbed")
        - calibration(trials, weight, "clean"),
        "brier_change": mean_of_means(trials, lambda t: brier(t, "perturbed") - brier(t, "clean")),
    }


def calibration(trials: list[Trial], weight: dict[int, float], when: str) -> float:
    """By bins of confidence the mean product of what two groups are off by, each weighing as its examples."""
    bins: dict[int, Any] = defaultdict(lambda: defaultdict(lambda: np.zeros(2)))
    for t in trials:
        sure, right = max(t[f"{when}_probabilities"]), t[f"{when}_prediction"] == t["label"]
        bins[int(sure * 15)][t["group"]] += weight[id(t)] * np.array([right - sure, 1])
    several = [list(groups.values()) for groups in bins.values() if len(groups) > 1]
    errors = []
    for groups in several:
        product, size = np.sum([one * other for one, other in combinations(groups, 2)], axis=0)
        errors.append(product / size)
    return float(np.average(errors, weights=[np.sum(groups, axis=0)[1] for groups in several]))


def brier(trial: Trial, when: str) -> float:
    given = trial[f"{when}_probabilities"]
    return sum((p - (c == trial["label"])) ** 2 for c, p in enumerate(given)) / 2


def plain_worst_of_k(trials: list[Trial]) -> list[float]:
    """For each k the share of all choices of k draws that are right throughout, mean over the examples."""
    draws = defaultdict(list)
    for trial in trials:
        draws[trial["example"]].append(trial["perturbed_prediction"] == trial["label"])
    return [
        float(
            np.mean(
                [np.mean([all(some) for some in combinations(d, k)]) for d in draws.values() if len(d) >= k]
            )
        )
        for k in range(1, max(map(len, draws.values())) + 1)
    ]


def agree(row: Row, trials: list[Trial]) -> None:
    changed = [trial for trial in trials if trial["clean_text"] != trial["perturbed_text"]]
    assert (row.trials, row.trials_changed) == (len(trials), len(changed))
    assert row.groups_changed == len({trial["group"] for trial in changed})
    assert row.edit_share == pytest.approx(np.mean([trial["edit_share"] for trial in changed]))
    both = ((row.on_changed, row.worst_of_k, changed), (row.on_all, row.worst_of_k_all, trials))
    for measures, curve, over in both:
        for name, value in plain(over).items():
            assert getattr(measures, name).value == pytest.approx(value), name
        assert [worst.accuracy.value for worst in curve] == pytest.approx(plain_worst_of_k(over))


def test_every_measure_is_what_a_plain_computation_gives(stored: Any) -> None:
    rows, _, trials = stored
    assert len(rows) == 6
    for row in rows:
        agree(row, [t for t in trials if (t["model"], t["attack"]) == (row.model, row.attack)])


def test_a_slice_is_a_row_over_its_examples(stored: Any) -> None:
    _, slices, trials = stored
    sources = {example.id: example.columns["source"] for example in grouped_data().examples}
    of_label = [row for row in slices if row.slice.column == "true label"]
    of_source = [row for row in slices if row.slice.column == "source"]
    assert {row.slice.value for row in of_label} == {"0", "1", "2"}
    for row in of_label + of_source:
        by_label = row.slice.column == "true label"
        agree(
            row,
            [
                t
                for t in trials
                if (t["model"], t["attack"]) == (row.model, row.attack)
                and row.slice.value == (str(t["label"]) if by_label else sources[t["example"]])
            ],
        )


def test_slices_of_length_are_quarters_of_the_examples(stored: Any) -> None:
    _, slices, _ = stored
    quarters = [row for row in slices if row.slice.column == "words" and row.model == "m"]
    of_one_attack = [row.examples for row in quarters if row.attack == "qwerty"]
    assert len(of_one_attack) == 4
    assert sum(of_one_attack) == 90
    assert min(of_one_attack) >= 15


def test_slices_are_tested_only_where_they_were_declared(stored: Any) -> None:
    _, slices, _ = stored
    for row in slices:
        assert row.slice.declared == (row.slice.column == "source")
        assert (row.p_value is None) == (row.p_adjusted is None)
        assert row.slice.declared or row.p_value is row.significance is None


def test_rows_and_declared_slices_are_one_family(stored: Any) -> None:
    """Whoever declares ten columns looks at ten times as much: it is corrected for together."""
    rows, slices, _ = stored
    tested = sorted((row for row in [*rows, *slices] if row.p_value is not None), key=lambda row: row.p_value)
    assert any(row.slice for row in tested)
    adjusted = 0.0
    for left, row in zip(range(len(tested), 0, -1), tested, strict=True):
        adjusted = max(adjusted, min(row.p_value * left, 1.0))
        assert row.p_adjusted == pytest.approx(adjusted)


def test_a_column_asked_for_after_the_run_is_exploratory(tmp_path: Path) -> None:
    attacks = [parse_attack("qwerty")]
    for slices in ([], ["source"]):
        source = FakeSource(labels=("0", "1", "2"), make=Wavering)
        plan = make_plan(grouped_data(), [source], attacks, trials=40, slices=slices)
        result = execute_plan(plan, tmp_path)
    found = [row for row in result.slices if row.slice and row.slice.column == "source"]
    assert len(found) == 2
    assert not any(row.slice.declared for row in found if row.slice)


def test_a_model_that_gives_no_probabilities_loses_only_what_needs_them() -> None:
    table = answered(SIX)
    for name in ("clean_probability", "perturbed_probability"):
        table = table.set_column(table.schema.get_field_index(name), name, pa.nulls(6, pa.float64()))
    for name in ("clean_probabilities", "perturbed_probabilities"):
        table = table.set_column(
            table.schema.get_field_index(name), name, pa.nulls(6, pa.list_(pa.float64()))
        )
    found = measure(placed(table), "group")
    assert found.drop
    assert found.probability_change is None
    assert found.clean_squared_calibration_error is found.perturbed_squared_calibration_error is None
    assert found.brier_change is None


def test_draws_of_one_example_do_not_pass_for_many_examples() -> None:
    once = [(str(i), 1, 1, int(i % 5 > 0)) for i in range(20)]
    repeated = [row for row in once for _ in range(50)]
    assert measure(answers(repeated), "group").drop == measure(answers(once), "group").drop


def test_an_example_with_many_draws_weighs_as_much_as_one_with_few() -> None:
    drop = measure(answers([("a", 1, 1, 0)] * 99 + [("b", 1, 1, 1)]), "group").drop
    assert drop
    assert drop.value == pytest.approx(0.5)


def test_one_example_alone_gets_clopper_and_pearsons_interval_of_its_draws() -> None:
    found = measure(answers([("a", 1, 1, int(i >= 29)) for i in range(100)]), "draw")
    exact = stats.binomtest(71, 100).proportion_ci(0.95, "exact")
    assert found.drop
    assert (found.drop.low, found.drop.high) == pytest.approx((1 - exact.high, 1 - exact.low), abs=1e-6)
    assert found.perturbed_accuracy
    assert found.perturbed_accuracy.low == pytest.approx(exact.low, abs=1e-6)


@pytest.mark.parametrize(
    ("rows", "groups"),
    [([("a", 1, 1, 1)] * 50, ["a"] * 50), ([("a", 1, 1, 1), ("b", 1, 1, 0)], ["g", "g"])],
)
def test_one_group_of_many_gets_no_interval(rows: Any, groups: Any) -> None:
    found = measure(answers(rows, groups), "group")
    assert found.drop
    assert not found.drop.has_interval
    assert not any(estimate.has_interval for name in found.__slots__ if (estimate := getattr(found, name)))
