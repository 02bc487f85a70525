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
from robustaudit.engine import audit, make_plan

pd = pytest.importorskip("pandas")

SHARE, DIFFERENCE = (1, 1, 0, 0), (1, -1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two models under two attacks, five draws of each of 80 sentences of reviews of 1 to 3."""
    made = tmp_path_factory.mktemp("run")
    taken = load("tiny").examples[:80]
    data = Dataset(
        "some", tuple(Example(e.id, e.text, e.label, f"g{i // 6}-{i % 3}") for i, e in enumerate(taken))
    )
    attacks = [parse_attack("qwerty"), parse_attack("contract|delete")]
    audit(make_plan(data, [FakeSource("m"), FakeSource("n")], attacks, trials=400, examples=80), made)
    return made


def cells(folder: Path) -> Any:
    """Each row of the result with its changed trials."""
    trials = pd.read_parquet(folder / "trials")
    trials["clean"] = (trials.clean_prediction == trials.label).astype(float)
    trials["perturbed"] = (trials.perturbed_prediction == trials.label).astype(float)
    trials["flip"] = (trials.clean_prediction != trials.perturbed_prediction).astype(float)
    trials["change"] = trials.perturbed_probability - trials.clean_probability
    for row in json.loads((folder / "result.json").read_text(encoding="utf-8"))["rows"]:
        chosen = (trials.model == row["model"]) & (trials.attack == row["attack"]) & trials.changed
        yield row, trials[chosen]


def by_example(trials: Any) -> Any:
    means = trials.groupby("example")[["clean", "perturbed", "flip", "change"]].mean()
    return means.assign(drop=means.clean - means.perturbed, group=trials.groupby("example").group.first())


def interval(values: Any, group: Any, added: tuple[int, ...], least: float) -> tuple[float, float, float]:
    """docs/statistics.md, word by word: the bounds, and the p-value against 0 or less."""
    sums, sizes = values.groupby(group).sum().to_numpy(), values.groupby(group).count().to_numpy()
    usual = (sizes**2).sum() / sizes.sum()
    sums, sizes = np.append(sums, usual * np.array(added)), np.append(sizes, [usual] * len(added))
    groups, mean = len(sums), sums.sum() / sizes.sum()
    error = np.sqrt((((sums - mean * sizes) / sizes.mean()) ** 2).sum() / (groups * (groups - 1)))
    reach = stats.t.ppf(0.975, groups - 1) * error
    return max(mean - reach, least), min(mean + reach, 1), stats.t.sf(mean / error, groups - 1)


def test_values_intervals_and_p_values(folder: Path) -> None:
    names = {
        "clean_accuracy": ("clean", SHARE, 0),
        "perturbed_accuracy": ("perturbed", SHARE, 0),
        "drop": ("drop", DIFFERENCE, -1),
        "flip_rate": ("flip", SHARE, 0),
        "probability_change": ("change", DIFFERENCE, -1),
    }
    for row, trials in cells(folder):
        examples = by_example(trials)
        for name, (column, added, least) in names.items():
            found = row["changed"][name]
            low, high, _ = interval(examples[column], examples.group, added, least)
            expected = (examples[column].mean(), low, high)
            assert (found["value"], found["low"], found["high"]) == pytest.approx(expected), name
        right = examples[examples.clean == 1]
        low, high, _ = interval(right.flip, right.group, SHARE, 0)
        found = row["changed"]["flip_rate_correct"]
        assert (found["value"], found["low"], found["high"]) == pytest.approx((right.flip.mean(), low, high))
        assert row["p_value"] == pytest.approx(interval(examples["drop"], examples.group, DIFFERENCE, -1)[2])


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
