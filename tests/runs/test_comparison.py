from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes import FakeSource, LetterCounter
from gates import partly_changed
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, load
from robustaudit.runs.comparison import compare
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.stored_run import FinishedRun, models_to_compare, read_run
from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import grouped
from robustaudit.statistics.sequential import SequentialTest


class Sturdy(LetterCounter):
    """Says 1 whatever it is asked: nothing can change its mind."""

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        return np.tile([0.1, 0.9], (len(texts), 1))


class Speechless(Sturdy):
    """Has no answer to one text in ten."""

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        if any(sum(map(ord, text)) % 10 == 0 for text in texts):
            raise RuntimeError("no answer")
        return super().predict(texts)


FRAIL, STURDY = FakeSource("frail"), FakeSource("sturdy", make=Sturdy)


def positive(name: str, first: int = 0) -> Dataset:
    taken = load("tiny").examples[first : first + 100]
    return Dataset(name, tuple(Example(e.id, e.text, 1, e.group) for e in taken))


def run(folder: Path, *sources: FakeSource, seed: int = 0, data: Dataset | None = None) -> FinishedRun:
    attacks = [parse_attack("qwerty"), parse_attack("delete")]
    execute_plan(make_plan(data or positive("some"), sources, attacks, trials=100, seed=seed), folder)
    return read_run(folder)


def test_what_one_model_did_not_answer_counts_for_neither(tmp_path: Path) -> None:
    """Else the difference would be that of other texts, too."""
    sources = [FRAIL, replace(STURDY, name="speechless", make=Speechless)]
    plan = make_plan(
        positive("some"),
        sources,
        [parse_attack("qwerty")],
        trials=100,
        error_policy=ErrorPolicy(on_error="skip"),
    )
    execute_plan(plan, tmp_path)
    stored = read_run(tmp_path)
    lost = {
        model: {t["example"]: t["clean_prediction"] - t["perturbed_prediction"] for t in trials}
        for model, trials in (
            (name, [t for t in stored.trials.to_pylist() if t["model"] == name and t["changed"]])
            for name in ("frail", "speechless")
        )
    }
    (found,) = compare(models_to_compare([stored]))
    answered = len(lost["speechless"])
    assert (found.pairing, found.trials, found.shared) == ("same trials", (100, answered), answered)
    assert answered < found.trials[0]
    assert (found.groups, found.fewest_groups) == (answered, answered)
    assert found.first_drop.value == pytest.approx(np.mean([lost["frail"][e] for e in lost["speechless"]]))
    assert found.first_drop.value != pytest.approx(np.mean(list(lost["frail"].values())))


def test_a_run_of_more_draws_is_compared_over_the_draws_that_both_have(tmp_path: Path) -> None:
    plan = make_plan(positive("some"), [FRAIL], [parse_attack("qwerty")], trials=300, examples=100)
    execute_plan(plan, tmp_path / "b")
    first, second = run(tmp_path / "a", FRAIL), read_run(tmp_path / "b")
    (found,) = compare(models_to_compare([first, second]))
    assert (found.pairing, found.trials, found.shared) == ("same trials", (100, 300), 100)
    assert found.drop.value == 0


def made(draws: int, *, all_changed: bool = False) -> FinishedRun:
    return FinishedRun(Path(f"draws-{draws}"), *partly_changed(draws, all_changed=all_changed))


def test_a_difference_does_not_hang_on_the_numbers_of_draws() -> None:
    """The model is the same: with ten draws, examples count that one draw seldom changes."""
    runs = made(1), made(10)
    for pair in (runs, runs[::-1]):
        (found,) = compare(models_to_compare(pair))
        assert (found.pairing, found.by_share) == ("same groups", True)
        assert found.first_drop.value == pytest.approx(10 / 110)
        assert found.drop.value == pytest.approx(0)
        assert found.perturbed_accuracy.value == pytest.approx(0)
        assert found.significance == "n.s."


@pytest.mark.parametrize(
    "runs",
    [(made(1, all_changed=True), made(10, all_changed=True)), (made(10), made(10))],
    ids=["all changed", "as many draws"],
)
def test_nothing_is_weighed_where_draws_make_no_difference(runs: tuple[FinishedRun, FinishedRun]) -> None:
    (found,) = compare(models_to_compare(runs))
    assert not found.by_share
    assert found.first_drop.value == pytest.approx(0.5)


def test_two_models_of_one_run_are_paired(tmp_path: Path) -> None:
    stored = run(tmp_path, FRAIL, STURDY)
    found = compare(models_to_compare([stored]))
    assert [contrast.attack for contrast in found] == ["qwerty", "delete"]
    for contrast in found:
        assert contrast.pairing == "same trials"
        assert contrast.groups == 100
        assert contrast.drop.value == pytest.approx(contrast.second_drop.value - contrast.first_drop.value)
        assert contrast.second_drop.value == 0


