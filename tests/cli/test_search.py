"""`robustaudit search`, as it is typed, and in Python."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import robustaudit
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

MODEL = '''
def judge(texts):
    """Positive where a text says `love` or `fond`."""
    return ["positive" if "love" in text or "fond" in text else "negative" for text in texts]
'''
DATA = "text,label\nI love it,positive\nnot my day,negative\nI love and I am fond,positive\n!,negative\n"
SEARCH = ["search", "--models", "mine=py:mine.py:judge", "--data", "my.csv", "--budget", "60"]


@pytest.fixture(autouse=True)
def _files(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])  # where the model of another test may lie
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    (empty_folder / "mine.py").write_text(MODEL, encoding="utf-8")
    (empty_folder / "my.csv").write_text(DATA, encoding="utf-8")


def test_it_prints_robust_accuracy_and_the_failing_texts_with_the_fewest_edits(capsys: Captured) -> None:
    assert run([*SEARCH, "--attack", "delete & at_most(2)", "--output", "found"]) == 0
    printed = capsys.readouterr()
    assert "Robust accuracy: at most 60 queries for each of 4 examples" in printed.out
    assert "100.0" in printed.out
    assert "50.0" in printed.out
    assert "delete & at_most(2), model mine: 2 of 2 examples that fail" in printed.out
    assert "positive → negative" in printed.out
    assert "written to found" in printed.err


def test_one_edit_is_not_enough_where_two_words_say_it(capsys: Captured) -> None:
    assert run([*SEARCH, "--attack", "delete & at_most(1)", "--json", "--output", "found"]) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = found["rows"]
    assert row["searched_accuracy"]["value"] == 0.75
    (failure,) = row["failures"]
    assert failure["text"] in {"I ove it", "I lve it", "I loe it", "I lov it"}
    assert len(failure["edits"]) == 1
    assert row["over_edits"] == [{"edits": 0, "searched": 1.0}, {"edits": 1, "searched": 0.75}]
    assert [each["queries"] for each in row["over_queries"]] == [1, 2, 5, 10, 20, 50, 60]


def test_a_finished_search_is_read_and_not_carried_out_again(capsys: Captured) -> None:
    command = [*SEARCH, "--attack", "delete & at_most(2)", "--output", "found"]
    assert run(command) == 0
    first = capsys.readouterr().out
    Path("found/searches").chmod(0o555)
    assert run(command) == 0
    assert capsys.readouterr().out == first
    assert str(robustaudit.SearchOutcome.open("found")) in first


def test_a_damaged_shard_is_made_again_and_another_search_is_not_overwritten(capsys: Captured) -> None:
    command = [*SEARCH, "--attack", "delete & at_most(2)", "--output", "found"]
    assert run(command) == 0
    (shard,) = Path("found/searches").iterdir()
    before = pq.read_table(shard)
    shard.write_bytes(shard.read_bytes()[:-9])
    capsys.readouterr()
    assert run(command) == 0
    assert "done again" in capsys.readouterr().err
    assert pq.read_table(shard).equals(before)
    assert run([*SEARCH, "--budget", "61", "--attack", "delete & at_most(2)", "--output", "found"]) == 2
    assert "holds another search: choose another --output" in capsys.readouterr().err


def test_worker_processes_and_batches_change_nothing(capsys: Captured) -> None:
    command = [
        *SEARCH[:2],
        "a=py:mine.py:judge,b=py:mine.py:judge",
        *SEARCH[3:],
        "--attack",
        "delete",
        "--json",
    ]
    assert run([*command, "--output", "one", "--jobs", "1", "--batch-size", "1"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert run([*command, "--output", "two", "--jobs", "2"]) == 0
    assert json.loads(capsys.readouterr().out) == one


@pytest.mark.parametrize("given", [["--budget", "0"], ["--budget", "x"]])
def test_a_budget_is_a_number_of_queries(given: list[str], capsys: Captured) -> None:
    assert run([*SEARCH, "--attack", "delete", *given]) == 2
    assert "budget" in capsys.readouterr().err


def test_in_python_it_takes_a_function_and_a_list_of_texts() -> None:
    def judge(texts: list[str]) -> list[str]:
        return ["positive" if "love" in text else "negative" for text in texts]

    found = robustaudit.search(
        judge, [("I love it", "positive"), ("no", "negative")], attacks="delete", budget=40
    )
    (row,) = found.rows
    assert row.clean_accuracy.value == 1.0
    assert row.searched_accuracy.value == 0.5
    assert row.failures[0].example.text == "I love it"
    assert "love" not in row.failures[0].text


def test_report_writes_its_page_and_commands_for_runs_say_that_it_is_a_search(capsys: Captured) -> None:
    assert run([*SEARCH, "--attack", "delete & at_most(2)", "--output", "found"]) == 0
    assert "robustaudit report found --open" in capsys.readouterr().err
    assert run(["report", "found", "--format", "html,json"]) == 0
    assert "Lowest robust accuracy" in Path("found/report.html").read_text(encoding="utf-8")
    assert json.loads(Path("found/report.json").read_text(encoding="utf-8"))["budget"] == 60
    capsys.readouterr()
    for command in ("check", "status"):
        assert run([command, "found"]) == 2
        said = capsys.readouterr().err
        assert f"{command} is for runs, and 'found' is a search: its robustaudit search command" in said
