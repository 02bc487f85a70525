"""The page of a search."""

from pathlib import Path

import pytest

import robustaudit
from robustaudit.core.errors import UserError
from robustaudit.reports.formats import search_files

from .conftest import Opened, violations

HOSTILE = [
    ("I love it", "positive"),
    ("<script>alert(1)</script> I love and I am fond", "positive"),
    ("we \u202elove\u202c \u200bit \x1b[31m", "positive"),
    ("no {{ 7*7 }}", "negative"),
]


def judge(texts: list[str]) -> list[str]:
    return ["positive" if "love" in text or "fond" in text else "negative" for text in texts]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> robustaudit.SearchOutcome:
    folder = tmp_path_factory.mktemp("search") / "found"
    attacks = ["delete & at_most(2)", "zero_width & at_most(1)"]
    return robustaudit.search(judge, HOSTILE, attacks=attacks, budget=200, output=folder, progress=False)


@pytest.fixture(scope="module")
def path(found: robustaudit.SearchOutcome) -> Path:
    file = found.folder / "report.html"
    file.write_bytes(search_files(found.result, ["html"])["report.html"])
    return file


def test_curves_fall_and_the_smallest_edits_are_marked(path: Path, opened: Opened) -> None:
    page = opened(path)
    queries = page.locator("#by-queries")
    rows = queries.locator("table").first.locator("tbody tr").all()
    names = [row.locator("th").all_text_contents()[0] for row in rows]
    assert [name.rpartition(", ")[2] for name in names] == ["search", "random draws"]
    for row in rows:
        shares = [float(cell.split()[0]) for cell in row.locator("td").all_text_contents()]
        assert shares == sorted(shares, reverse=True)
    assert page.locator("#by-edits table").first.locator("thead th").all_text_contents() == ["0", "1", "2"]
    edits = [card.locator("del").count() for card in page.locator("#texts article").all()]
    assert edits[:3] == [1, 1, 2]


def test_nothing_in_the_texts_is_obeyed(path: Path, opened: Opened) -> None:
    page = opened(path)
    assert page.locator("main script").count() == 0
    text = page.locator("main").text_content() or ""
    assert "<script>alert(1)</script>" in text
    assert not set("\u202e\u202c\u200b\x1b") & set(text)
    assert opened.printed == []
    assert opened.asked == [path.as_uri()]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1400, "light")])
def test_axe_finds_nothing_and_all_fits(path: Path, opened: Opened, scheme: str, width: int) -> None:
    page = opened.unfolded(path, scheme=scheme, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


def test_other_formats_are_refused(found: robustaudit.SearchOutcome) -> None:
    with pytest.raises(UserError, match=r"format 'csv' is of a run, and .* is a search: its formats"):
        search_files(found.result, ["csv"])