def test_the_difference_of_accuracies_is_that_of_paired_examples(tmp_path: Path) -> None:
    """Paired by the example: the interval of the mean of what one is right in and the other is not."""
    stored = run(tmp_path, FRAIL, STURDY)
    trials = stored.trials.to_pylist()
    right = {
        model: {
            t["example"]: t["perturbed_prediction"] == t["label"]
            for t in trials
            if (t["model"], t["attack"], t["changed"]) == (model, "qwerty", True)
        }
        for model in ("frail", "sturdy")
    }
    differences = [float(right["sturdy"][e]) - float(right["frail"][e]) for e in right["frail"]]
    low, high = interval(mean_between(grouped(differences, np.arange(len(differences))), -1.0, 1.0))
    found = compare(models_to_compare([stored]))[0].perturbed_accuracy
    assert (found.value, found.low, found.high) == pytest.approx((np.mean(differences), low, high))


def test_a_run_beside_itself_differs_in_nothing(tmp_path: Path) -> None:
    first, second = run(tmp_path / "a", FRAIL), run(tmp_path / "b", FRAIL)
    for contrast in compare(models_to_compare([first, second])):
        assert contrast.pairing == "same trials"
        assert contrast.drop.value == contrast.perturbed_accuracy.value == 0
        assert contrast.significance == "n.s."


def test_other_draws_of_the_same_texts_are_paired_by_group(tmp_path: Path) -> None:
    first, second = run(tmp_path / "a", FRAIL), run(tmp_path / "b", FRAIL, seed=1)
    for contrast in compare(models_to_compare([first, second])):
        assert contrast.pairing == "same groups"
        assert contrast.groups == 100
        assert contrast.significance == "n.s."


def test_other_texts_are_not_paired_even_if_their_groups_have_the_same_names(tmp_path: Path) -> None:
    pairs = zip(positive("other", 100).examples, positive("some").examples, strict=True)
    renamed = Dataset("other", tuple(replace(other, group=some.group) for other, some in pairs))
    first, second = run(tmp_path / "a", FRAIL), run(tmp_path / "b", FRAIL, data=renamed)
    for contrast in compare(models_to_compare([first, second])):
        assert contrast.pairing == "other texts"
        assert contrast.groups == 200
        assert contrast.fewest_groups == 100


def test_pairing_tells_more_than_two_runs_apart(tmp_path: Path) -> None:
    """Two models that fail alike: the same texts show how alike, other texts do not."""
    first = run(tmp_path / "a", FRAIL, replace(FRAIL, name="twin"))
    second = run(tmp_path / "b", FRAIL, data=positive("other", 100))
    paired = compare(models_to_compare([first]))[0].drop
    apart = compare(models_to_compare([first, second], ["frail", "frail"]))[0].drop
    assert paired.high - paired.low < 0.5 * (apart.high - apart.low)


def test_a_real_difference_is_certain_and_says_which_way(tmp_path: Path) -> None:
    for contrast in compare(models_to_compare([run(tmp_path, FRAIL, STURDY)])):
        if contrast.significance == "significant":
            assert contrast.p_value <= contrast.p_adjusted < 0.05
            assert contrast.perturbed_accuracy.is_above_zero


def test_runs_that_chose_their_own_size_are_compared_without_intervals(tmp_path: Path) -> None:
    """Looking until something is clear, and then at an interval of a fixed size, finds too much."""
    attacks, rules = [parse_attack("qwerty")], SequentialTest(max_drop=0.3)
    execute_plan(
        make_plan(positive("some"), [FRAIL, STURDY], attacks, trials=100, sequential_test=rules),
        tmp_path / "a",
    )
    decided, fixed = read_run(tmp_path / "a"), run(tmp_path / "b", FRAIL, STURDY)
    for pairs in (models_to_compare([decided]), models_to_compare([decided, fixed])):
        for contrast in compare(pairs):
            assert contrast.p_value is contrast.p_adjusted is contrast.significance is None
            for estimate in (contrast.drop, contrast.perturbed_accuracy, contrast.first_drop):
                assert not estimate.has_interval
    (contrast,) = compare(models_to_compare([decided]))
    assert contrast.drop.value == pytest.approx(contrast.second_drop.value - contrast.first_drop.value)


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    both, one = run(tmp_path / "a", FRAIL, STURDY), run(tmp_path / "b", FRAIL)
    other = run(tmp_path / "c", replace(STURDY, name="third"), replace(STURDY, name="fourth"))
    for runs, models, message in (
        ([one], None, "with --models"),
        ([both, other], None, "share no model"),
        ([both], ["frail"], "must be two"),
        ([both], ["frail", "sturdi"], "did you mean 'sturdy'"),
    ):
        with pytest.raises(UserError, match=message):
            models_to_compare(runs, models)


def test_runs_without_a_common_attack_are_refused(tmp_path: Path) -> None:
    first = run(tmp_path / "a", FRAIL)
    plan = make_plan(positive("some"), [FRAIL], [parse_attack("insert")], trials=20)
    execute_plan(plan, tmp_path / "b")
    with pytest.raises(UserError, match="share no attack"):
        compare(models_to_compare([first, read_run(tmp_path / "b")]))
