"""Files that are held: known to be in place, or not, whoever has their numbers now."""

import os
from pathlib import Path

import pytest

from robustaudit.core import open_files
from robustaudit.core.errors import ModelError


def test_a_file_is_in_place_until_its_number_is_closed_or_another_file_s(tmp_path: Path) -> None:
    with (tmp_path / "ours").open("wb", buffering=0) as ours, (tmp_path / "other").open("wb") as other:
        open_files.track(ours)
        open_files.check_intact(ours)
        kept = os.dup(ours.fileno())
        os.close(ours.fileno())
        with pytest.raises(ModelError, match="own were closed while it worked"):
            open_files.check_intact(ours)
        os.dup2(other.fileno(), ours.fileno())
        assert not open_files.are_intact()
        os.dup2(kept, ours.fileno())
        assert open_files.are_intact()
        os.close(kept)


def test_a_file_that_is_closed_as_one_closes_it_is_missed_by_nobody(tmp_path: Path) -> None:
    with (tmp_path / "ours").open("wb") as ours:
        open_files.track(ours)
    assert open_files.are_intact()
