from pathlib import Path

import pytest

from robustaudit.reports.report import Report
from runs import hostile_report


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A run on texts that would do harm where they were not inert."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    return hostile_report(folder)
