"""`robustaudit report` as a user calls it, on a run of models that ship."""

import json
import shutil
from pathlib import Path

import pytest

from kept import killed
from robustaudit.cli.main import run
from robustaudit.gate.verdict import Verdict
from robustaudit.runs.store import keep_verdict

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("run") / "out"
    arguments = ["--data", "tiny", "--models", "1,tfidf", "--trials", "20", "--quiet"]
    assert run(["run", *arguments, "--attack", "qwerty", "--output", str(output)]) == 0
    return output


def test_the_page_is_written_into_the_folder_of_the_run(folder: Path, capsys: Captured) -> None:
    assert run(["report", str(folder)]) == 0
    assert capsys.readouterr().err == f"written {folder / 'report.html'}\n"
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Largest drop in accuracy" in page
    assert "Training loss" in page  # model 1 ships with its history


def test_several_formats_and_the_plots_go_where_they_are_asked_for(folder: Path, tmp_path: Path) -> None:
    formats = "html,markdown,json,figures,csv,parquet"
    assert run(["report", str(folder), "--format", formats, "--plots", "--output", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.html",
        "report.md",
        "report.json",
        "figures.csv",
        "trials.csv",
        "trials.parquet",
        "plots",
    }
    assert (tmp_path / "plots" / "drops.svg").is_file()


def test_the_verdict_that_a_gate_left_comes_first(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "run")
    keep_verdict(tmp_path / "run", json.dumps(Verdict(checks=()).as_json()).encode())
    assert run(["report", str(tmp_path / "run"), "--output", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'class="verdict passed"' in page
    assert "No gate was applied" not in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read: it is not a JSON object"),
        ('{"schema_version": 1}', "must have schema version 2"),
        ('{"schema_version": 2}', "lacks checks"),
    ],
)
def test_a_verdict_that_cannot_be_read_is_wrong_use(
    folder: Path, tmp_path: Path, capsys: Captured, content: str, said: str
) -> None:
    shutil.copytree(folder, tmp_path / "run")
    keep_verdict(tmp_path / "run", content.encode())
    assert run(["report", str(tmp_path / "run")]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "htlm"], "unknown format 'htlm': did you mean 'html'?"),
        (["--format", ""], "format must be names separated by commas"),
        (["--format", "html,junit"], "has no verdict: `robustaudit gate RUN` makes one"),
        (["--models-dir", "nowhere"], "models folder 'nowhere' does not exist"),
    ],
)
def test_wrong_use_is_one_clear_line(folder: Path, capsys: Captured, arguments: list[str], said: str) -> None:
    assert run(["report", str(folder), "--output", "new", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not list(Path("new").glob("*"))


def test_a_run_that_is_not_finished_has_no_report(folder: Path, tmp_path: Path, capsys: Captured) -> None:
    shutil.copytree(folder, tmp_path / "run")
    killed(tmp_path / "run")
    assert run(["report", str(tmp_path / "run")]) == 2
    assert "is not finished: run its command again to resume" in capsys.readouterr().err
