"""The page of a sweep."""

import re
from pathlib import Path

import pytest

from fakes import FakeSource
from robustaudit.core.errors import UserError
from robustaudit.reports.formats import sweep_files
from robustaudit.reports.page.sweep_page import shade
from robustaudit.worst_case.several_edits import execute_several
from robustaudit.worst_case.stored_sweep import Sweep, open_sweep
from robustaudit.worst_case.text_costs import TextPart
from sweeps import TEXTS, HashedSource, sweep_plan, swept
from vocabularies import source, swept_models

from .conftest import Opened, violations

HOSTILE = (
    "<script>alert(1)</script> fine",
    "</script><img src=x onerror=alert(2)> bad",
    "we owed \u202eyenom\u202c them \x1b[31m",
    "zero\u200bwidth \u2066apart\u2069",
    "&lt;&bomb; {{ 7*7 }} '\"",
)
ATTACKS = ("qwerty", "zero_width", "homoglyph & keep(first_letter)")


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    sources = [HashedSource(), FakeSource(name="</script>1")]
    return swept(tmp_path_factory.mktemp("sweep"), *ATTACKS, texts=[*HOSTILE, *TEXTS], sources=sources)


@pytest.fixture(scope="module")
def path(sweep: Sweep) -> Path:
    file = sweep.folder / "report.html"
    file.write_bytes(sweep_files(sweep, ["html"])["report.html"])
    assert sweep_files(open_sweep(sweep.folder), ["html"])["report.html"] == file.read_bytes()
    return file


def part(*, edits: int = 3, failing: int = 0, lowest: float | None = None) -> TextPart:
    return TextPart(start=0, stop=4, edits=edits, failing=failing, lowest=lowest, costliest=())


@pytest.mark.parametrize(
    ("lowest", "level"),
    [(2.5, 0), (2.0, 0), (1.99, 0), (1.9, 1), (1.7, 2), (1.2, 3), (0.9, 4), (0.3, 5), (0.0, 5)],
)
def test_a_word_is_shaded_by_the_share_of_the_margin_that_an_edit_takes(lowest: float, level: int) -> None:
    assert shade(part(lowest=lowest), 2.0) == level


def test_the_darkest_shade_is_of_words_with_a_failing_edit_alone() -> None:
    assert shade(part(failing=1, lowest=-0.1), 2.0) == 6
    assert shade(part(failing=1), None) == 6
    assert shade(part(), None) == 0


def test_words_with_a_failing_edit_are_underlined_and_listed_with_it(path: Path, opened: Opened) -> None:
    page = opened(path)
    first = page.locator("#texts article").first
    underlined = first.locator("mark.fails").all_inner_texts()
    assert underlined
    assert set(underlined) == set(first.locator("mark.h6").all_inner_texts())
    first.locator("summary").click()
    rows = first.locator("tbody tr").all_inner_texts()
    assert all(re.search(r"\t[1-9]\d* of ", row) for row in rows[: min(len(underlined), 8)])
    assert "fail" in first.locator(".lost").first.inner_text()


def test_examples_that_fail_come_first_and_the_others_are_counted(
    sweep: Sweep, path: Path, opened: Opened
) -> None:
    page = opened(path)
    of_model = page.locator("#texts > details").first
    assert f"50 of {len(sweep.examples)} examples" in of_model.locator("summary").first.inner_text()
    cards = of_model.locator("article")
    assert cards.count() == 50
    fails = [bool(card.locator("mark.fails").count()) for card in cards.all()]
    wrong = ["wrong" in card.locator("dl").inner_text() for card in cards.all()]
    order = list(zip(wrong, (not each for each in fails), strict=True))
    assert order == sorted(order)
    assert len(set(order)) > 1


def test_nothing_in_the_texts_is_obeyed_and_nothing_is_asked_of_the_network(
    path: Path, opened: Opened
) -> None:
    page = opened(path)
    assert page.title().startswith("Worst case")
    assert page.locator("main img, main iframe, main script").count() == 0
    text = page.locator("main").text_content() or ""
    assert not set("\u202e\u202c\u2066\u2069\u200b\x1b") & set(text)
    assert "</script>1" in text
    assert opened.printed == []
    assert opened.asked == [path.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_axe_finds_nothing_and_all_fits(path: Path, opened: Opened, scheme: str, width: int) -> None:
    page = opened.unfolded(path, scheme=scheme, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a sweep that went on to two edits."""
    folder = tmp_path_factory.mktemp("several")
    plan = sweep_plan("qwerty", texts=[*HOSTILE, "a b c", "is it"])
    swept(folder, "qwerty", texts=[*HOSTILE, "a b c", "is it"])
    execute_several(open_sweep(folder), plan.plan, edits=2, max_texts=500)
    file = folder / "report.html"
    file.write_bytes(sweep_files(open_sweep(folder), ["html"])["report.html"])
    return file


def test_several_edits_have_a_curve_and_texts_that_they_fail(several: Path, opened: Opened) -> None:
    page = opened(several)
    assert "no 2 edits or fewer change the prediction" in page.locator("main").inner_text()
    places = page.locator("#by-edits thead th").all_text_contents()
    assert places == ["0", "1", "2"]
    shares = [float(cell.split()[0]) for cell in page.locator("#by-edits tbody td").all_text_contents()]
    assert shares == sorted(shares, reverse=True)
    cards = page.locator("#several article")
    assert cards.count()
    assert all(card.locator("ins").count() >= 1 for card in cards.all())
    assert page.locator("main img, main script").count() == 0
    assert violations(opened.unfolded(several, scheme="light", width=390)) == []


def test_words_that_cost_most_and_weak_spots_are_shown_as_harmless_text(
    tmp_path: Path, opened: Opened
) -> None:
    texts = [
        f"good\u200b <script>alert(1)</script> {word} {number}" for number, word in enumerate(["fun"] * 24)
    ]
    models = [source("one\u202e", "good", "god"), source("<b>other", "good", "goo")]
    file = tmp_path / "report.html"
    file.write_bytes(
        sweep_files(swept_models(tmp_path / "s", models, texts, "delete"), ["html"])["report.html"]
    )
    page = opened(file)
    why = page.locator("#why").inner_text()
    assert "Model one<U+202E> under delete" in why
    assert "good" in why
    assert "ood" in page.locator("#weak-spots tbody th").first.inner_text()
    assert page.locator("main script, main b:has-text('other')").count() == 0
    assert not set("\u202e\u200b") & set(page.locator("main").text_content() or "")
    for width in (390, 1400):
        shown = opened.unfolded(file, scheme="dark", width=width)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(shown) == []
    assert opened.printed == []


def test_examples_without_any_edit_are_counted_among_the_certified(tmp_path: Path) -> None:
    found = swept(tmp_path, "delete", texts=["!", "?", "fine words"])
    shown = sweep_files(found, ["html", "json"])
    assert "certified examples without any edit" in shown["report.html"].decode() or (
        "1 certified example without any edit" in shown["report.html"].decode()
    )


def test_what_stayed_open_is_said(tmp_path: Path) -> None:
    early = swept(tmp_path, "qwerty", all_edits=False)
    shown = sweep_files(early, ["html"])["report.html"].decode()
    assert "Each example was left under an attack once one of its edits failed" in shown
    assert "none drawn" not in shown


def test_other_formats_are_refused(sweep: Sweep) -> None:
    with pytest.raises(UserError, match=r"format 'csv' is of a run, and .* is a sweep: its formats are html"):
        sweep_files(sweep, ["html", "csv"])
