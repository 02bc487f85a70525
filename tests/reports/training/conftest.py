import pytest

from robustaudit.reports.training.stored import read_trainings
from trainings import write_training


@pytest.fixture
def told(tmp_path):
    """The trainings of some courses, as they are read from the files they leave."""

    def read(*courses):
        for course in courses:
            write_training(course, tmp_path)
        return read_trainings(None, folder=tmp_path)

    return read
