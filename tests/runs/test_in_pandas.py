"""The figures of a stored run again, from its files alone, as a notebook would compute them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from fakes import FakeSource
from robustaudit.attacks import parse_attack
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, load
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan

pd = pytest.importorskip("pandas")

SHARE, DIFFERENCE = (0, 1), (-1, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two models under two attacks, five draws of each of 80 sentences of reviews of 1 to 3."""
    made = tmp_path_factory.mktemp("run")
    taken = load("tiny").examples[:80]
    data = Dataset(
        "some", tuple(Example(e.id, e.text, e.label, f"g{i // 6}-{i % 3}") for i, e in enumerate(taken))
    )
    attacks = [parse_attack("qwerty"), parse_attack("contract|delete")]
    execute_plan(make_plan(data, [FakeSource("m"), FakeSource("n")], attacks, trials=400, examples=80), made)
    return made


def cells(folder: Path) -> Any:
    """Each row of the result with its changed trials."""
    trials = pd.read_parquet(folder / "trials")
    trials["clean"] = (trials.clean_prediction == trials.label).astype(float)
    trials["perturbed"] = (trials.perturbed_prediction == trials.label).astype(float)
    trials["flip"] = (trials.clean_prediction != trials.perturbed_prediction).astype(float)
    trials["change"] = trials.perturbed_probability - trials.clean_probability
    trials["brier"] = (1 - trials.perturbed_probability) ** 2 - (1 - trials.clean_probability) ** 2
    for row in json.loads((folder / "result.json").read_text(encoding="utf-8"))["rows"]:
        chosen = (trials.model == row["model"]) & (trials.attack == row["attack"]) & trials.changed
        yield row, trials[chosen]


def by_example(trials: Any) -> Any:
    means = trials.groupby("example")[["clean", "perturbed", "flip", "change", "brier"]].mean()
    return means.assign(drop=means.clean - means.perturbed, group=trials.groupby("example").group.first())


def interval(values: Any, group: Any, ends: tuple[int, int]) -> tuple[float, float, float]:
    """docs/statistics.md, word by word, by draws: the bounds, and the p-value against 0 or less."""
    sums, sizes = values.groupby(group).sum().to_numpy(), values.groupby(group).count().to_numpy()
    added = ((sizes**2.5).sum() / sizes.sum()) ** (2 / 3)
    lacking = (sizes**4).sum() / (sizes**2).sum() ** 2 - 1 / len(sizes)
    t, normal = stats.t(1 / max(lacking, 1e-12)), stats.norm
    weights = np.random.default_rng(0).exponential(size=(200_000, len(sums) + 1))
    low, high = (
        (weights @ np.append(sums, added * end)) / (weights @ np.append(sizes, added)) for end in ends
    )
    level = normal.cdf(t.ppf(0.025))
    p_value = t.cdf(normal.ppf((low <= 0).mean()))
    return np.quantile(low, level), np.quantile(high, 1 - level), p_value


def test_values_intervals_and_p_values(folder: Path) -> None:
    names = {
        "clean_accuracy": ("clean", SHARE),
        "perturbed_accuracy": ("perturbed", SHARE),
        "drop": ("drop", DIFFERENCE),
        "flip_rate": ("flip", SHARE),
        "probability_change": ("change", DIFFERENCE),
        "brier_change": ("brier", DIFFERENCE),
    }
    for row, trials in cells(folder):
        examples = by_example(trials)
        for name, (column, ends) in names.items():
            found = row["on_changed"][name]
            low, high, _ = interval(examples[column], examples.group, ends)
            expected = (examples[column].mean(), low, high)
            assert (found["value"], found["low"], found["high"]) == pytest.approx(expected, abs=0.004), name
        right = examples[examples.clean == 1]
        low, high, _ = interval(right.flip, right.group, SHARE)
        found = row["on_changed"]["attack_success_rate"]
        assert (found["value"], found["low"], found["high"]) == pytest.approx(
            (right.flip.mean(), low, high), abs=0.004
        )
        assert row["p_value"] == pytest.approx(
            interval(examples["drop"], examples.group, DIFFERENCE)[2], abs=0.005
        )


def test_counts_and_shares(folder: Path) -> None:
    for row, trials in cells(folder):
        assert row["trials_changed"] == len(trials)
        assert row["examples_changed"] == trials.example.nunique()
        assert row["groups_changed"] == trials.group.nunique()
        assert row["flips"] == trials.flip.sum()
        assert row["edit_share"] == pytest.approx(trials.edit_share.mean())
        assert row["character_share"] == pytest.approx(trials.character_share.mean())


def test_p_values_are_adjusted_over_all_rows(folder: Path) -> None:
    rows = pd.DataFrame([row for row, _ in cells(folder)]).sort_values("p_value")
    steps = rows.p_value * np.arange(len(rows), 0, -1)
    assert rows.p_adjusted.tolist() == pytest.approx(steps.cummax().clip(upper=1).tolist())
