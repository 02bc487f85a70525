"""The page as a reader meets it, in Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from robustaudit import audit
from robustaudit.reports.page.document import html
from robustaudit.reports.report import Report
from runs import hostile_report

from .conftest import Opened, violations


@pytest.fixture(scope="module")
def path(hostile: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_bytes(html(hostile))
    return file


def answers(page: Page) -> list[str]:
    return page.locator("#list li dl div:nth-child(4) dd").all_inner_texts()


def changes(page: Page) -> list[float]:
    return [float(each.replace("−", "-")) for each in page.locator("#list li dd b").all_inner_texts()]


def models(page: Page) -> set[str]:
    return set(page.locator("#list li dl div:nth-child(1) dd").all_inner_texts())


def number(page: Page) -> int:
    return int(page.locator("#status").inner_text().split()[0].replace(",", ""))


def test_nothing_in_the_texts_is_obeyed_and_nothing_is_asked_of_the_network(
    path: Path, opened: Opened
) -> None:
    page = opened(path)
    page.locator("#filter select[name=order]").select_option("trial")
    while page.locator("#on").is_enabled():
        page.locator("#on").click()
    assert page.title().startswith("Robustness audit")
    assert page.locator("main img, main iframe, #list script").count() == 0
    assert opened.printed == []
    assert opened.asked == [path.as_uri()]


def test_what_would_do_harm_is_there_to_read(path: Path, opened: Opened) -> None:
    page = opened(path)
    for sought, seen in (
        ("<img src=x", "<img src=x onerror="),
        ("</script>", "</script><script>"),
        ("what we owed", "U+202E"),
        ("in the night", "U+001B"),
        ("[link]", "U+2028"),
    ):
        page.locator("#filter select[name=attack]").select_option(label="contract@0.5")
        page.locator("#filter input").fill(sought)
        shown = page.locator("#list .text").all_inner_texts()
        assert shown, sought
        assert all(seen in each for each in shown), sought
        assert not {"\u202e", "\x1b"} & set("".join(shown))


def test_a_character_that_cannot_be_seen_has_its_name(path: Path, opened: Opened) -> None:
    page = opened(path)
    page.locator("#filter select[name=attack]").select_option(label="zero_width@0.5")
    chip = page.locator("#list ins .chip").first
    assert chip.inner_text().startswith("U+")
    assert chip.get_attribute("title")
    assert "inserted: U+" in page.locator("#list li").first.inner_text()


def test_joiners_are_named_where_an_edit_puts_them_and_emoji_stay_whole(
    opened: Opened, tmp_path: Path
) -> None:
    (file := tmp_path / "report.html").write_bytes(
        html(hostile_report(tmp_path, attacks=('zero_width(character="zero width joiner")@0.5',)))
    )
    page = opened(file)
    page.locator("#filter input").fill("left here")
    shown = page.locator("#list li").all_inner_texts()
    assert shown
    assert all("\U0001f469\u200d\U0001f469\u200d\U0001f467" in each for each in shown)
    assert all("inserted: U+200D zero width joiner" in each for each in shown)
    inserted = page.locator("#list ins").all_inner_texts()
    assert "\u200d" not in "".join(inserted)
    assert page.locator("#list ins .chip").count() == len(inserted) >= len(shown)


def test_the_explorer_filters(path: Path, opened: Opened) -> None:
    page = opened(path)
    everything = number(page)
    page.locator("#filter select[name=model]").select_option(label="fake")
    assert models(page) == {"fake"}
    assert number(page) == everything // 2
    page.locator("#filter select[name=prediction]").select_option("flipped")
    told = answers(page)
    assert told
    assert {each.split(", ")[0] for each in told} <= {"negative → positive", "positive → negative"}
    page.locator("#filter select[name=label]").select_option(label="negative")
    assert 0 < number(page) < len(told)
    page.locator("#filter select[name=label]").select_option(label="all")
    flipped = number(page)
    page.locator("#filter select[name=prediction]").select_option("kept")
    assert number(page) == everything // 2 - flipped
    page.locator("#filter input").fill("no text says this")
    assert number(page) == 0
    assert page.locator("#list li").count() == 0


def test_a_trial_without_an_answer_is_there_and_is_no_flip(path: Path, opened: Opened) -> None:
    page = opened(path)
    page.locator("#filter select[name=prediction]").select_option("none")
    assert number(page) > 0
    assert set(answers(page)) == {"none"}
    assert models(page) == {"</script>1"}
    page.locator("#filter select[name=prediction]").select_option("flipped")
    assert "none" not in answers(page)


def test_the_explorer_sorts_by_the_change_of_probability(path: Path, opened: Opened) -> None:
    page = opened(path)
    falls = changes(page)
    assert falls == sorted(falls)
    assert falls[0] < 0
    page.locator("#filter select[name=order]").select_option("rise")
    rises = changes(page)
    assert rises == sorted(rises, reverse=True)
    assert rises[0] > 0


def test_the_explorer_pages_by_keyboard(path: Path, opened: Opened) -> None:
    page = opened(path)
    first = page.locator("#list li").first.inner_text()
    page.locator("#on").focus()
    page.keyboard.press("Enter")
    assert page.locator("#page").inner_text().startswith("26–50 of")
    assert page.locator("#list li").first.inner_text() != first
    page.locator("#back").press("Enter")
    assert page.locator("#list li").first.inner_text() == first


def test_a_cell_of_the_map_leads_to_its_trials(path: Path, opened: Opened) -> None:
    page = opened(path)
    page.locator(".heat a[data-model=fake][data-attack='homoglyph@0.5']").click()
    assert models(page) == {"fake"}
    assert set(page.locator("#list dd code").all_inner_texts()) == {"homoglyph@0.5"}


def test_each_trial_says_how_to_repeat_it(path: Path, hostile: Report, opened: Opened) -> None:
    page = opened(path)
    page.locator("#filter select[name=order]").select_option("trial")
    page.locator("#filter select[name=model]").select_option(label="fake")
    page.locator("#filter select[name=attack]").select_option(label="qwerty@0.5")
    command = page.locator("#list .again code").first.inner_text()
    assert command == f"robustaudit replay {hostile.run.folder} 0 --model fake --attack qwerty@0.5"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_axe_finds_nothing_serious(path: Path, opened: Opened, scheme: str, width: int) -> None:
    assert violations(opened.unfolded(path, scheme=scheme, width=width)) == []


@pytest.mark.parametrize("width", [320, 390, 1280, 1400])
def test_nothing_is_wider_than_the_screen(path: Path, opened: Opened, width: int) -> None:
    page = opened(path, viewport={"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="module")
def long_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run with a model and many classes of long names without spaces."""
    folder = tmp_path_factory.mktemp("long")
    names = [f"a_category_of_a_taxonomy_with_a_long_path/and_a_number_{number}" for number in range(15)]
    data = [(f"word {number} of a text {draw}", names[number]) for number in range(15) for draw in range(2)]

    def judge(texts: list[str]) -> list[str]:
        words = [text.split()[1] if " " in text else "" for text in texts]
        return [
            names[int(word)] if word.isdecimal() and int(word) < len(names) else names[0] for word in words
        ]

    found = audit(
        {"an_endpoint_with_a_long_name.internal.example.org:8000": judge}, data, attacks="delete@0.5"
    )
    return found.report(folder / "page.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_long_names_of_models_and_classes_leave_a_phone_its_width(
    long_names: Path, opened: Opened, scheme: str
) -> None:
    page = opened.unfolded(long_names, scheme=scheme, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    assert page.locator("#classes thead tr:nth-child(2) th").count() == 12
    assert "Not in the table" in page.locator("#classes").inner_text()
    assert page.locator("#filter select[name=label] option").count() == 16


def test_a_wide_screen_is_used_to_its_right_edge(path: Path, opened: Opened) -> None:
    page = opened(path, viewport={"width": 1400, "height": 900})
    pairs = ("#map", "#classes"), ("#flips", "#slices")
    for left, right in ([page.locator(each).bounding_box() for each in pair] for pair in pairs):
        assert left
        assert right
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] < right["x"]
        assert right["x"] + right["width"] > 1350
    trial = page.locator("#list li").first.bounding_box()
    assert trial
    assert trial["width"] < 700  # two of them in a row


def test_without_script_the_figures_are_there(path: Path, opened: Opened) -> None:
    page = opened(path, java_script_enabled=False)
    assert page.locator(".heat td").count() > 0
    assert "JavaScript" in page.locator("#trials").inner_text()


def test_print_leaves_out_what_only_a_screen_can_do(path: Path, opened: Opened) -> None:
    page = opened(path, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 31, 35)"  # dark ink
    assert not page.locator("#filter").is_visible()
    assert not page.locator("nav").is_visible()
    assert page.locator("#lead-title").is_visible()
    assert page.pdf().startswith(b"%PDF")
