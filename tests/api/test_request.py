"""A request is the same one, whichever way a user says it."""

from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from robustaudit import Audit, AuditRequest, UserError, audit
from robustaudit.api.request import FIELDS, IN_FILES
from robustaudit.cli.app import app
from robustaudit.cli.main import run
from robustaudit.gate.rules import SELECTING, THRESHOLD_KEYS, Selection
from robustaudit.pytest_plugin import assert_robust

from .conftest import TEXTS, spells

PYTHON = {
    "attacks": ["qwerty", "homoglyph,qwerty"],
    "severities": [2, 4],
    "trials": 30,
    "examples": 10,
    "seed": 5,
    "label_column": "stars",
    "text_column": "title,content",
    "label_map": {"neg": 0, "pos": 1},
    "slices": ["source"],
    "columns": ["id", "title", "content", "stars", "source"],
    "on_bad_row": "skip",
    "no_quotes": True,
    "max_data_mb": 3,
    "baseline_model": "tfidf",
    "batch_size": 8,
    "time_limit": 2.5,
    "load_limit": 60,
    "exact": True,
    "minimal": "all",
}
OPTIONS = [
    *("--attack", "qwerty", "--attack", "homoglyph,qwerty", "--severity", "2,4", "--trials", "30"),
    *("--examples", "10", "--seed", "5", "--label-column", "stars", "--text-column", "title,content"),
    *("--label-map", "neg=0,pos=1", "--slice", "source", "--columns", "id,title,content,stars,source"),
    *("--on-bad-row", "skip", "--no-quotes", "--max-data-mb", "3", "--baseline-model", "tfidf"),
    *("--batch-size", "8", "--time-limit", "2.5", "--load-limit", "60", "--exact"),
    *("--minimal", "all"),
]
TOML = """[run]
models = { old = "4", new = "tfidf" }
data = "mine.csv"
attacks = ["qwerty", "homoglyph,qwerty"]
severities = [2, 4]
trials = 30
examples = 10
seed = 5
label_column = "stars"
text_column = "title,content"
label_map = { neg = 0, pos = 1 }
slices = ["source"]
columns = "id,title,content,stars,source"
on_bad_row = "skip"
no_quotes = true
max_data_mb = 3
baseline_model = "tfidf"
batch_size = 8
time_limit = 2.5
load_limit = 60
exact = true
minimal = "all"
"""


def rules(text: str) -> None:
    Path("robustaudit.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[AuditRequest]:
    """What the command line asks for, which is not carried out."""
    asked: list[AuditRequest] = []

    def carry_out(request: AuditRequest, **_: Any) -> None:
        asked.append(request)
        raise UserError("asked")

    monkeypatch.setattr("robustaudit.api.auditing.carry_out", carry_out)
    return asked


def test_options_a_file_and_arguments_make_the_same_request(requests: list[AuditRequest]) -> None:
    assert run(["run", "--models", "old=4,new=tfidf", "--data", "mine.csv", "--quiet", *OPTIONS]) == 2
    rules(TOML)
    assert run(["run", "--quiet"]) == 2
    by_options, by_file = requests
    models = {"old": "4", "new": "tfidf"}
    by_arguments = AuditRequest.of(models, "mine.csv", output_parent=Path("reports"), **PYTHON)
    assert by_options == by_file == by_arguments


def test_every_field_is_spelt_alike_on_the_command_line_in_files_in_python_and_in_pytest() -> None:
    options = {flag for each in get_command(app).commands["run"].params for flag in each.opts}  # type: ignore[attr-defined]
    assert {f"--{name.replace('_', '-')}" for name in {*FIELDS, *IN_FILES}} <= options
    assert set(signature(audit).parameters) == {*FIELDS, "models", "data", "progress"}
    assert set(IN_FILES) - {"models", "data"} < set(FIELDS)
    in_pytest = set(signature(assert_robust).parameters)
    assert {"models", "data", "options"} <= in_pytest
    of_gates = {*THRESHOLD_KEYS, *SELECTING, "baseline", "on_inconclusive", "rules"}
    assert set(signature(Audit.gate).parameters) == {*of_gates, "self"}
    assert of_gates - {field.name for field in fields(Selection)} <= in_pytest


def test_a_request_is_carried_out_as_the_arguments_would_be() -> None:
    request = AuditRequest.of(spells, TEXTS, attacks="qwerty", trials=20, seed=3)
    assert audit(request).result.rows == audit(spells, TEXTS, attacks="qwerty", trials=20, seed=3).result.rows


@pytest.mark.parametrize(
    ("options", "file", "message"),
    [
        (["--trials", "0"], "", "--trials must be at least 1, got 0"),
        ([], "trials = 0", "trials in robustaudit.toml, [run] must be at least 1, got 0"),
        (["--trials", "0"], "trials = 3", "--trials must be at least 1, got 0"),
        (["--jobs", "0"], "jobs = 3", "--jobs must be at least 1, got 0"),
        (["--batch-size", "0"], "", "--batch-size must be at least 1, got 0"),
        (
            ["--executor", "ray", "--actor-cpus", "0"],
            "",
            "--actor-cpus must be above 0 and at most 1024, got 0",
        ),
        ([], "batch_size = 0", "batch_size in robustaudit.toml, [run] must be at least 1, got 0"),
        ([], "batch_size = true", "batch_size in robustaudit.toml, [run] must be a whole number, got True"),
    ],
)
def test_each_face_spells_a_field_as_it_was_given(
    options: list[str], file: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rules(f"[run]\ndata = 'tiny'\nmodels = 'tfidf'\n{file}\n")
    assert run(["run", "--quiet", "--offline", *options]) == 2
    assert capsys.readouterr().err == f"robustaudit: {message}\n"
    with pytest.raises(UserError, match=r"^batch_size must be at least 1, got 0$"):
        audit("tfidf", "tiny", batch_size=0)
