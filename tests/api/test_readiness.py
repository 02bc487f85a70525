"""What keeps a run from starting is found before anything is downloaded."""

from pathlib import Path
from typing import Any

import pytest

from robustaudit.api.auditing import carry_out
from robustaudit.api.request import AuditRequest
from robustaudit.core.errors import UserError
from robustaudit.gate.rules import GateConfig, read_rules


def gate(**rules: Any) -> GateConfig:
    found = read_rules(rules, where="gate")
    return GateConfig(rules=found, on_inconclusive="warn", baseline=Path("b.json"), path=Path("gate"))


@pytest.fixture(autouse=True)
def _nothing_is_fetched(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object, **__: object) -> None:
        raise AssertionError("fetched")

    monkeypatch.setattr("robustaudit.api.auditing.load_data", fetch)
    (empty_folder / "model.pkl").touch()
    (empty_folder / "a_file").touch()


@pytest.mark.parametrize(
    ("models", "fields", "message"),
    [
        ("tdfif", {}, "did you mean 'tfidf'"),
        ("hf:./nothing", {}, "the folder './nothing' does not exist"),
        ("onnx:nothing", {}, "must be a folder that holds model.onnx"),
        ("sklearn:nothing.skops", {}, "the file 'nothing.skops' does not exist"),
        ("model.pkl", {}, "a pickle can run any code while it is loaded"),
        ("py:nothing.py:judge", {}, "the file 'nothing.py' does not exist"),
        ("1", {"trials": 0}, "trials must be at least 1, got 0"),
        ("1", {"examples": 0}, "examples must be at least 1, got 0"),
        ("1", {"seed": -1}, "seed must be at least 0, got -1"),
        ("1", {"attacks": "qwetry"}, "did you mean 'qwerty'"),
        ("1", {"models_dir": "nothing"}, "models folder 'nothing' does not exist"),
        ("1", {"baseline_model": "4"}, "unknown baseline model '4'"),
        ("1", {"segmentation": "ice"}, "unknown"),
        ("1", {"output": "a_file/run"}, "output folder 'a_file/run' is not writable: .*a_file' is a file"),
        ("1", {"gate": gate(max_drop=0.1, models=["7"])}, "unknown model in gate '7': known are 1"),
        ("1", {"gate": gate(max_regression=0.1)}, "b.json"),
    ],
)  # fmt: skip
def test_a_run_that_cannot_start_fetches_nothing(models: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        carry_out(AuditRequest.of(models, **fields))


def test_a_run_that_can_start_fetches_then() -> None:
    for models in ("1", ["1", "hf:a/name"], {"mine": len}):
        with pytest.raises(AssertionError, match="fetched"):
            carry_out(AuditRequest.of(models, gate=gate(max_drop=0.1), output="new/run"))  # type: ignore[arg-type]
    assert not Path("new").exists()
