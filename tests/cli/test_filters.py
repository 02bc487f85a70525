"""`robustaudit filter` as a user calls it, on a run of a model that ships."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from refusals import refusal
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("runs") / "r"
    given = ["run", "--data", "tiny", "--offline", "--trials", "120", "--quiet", "--models", "tfidf"]
    run([*given, "--attack", "qwerty", "--attack", "delete", "--output", str(made)])
    return made


def test_without_a_rate_of_false_alarms_the_figures_are_the_predictions_of_the_run(
    folder: Path, capsys: Captured
) -> None:
    assert run(["filter", str(folder), "--positive", "negative", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["positive"], found["alarms"], found["thresholds"]) == ("negative", None, {})
    trials = pq.read_table(folder / "trials").to_pandas()
    for row in found["rows"]:
        cell = trials[(trials.attack == row["attack"]) & trials.changed]
        of = cell[cell.label_name == "negative"]
        caught = of[of.clean_prediction == of.label]
        by_example = (caught.perturbed_prediction != caught.label).groupby(caught.example).mean()
        assert row["figures"]["evasion"]["value"] == pytest.approx(by_example.mean())
        assert row["positives"] == of.example.nunique()


def test_at_a_rate_no_more_clean_negatives_are_taken_for_positive(folder: Path, capsys: Captured) -> None:
    assert run(["filter", str(folder), "--positive", "negative", "--fpr", "0.1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    for row in found["rows"]:
        figures = row["figures"]
        assert (
            figures["caught_after"]["low"]
            <= figures["caught_after"]["value"]
            <= figures["caught_after"]["high"]
        )
        assert figures["alarms"]["value"] <= 0.15  # of the examples that this attack changed
    trials = pq.read_table(folder / "trials").to_pandas().drop_duplicates("example")
    clean = trials[trials.label_name != "negative"].clean_probabilities.map(lambda each: each[0])
    assert (clean > found["thresholds"]["tfidf"]).mean() <= 0.1


@pytest.mark.parametrize("columns", ["80", "160"])
def test_the_table_has_the_worst_attack_first_and_fits(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run(["filter", str(folder), "--positive", "negative", "--fpr", "0.1"]) == 0
    printed = capsys.readouterr().out
    assert "of the negative texts that it catches through the filter." in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= int(columns)
    assert ("AUC" in printed) == (columns == "160")


def test_markdown_has_the_same_rows(folder: Path, capsys: Captured) -> None:
    assert run(["filter", str(folder), "--positive", "negative", "--fpr", "0.001", "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("## Filter for `negative`")
    assert "is less than one text: none may be taken for positive" in printed
    assert printed.count("| `tfidf` |") == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "a filter needs the class that is to be caught, such as --positive toxic"),
        (["--positive", "toxic"], "unknown class 'toxic'"),
        (["--positive", "negative", "--fpr", "2"], "--fpr must be above 0 and at most 1, got 2"),
    ],
)
def test_what_cannot_be_asked_is_refused(folder: Path, capsys: Captured, given: list[str], told: str) -> None:
    assert told in refusal(capsys, "filter", str(folder), *given)
