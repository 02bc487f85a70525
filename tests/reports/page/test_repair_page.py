"""The page of a repair."""

from pathlib import Path

import pytest

import robustaudit
from repaired_models import DATA, judge
from robustaudit.repairs.stored_repair import StoredRepair, open_repair
from robustaudit.reports.formats import repair_files

from .conftest import Opened, violations

HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def repair(tmp_path_factory: pytest.TempPathFactory) -> StoredRepair:
    folder = tmp_path_factory.mktemp("repair")
    run = robustaudit.audit(
        {HOSTILE: judge}, DATA, attacks="zero_width@1", trials=80, output=folder / "run", progress=False
    )
    found = robustaudit.repair(
        run,
        DATA,
        model=judge,
        hardened=judge,
        defences="strip,fold",
        hold_out="homoglyph@1",
        worst_examples=3,
        budget=5,
        output=folder / "repair",
        progress=False,
    )
    return found.stored


@pytest.fixture(scope="module")
def path(repair: StoredRepair) -> Path:
    file = repair.folder / "report.html"
    file.write_bytes(repair_files(repair, ["html"])["report.html"])
    assert repair_files(open_repair(repair.folder), ["html"])["report.html"] == file.read_bytes()
    return file


def test_it_says_what_is_best_and_lists_every_candidate(
    repair: StoredRepair, path: Path, opened: Opened
) -> None:
    page = opened(path)
    assert "pp" in page.locator("#lead-title").inner_text()
    assert page.locator("#candidates tbody tr").count() == len(repair.ranked)
    assert page.locator("#drops tbody tr").count() == 3
    assert page.locator("#worst table").count() == 2


def test_names_from_outside_stay_text_and_nothing_is_loaded(path: Path, opened: Opened) -> None:
    page = opened(path)
    assert HOSTILE in page.locator(".sub").inner_text()
    assert page.locator("img").count() == 0
    assert opened.printed == []
    assert opened.asked == [path.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_keeps_the_rules_of_axe(scheme: str, width: int, path: Path, opened: Opened) -> None:
    page = opened.unfolded(path, scheme=scheme, width=width)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
