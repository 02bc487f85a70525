"""The page of a folder of runs, as it is written and as a reader meets it in Chromium."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from kept import MADE, keep, model
from results import CHANGED, NOTHING
from robustaudit.reports.page.run_browser import browser_page
from robustaudit.runs.history import history_of
from robustaudit.runs.manifest import StatusChange
from robustaudit.statistics.measures import Estimate

from .conftest import Opened, violations
from .test_document import Elements

HOSTILE = "javascript:alert(1)#?\"'<img src=x onerror=document.title='owned'>"


def done(folder: Path, *, day: int, drop: float | None, **changes: Any) -> None:
    """A finished run of that day, whose first model has that drop, and the second none."""
    plan = {**MADE, **changes}
    rows = []
    for number, each in enumerate(plan["models"]):
        share = Estimate(drop, drop - 0.1, drop + 0.1) if drop is not None and not number else None
        row = (
            NOTHING if share is None else replace(CHANGED, on_changed=replace(CHANGED.on_changed, drop=share))
        )
        rows.append(replace(row, model=each["name"], attack="qwerty"))
    time = datetime(2026, 3, day, 9, 30, tzinfo=UTC).isoformat()
    keep(folder, plan, rows=rows, ended=StatusChange(status="finished", time=time))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    done(folder / "night 1", day=1, drop=0.02)
    done(folder / HOSTILE, day=2, drop=0.3, models=[model("<b>4</b>"), model("9")])
    done(folder / "night-3", day=3, drop=None, data=MADE["data"] | {"digest": "d2", "title": "other texts"})
    done(folder / "night-4", day=4, drop=0.1)
    done(folder / "damaged", day=5, drop=0.1)
    (folder / "damaged" / "result.json").write_text("{}")
    for name in ("night 1", HOSTILE):
        (folder / name / "report.html").write_text("<title>a run</title>")
    file = folder / "history.html"
    file.write_bytes(browser_page(history_of(folder), folder=folder, at=folder))
    return file


def shown(page: Page) -> list[str]:
    return [each.split("\n")[0] for each in page.locator("tbody tr:visible th").all_inner_texts()]


def test_it_runs_nothing_but_its_own_script_and_links_to_pages_of_runs(path: Path) -> None:
    page = Elements(path.read_bytes())
    for tag, attributes in page.elements:
        assert tag not in {"img", "iframe", "object", "embed", "link", "base"}
        assert not any(name.startswith("on") or name in {"style", "src"} for name in attributes)
    links = [each["href"] or "" for tag, each in page.elements if tag == "a"]
    assert all(link.startswith(("#", "./")) for link in links)
    assert sum(link.startswith("./") for link in links) == 2
    assert (len(page.inside["style"]), len(page.inside["script"])) == (1, 1)


def test_links_lead_from_wherever_the_page_lies(path: Path, tmp_path: Path, opened: Opened) -> None:
    (file := tmp_path / "elsewhere.html").write_bytes(
        browser_page(history_of(path.parent), folder=path.parent, at=tmp_path)
    )
    for place in (path, file):
        for number in (0, 1):
            page = opened(place)
            page.locator("tbody th a").nth(number).click()
            assert page.title() == "a run"


def test_the_latest_run_is_first_and_a_head_sorts(path: Path, opened: Opened) -> None:
    page = opened(path)
    assert shown(page) == ["night-4", "night-3", HOSTILE, "night 1"]
    page.get_by_role("button", name="largest drop").click()
    assert shown(page) == ["night 1", "night-4", HOSTILE, "night-3"]
    page.get_by_role("button", name="largest drop").press("Enter")
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("largest drop")
    assert shown(page)[-3:] == [HOSTILE, "night-4", "night 1"]
    page.get_by_role("button", name="finished").click()
    assert shown(page) == ["night 1", HOSTILE, "night-3", "night-4"]
    assert opened.printed == []
    assert opened.asked == [path.as_uri()]


def test_it_filters_by_model_and_text(path: Path, opened: Opened) -> None:
    page = opened(path)
    assert page.locator("#status").inner_text() == "4 runs"
    page.locator("#filter select[name=model]").select_option(label="<b>4</b>")
    assert shown(page) == [HOSTILE]
    page.locator("#filter select[name=model]").select_option("")
    page.locator("#filter input").fill("other TEXTS")
    assert shown(page) == ["night-3"]
    assert page.locator("#status").inner_text() == "1 of 4 runs"


def test_a_damaged_run_is_there_with_its_reason(path: Path, opened: Opened) -> None:
    page = opened(path)
    assert "damaged" not in shown(page)
    assert page.locator("#unread dt").all_inner_texts() == ["damaged"]
    assert "result.json has a checksum mismatch" in page.locator("#unread dd").inner_text()


def test_the_drops_are_drawn_over_the_runs(path: Path, opened: Opened) -> None:
    page = opened(path)
    page.locator("#over-runs summary").click()
    assert page.locator("#over-runs thead").inner_text().split() == ["1", "2", "4"]
    rows = [row.split("\t") for row in page.locator("#over-runs tbody tr").all_inner_texts()]
    assert rows == [
        ["model 1", "2.0 [-8.0, 12.0]", "–", "10.0 [0.0, 20.0]"],
        ["model <b>4</b>", "–", "30.0 [20.0, 40.0]", "–"],
    ]
    assert page.locator("#over-runs polyline").count() == 3  # model 1 has two, as the data changed and again


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_axe_finds_nothing_and_all_fits(path: Path, opened: Opened, scheme: str, width: int) -> None:
    page = opened.unfolded(path, scheme=scheme, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


def test_without_script_all_runs_are_there(path: Path, opened: Opened) -> None:
    page = opened(path, java_script_enabled=False)
    assert len(shown(page)) == 4
    assert not page.locator("#filter").is_visible()
