"""`robustaudit repair`, as it is typed."""

import json
import sys
from pathlib import Path

import pytest

from robustaudit.cli.main import run
from robustaudit.core.consent_file import revoke_consent

Captured = pytest.CaptureFixture[str]

MODEL = '''
def judge(texts):
    """Positive where a text has the word `love`."""
    return ["positive" if "love" in text.split() else "negative" for text in texts]
'''
ROWS = [f"we love number {place},positive\nnot my number {place},negative\n" for place in range(30)]
AUDIT = ["run", "--models", "mine=py:mine.py:judge", "--data", "my.csv", "--attack", "zero_width@1"]
REPAIR = ["repair", "audited", "--trust-models", "--defences", "strip,nfkc", "--hold-out", "homoglyph@1"]
SMALL = ["--worst-examples", "3", "--budget", "5", "--output", "repaired"]


@pytest.fixture(autouse=True)
def _audited(empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])  # where the model of another test may lie
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    (empty_folder / "mine.py").write_text(MODEL, encoding="utf-8")
    (empty_folder / "my.csv").write_text("text,label\n" + "".join(ROWS), encoding="utf-8")
    assert run([*AUDIT, "--trials", "60", "--quiet", "--output", "audited"]) == 0
    capsys.readouterr()


def test_it_prints_what_helps_and_the_commands_to_go_on_with(capsys: Captured) -> None:
    assert run([*REPAIR, *SMALL]) == 0
    printed = capsys.readouterr()
    assert "strip,nfkc" in printed.out
    assert "Candidates, best first: gain in accuracy over no defence, pp [95% CI]" in printed.out
    assert "Certified through the defence" in printed.out
    assert "best chain: strip,nfkc" in printed.err
    assert "written to repaired" in printed.err
    assert "robustaudit report repaired --open" in printed.err


def test_the_command_of_the_best_candidate_audits_it(capsys: Captured) -> None:
    fold = [*REPAIR[:3], "--defences", "fold", "--hold-out", "homoglyph@1", *SMALL]
    assert run(fold) == 0
    said = capsys.readouterr().err
    assert "--models 'clean(fold):py:mine.py:judge'" in said
    assert "robustaudit export-defence fold -o cleaning.py" in said


@pytest.mark.parametrize("columns", [80, 160])
def test_tables_fit_the_terminal(columns: int, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    command = [*REPAIR, *SMALL, "--hardened", "py:mine.py:judge", "--verbose"]
    assert run(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    assert "…" not in "".join(lines)


def test_a_finished_repair_is_read_and_an_interrupted_one_resumes(capsys: Captured) -> None:
    assert run([*REPAIR, *SMALL, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    folder = Path("repaired")
    for shard in [*folder.glob("judging/trials/*"), *folder.glob("search/searches/*")]:
        shard.unlink()
    assert run(["report", "repaired"]) == 2
    assert "is not finished: run its command again to resume" in capsys.readouterr().err
    assert run([*REPAIR, *SMALL, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == first
    Path("mine.py").write_text("judge = None\n", encoding="utf-8")  # whoever asks it fails
    assert run(["report", "repaired", "--format", "json"]) == 0
    assert json.loads((folder / "report.json").read_text(encoding="utf-8")) == first


def test_another_repair_is_not_overwritten(capsys: Captured) -> None:
    assert run([*REPAIR, *SMALL]) == 0
    assert run([*REPAIR, *SMALL, "--max-clean-cost", "0.5"]) == 2
    assert "holds another repair: choose another --output" in capsys.readouterr().err


def test_report_writes_the_page_markdown_and_figures(capsys: Captured) -> None:
    assert run([*REPAIR, *SMALL, "--quiet", "--markdown"]) == 0
    markdown = capsys.readouterr().out
    assert markdown.startswith("# What would repair model `mine`\n")
    assert "| `clean(strip):mine` |" in markdown
    assert run(["report", "repaired", "--format", "html,markdown,json"]) == 0
    assert Path("repaired/report.md").read_text(encoding="utf-8") == markdown
    assert "Candidates, best first" in Path("repaired/report.html").read_text(encoding="utf-8")
    assert run(["report", "repaired", "--format", "csv"]) == 2
    assert "its formats are html, markdown and json" in capsys.readouterr().err
    assert run(["report", "repaired", "--plots"]) == 2
    assert "--plots is for runs, and 'repaired' is a repair" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "other"], "unknown model 'other': the run has mine"),
        (["--defences", "strop"], "did you mean 'strip'"),
        (["--json", "--markdown"], "exclude each other"),
        (["--examples", "2"], "--examples must be at least 4, got 2"),
        (["--worst-examples", "-1"], "--worst-examples must be at least 0, got -1"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(options: list[str], message: str, capsys: Captured) -> None:
    assert run([*REPAIR[:3], *options]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_a_run_without_models_that_the_user_named_asks_for_consent(capsys: Captured) -> None:
    revoke_consent(Path("audited"))
    assert run(["repair", "audited", "--defences", "strip", *SMALL]) == 2
    assert "--trust-models this once" in capsys.readouterr().err
