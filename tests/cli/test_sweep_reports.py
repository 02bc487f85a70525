"""`robustaudit report` of a sweep, as it is typed."""

import json
import sys
from pathlib import Path

import pytest

from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

MODEL = 'def judge(texts):\n    return ["positive" if "love" in text else "negative" for text in texts]\n'
DATA = "text,label\nI love it,positive\nnot my day,negative\n"
SWEEP = ["verify", "--models", "mine=py:mine.py:judge", "--data", "my.csv", "--attack", "delete"]


def test_report_writes_the_page_and_the_figures_of_a_sweep(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])  # where the model of another test may lie
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    (empty_folder / "mine.py").write_text(MODEL, encoding="utf-8")
    (empty_folder / "my.csv").write_text(DATA, encoding="utf-8")
    assert run([*SWEEP, "--output", "sweep"]) == 0
    assert "robustaudit report sweep --open" in capsys.readouterr().err
    assert run(["report", "sweep", "--format", "html,json"]) == 0
    assert capsys.readouterr().err == "written to sweep/report.html\nwritten to sweep/report.json\n"
    assert "Lowest certified accuracy" in Path("sweep/report.html").read_text(encoding="utf-8")
    assert json.loads(Path("sweep/report.json").read_text(encoding="utf-8"))["rows"][0]["examples"] == 2
    assert run(["report", "sweep", "--format", "csv"]) == 2
    assert "its formats are html and json" in capsys.readouterr().err
    assert run(["report", "sweep", "--plots"]) == 2
    assert "--plots is for runs" in capsys.readouterr().err
