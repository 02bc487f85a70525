"""The page of trained models."""

from pathlib import Path

import pytest

from robustaudit.reports.page.models_page import models_page
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training

from .conftest import Opened, violations

COURSES = (
    Course(name="1", wrong=range(30)),
    Course(name="2", validation=(0.5, 0.6, 0.9)),
    Course(name="4", validation=(0.55, 0.45, 0.45)),
    Course(name="7", wrong=range(25)),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for course in COURSES:
        write_training(course, folder)
    file = folder / "models.html"
    trainings = read_trainings(None, folder=folder)
    file.write_bytes(models_page(trainings))
    assert models_page(trainings) == file.read_bytes()
    return file


def test_models_are_compared_drawn_and_diagnosed(path: Path, opened: Opened) -> None:
    page = opened(path)
    assert page.locator("#models tbody tr").count() == len(COURSES)
    assert "2 compared with 1, dropout:" in page.locator("#compared").inner_text()
    assert page.locator("#loss figure").count() == len(COURSES)
    assert page.locator("#accuracy polyline").count() == len(COURSES)
    of_second = page.locator("#diagnosis .trial").nth(1).inner_text()
    assert "over-fitting" in of_second
    assert "no findings" in page.locator("#diagnosis .trial").nth(2).inner_text()
    assert opened.printed == []
    assert opened.asked == [path.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_axe_finds_nothing_and_all_fits(path: Path, opened: Opened, scheme: str, width: int) -> None:
    page = opened.unfolded(path, scheme=scheme, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
