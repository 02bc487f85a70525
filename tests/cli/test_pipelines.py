"""What `robustaudit gate` and `run --gate` leave for pipelines to read, and `history`."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from processes import COMMAND
from refusals import refusal
from robustaudit.cli.main import run
from robustaudit.gate.verdict import read_verdict
from robustaudit.reports.gate_text import verdict_as_json
from robustaudit.runs.stored_run import open_run

Captured = pytest.CaptureFixture[str]

AUDIT = (
    "run",
    "--data",
    "tiny",
    "--offline",
    "--trials",
    "60",
    "--quiet",
    "--models",
    "1",
    "--attack",
    "qwerty",
)
GITHUB = ("GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run `a`, and a gate that it does not pass."""
    made = tmp_path_factory.mktemp("runs")
    run([*AUDIT, "--output", str(made / "a")])
    (made / "robustaudit.toml").write_text("[gate]\n# strict\nmax_flip_rate = 0.01\nmax_drop = 0.9\n")
    return made


@pytest.fixture(autouse=True)
def _beside_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GITHUB:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)


def test_junit_and_sarif_are_written_where_asked(capsys: Captured, tmp_path: Path) -> None:
    junit, sarif = tmp_path / "out" / "junit.xml", tmp_path / "gate.sarif"
    assert run(["gate", "a", "--junit", str(junit), "--sarif", str(sarif)]) == 1
    assert "FAILED" in capsys.readouterr().out
    assert ET.parse(junit).getroot().get("failures") == "1"
    (result,) = json.loads(sarif.read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("robustaudit.toml", 3)


def test_on_standard_output_they_are_in_the_encoding_that_they_declare() -> None:
    done = subprocess.run(
        [*COMMAND, "gate", "a", "--junit", "-", "--no-annotations"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    (found,) = re.findall(rb"<\?xml .*</testsuites>", done.stdout, re.DOTALL)
    assert "predicted positive → negative" in "".join(ET.fromstring(found).itertext())


@pytest.mark.parametrize("option", ["--junit", "--sarif"])
def test_a_link_is_written_through(option: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert run(["gate", "a", option, str(tmp_path / "link")]) == 1
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").stat().st_size > 0


def test_a_file_that_cannot_be_written_is_wrong_use(capsys: Captured, tmp_path: Path) -> None:
    assert run(["gate", "a", "--junit", str(tmp_path)]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_annotations_go_where_results_do_not(capsys: Captured) -> None:
    assert run(["gate", "a", "--json", "--annotations"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["outcome"] == "failed"
    assert printed.err.startswith(
        "::error file=robustaudit.toml,line=3,title=failed%3A max_flip_rate = 0.01::"
    )


@pytest.mark.parametrize(
    ("runner", "option", "annotated"),
    [("true", None, True), ("true", "--no-annotations", False), ("false", None, False), (None, None, False)],
)
def test_a_runner_of_github_is_annotated_without_being_asked(
    *,
    runner: str | None,
    option: str | None,
    annotated: bool,
    capsys: Captured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    if runner:
        monkeypatch.setenv("GITHUB_ACTIONS", runner)
    run(["gate", "a", *([option] if option else [])])
    assert ("::error " in capsys.readouterr().err) == annotated
    assert ("robustaudit replay a " in summary.read_text()) == annotated
    assert summary.read_text().startswith("# Before\n")


def test_a_summary_never_outgrows_what_github_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * (1024 * 1024 - 300))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run(["gate", "a", "--annotations"])
    content = summary.read_bytes()
    assert len(content) <= 1024 * 1024
    assert content.endswith(b"The rest was cut: it is longer than GitHub shows.*\n")


def test_a_summary_that_cannot_be_written_does_not_change_the_verdict(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert run(["gate", "a", "--annotations"]) == 1
    assert "step summary" in capsys.readouterr().err


def test_verdict_figures_and_folder_are_outputs_of_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    output.write_text("before=1\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    run(["gate", "a"])
    assert output.read_text() == "before=1\n"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    run(["gate", "a"])
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert (outputs["run"], outputs["outcome"]) == ("a", "failed")
    drop, flips = sorted(json.loads(outputs["figures"]), key=lambda check: check["measure"])
    assert (flips["measure"], flips["threshold"], flips["outcome"]) == ("max_flip_rate", 0.01, "failed")
    assert (flips["model"], flips["attack"], drop["outcome"]) == ("1", "qwerty", "passed")
    assert flips["threshold"] < flips["low"] < flips["value"] < flips["high"]
    output.write_text("")
    assert run([*AUDIT, "--output", "a"]) == 0
    assert output.read_text() == "run=a\n"


def test_a_folder_whose_name_would_set_another_output_sets_none(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "a", tmp_path / "b\noutcome=passed")
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    run(["gate", str(tmp_path / "b\noutcome=passed"), "--annotations"])
    assert "outcome=failed\n" in (tmp_path / "output").read_text()
    assert "passed\n" not in (tmp_path / "output").read_text()


def test_a_run_with_a_gate_writes_the_same_files(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.xml", "two.xml")]
    run([*AUDIT, "--output", "a", "--gate", "--junit", str(files[0])])
    run(["gate", "a", "--junit", str(files[1])])
    assert files[0].read_bytes() == files[1].read_bytes()


def test_files_of_a_verdict_need_a_gate(capsys: Captured) -> None:
    assert "give --gate too" in refusal(capsys, *AUDIT, "--junit", "x.xml")


def test_a_verdict_is_read_back_as_it_was_given(capsys: Captured) -> None:
    run(["gate", "a", "--json"])
    given = capsys.readouterr().out
    verdict = read_verdict(open_run(Path("a")))
    assert verdict is not None
    assert json.loads(json.dumps(verdict_as_json(verdict))) == json.loads(given)


def test_history_of_a_folder_of_runs(capsys: Captured) -> None:
    assert run(["history", "."]) == 0
    assert "qwerty" in capsys.readouterr().out
    assert run(["history", ".", "--json"]) == 0
    (series,) = json.loads(capsys.readouterr().out)
    assert (series["model"], series["attack"], series["points"][0]["run"]) == ("1", "qwerty", "a")
    assert run(["history", ".", "--markdown"]) == 0
    assert "| `a` |" in capsys.readouterr().out


def test_history_is_written_into_files(tmp_path: Path, capsys: Captured) -> None:
    assert run(["history", ".", "--format", "html,markdown,json", "--output", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.html", "history.json", "history.md"]
    assert "robustaudit" in (tmp_path / "history.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "history.json").read_bytes())
    assert capsys.readouterr().out == ""
    assert run(["history", ".", "--output", str(tmp_path / "page")]) == 0
    assert [path.name for path in (tmp_path / "page").iterdir()] == ["history.html"]
    assert "did you mean 'html'" in refusal(capsys, "history", ".", "--format", "htlm")
    assert "exclude each other" in refusal(capsys, "history", ".", "--format", "html", "--json")


def test_history_of_nothing_is_one_line(capsys: Captured) -> None:
    said = refusal(capsys, "history", "a")
    assert said == "folder 'a' holds no finished run"
