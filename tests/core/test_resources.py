from pathlib import Path
from typing import Literal

import pytest

from robustaudit.core import files as resources
from robustaudit.core.files import shipped


def test_what_ships_is_found_in_the_repository() -> None:
    assert (shipped("attacks") / "report-mix.toml").is_file()
    assert shipped("trained_models").is_dir()


@pytest.mark.parametrize("name", ["attacks", "trained_models"])
def test_what_lies_in_the_package_comes_first(
    name: Literal["attacks", "trained_models"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages" / "robustaudit"
    (installed / "shipped" / name).mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", installed)
    assert shipped(name) == installed / "shipped" / name
