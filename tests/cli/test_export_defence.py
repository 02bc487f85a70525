"""`robustaudit export-defence`."""

from pathlib import Path

import pytest

from refusals import refusal
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]


def test_a_chain_is_written_to_a_file_or_to_standard_output(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "cleaning.py"
    assert run(["export-defence", "strip,nfkc", "-o", str(path)]) == 0
    assert run(["export-defence", "strip,nfkc", "-o", "-"]) == 0
    assert capsys.readouterr().out == path.read_text(encoding="utf-8")
    assert "already exists: give --force to replace it" in refusal(
        capsys, "export-defence", "strip", "-o", str(path)
    )
    assert run(["export-defence", "strip", "--force", "-o", str(path)]) == 0
    assert "--output must end in .py or .json" in refusal(capsys, "export-defence", "strip", "-o", "a.txt")
