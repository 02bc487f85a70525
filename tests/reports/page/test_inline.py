"""What a notebook shows, in Chromium, on the background that a notebook has."""

from pathlib import Path

import pytest

from robustaudit.reports.page.document import inline, inline_trials
from robustaudit.reports.report import Report
from robustaudit.runs.trial import query_trials, trial_at

from .conftest import Opened, violations

BACKGROUNDS = {"light": "background: #fff; color: #000", "dark": "background: #111; color: #e0e0e0"}


def page_of(report: Report, folder: Path, theme: str) -> Path:
    trials = query_trials(report.run.shards())
    shown = [trial_at(trials, place) for place in range(len(trials))]
    pieces = inline(report.result) + inline_trials(shown, total=len(shown))
    path = folder / "cell.html"
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A notebook</title></head>'
        f'<body style="{BACKGROUNDS[theme]}"><main><h1>A notebook</h1>{pieces}</main></body></html>',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("theme", BACKGROUNDS)
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_harms_nothing_and_can_be_read(
    theme: str, width: int, hostile: Report, opened: Opened, tmp_path: Path
) -> None:
    path = page_of(hostile, tmp_path, theme)
    page = opened(path, viewport={"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.title() == "A notebook"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("main img, main iframe, main script").count() == 0
    assert opened.printed == []
    assert opened.asked == [path.as_uri()]
    assert violations(page) == []
