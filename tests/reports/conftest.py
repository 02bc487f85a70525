from pathlib import Path

import pytest

from robustaudit.reports.report import Report
from robustaudit.training.trainings import read_trainings
from runs import hostile_report
from trainings import write_training


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A run on texts that would do harm where they were not inert."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    return hostile_report(folder)


@pytest.fixture
def told(tmp_path):
    """The trainings of some courses, as they are read from the files they leave."""

    def read(*courses):
        for course in courses:
            write_training(course, tmp_path)
        return read_trainings(None, folder=tmp_path)

    return read
