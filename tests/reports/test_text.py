from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, Group

from results import SLICES
from robustaudit.core.display import visible
from robustaudit.core.edits import apply
from robustaudit.core.records import Edit
from robustaudit.reports.text import interval, largest_drops, mark_edits, others_line, short_names
from robustaudit.runs.result import Slice
from robustaudit.statistics.measures import Estimate, Measures


def test_an_edit_shows_what_was_and_what_is() -> None:
    edits = (Edit(2, 3, "v"), Edit(10, 11, ""), Edit(12, 12, "x"))
    assert mark_edits("I loved the food", edits).plain == "I {l→v}oved th{e→} {→x}food"


def test_a_joiner_that_an_edit_puts_is_written_out() -> None:
    assert mark_edits("great 👩\u200d💻", (Edit(2, 2, "\u200d"),)).plain == "gr{→<U+200D>}eat 👩\u200d💻"


def test_without_edits_the_text_is_as_it_was() -> None:
    assert mark_edits("I loved it", ()).plain == "I loved it"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("a\u202eb", "a<U+202E>b"),
        ("two\nlines\tand\rmore", "two<U+000A>lines<U+0009>and<U+000D>more"),
        ("[bold]no markup[/bold]", "[bold]no markup[/bold]"),
    ],
    ids=["escape", "bidi", "lines", "markup"],
)
def test_what_a_terminal_would_obey_is_shown_instead(hostile: str, shown: str) -> None:
    console = Console(width=200, force_terminal=True, color_system="truecolor")
    with console.capture() as captured:
        console.print(
            mark_edits(hostile, (Edit(len(hostile), len(hostile), "\x1b]0;title\x07"),)), soft_wrap=True
        )
    printed = captured.get()
    assert shown in mark_edits(hostile, ()).plain
    assert "\x1b]" not in printed
    assert "\u202e" not in printed
    assert "\r" not in printed


def test_of_a_long_text_the_part_with_the_first_edit_is_shown() -> None:
    text = "word " * 100
    shown = mark_edits(text, (Edit(300, 301, "x"),), budget=60).plain
    assert shown.startswith("…word")
    assert "{w→x}" in shown
    assert shown.endswith("…")
    assert len(shown) < 80


def test_an_edit_longer_than_the_budget_is_shown_whole() -> None:
    assert (
        "{aaaaaaaaaaaaaaaaaaaa→b}"
        in mark_edits("x" * 50 + "a" * 20 + "x" * 50, (Edit(50, 70, "b"),), budget=10).plain
    )


def test_edits_are_marked_by_colour_too_where_there_is_any() -> None:
    console = Console(force_terminal=True, color_system="standard", no_color=False)
    with console.capture() as captured:
        console.print(mark_edits("cat", (Edit(0, 1, "h"),)))
    assert "\x1b[" in captured.get()


def unmarked(marked: str) -> tuple[str, str]:
    """The texts before and after, read back from the marks."""
    before, after, inside, both = "", "", "", ["", ""]
    place = 0
    while place < len(marked):
        run = len(marked[place:]) - len(marked[place:].lstrip("\\"))
        follows = marked[place + run : place + run + 1]
        if run and follows and follows in ("{}→" if inside else "{}"):
            literal = "\\" * (run // 2) + (follows if run % 2 else "")
            place += run + run % 2
        elif run:
            literal, place = "\\" * run, place + run
        elif marked[place] == "{":
            inside, both, place = "was", ["", ""], place + 1
            continue
        elif inside and marked[place] in "→}":
            before, after = (before + both[0], after + both[1]) if marked[place] == "}" else (before, after)
            inside = "is" if marked[place] == "→" else ""
            place += 1
            continue
        else:
            literal, place = marked[place], place + 1
        if inside:
            both[inside == "is"] += literal
        else:
            before, after = before + literal, after + literal
    return before, after


SPECIAL = st.text("ab {}→\\'", max_size=12)


@given(st.data(), SPECIAL)
def test_marks_read_back_to_both_texts_whatever_braces_and_backslashes_these_have(
    data: st.DataObject, text: str
) -> None:
    ends = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    edits = tuple(Edit(start, stop, data.draw(SPECIAL)) for start, stop in pairs)
    assert unmarked(mark_edits(text, edits).plain) == (visible(text), visible(apply(text, edits)))


def lines(text: str, edits: tuple[Edit, ...], width: int) -> list[str]:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(Group(mark_edits(text, edits, lead="• ")))
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.mark.parametrize("width", range(12, 40))
def test_no_line_breaks_within_a_mark_that_fits_into_it(width: int) -> None:
    text = "it is what it is and it is as it is"
    edits = tuple(
        Edit(start, start + 2, "'") for start in range(len(text)) if text[start : start + 4] == " is "
    )
    printed = lines(text, edits, width)
    assert " ".join(printed) == "• " + mark_edits(text, edits).plain
    assert all(line.count("{") == line.count("}") for line in printed)


def test_a_mark_longer_than_a_line_is_broken() -> None:
    printed = lines("a b", (Edit(0, 3, "one two three four five six"),), 10)
    assert "".join(printed).replace(" ", "") == "•{ab→onetwothreefourfivesix}"


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (-0.0004, 0.05, "[-0.04, 5.0]"),
        (0.0004, 0.05, "[0.04, 5.0]"),
        (-0.05, -0.0001, "[-5.0, -0.01]"),
        (0.0, 0.05, "[0.0, 5.0]"),
        (-0.0, 0.05, "[0.0, 5.0]"),
    ],
)
def test_the_end_of_an_interval_keeps_the_side_of_zero_that_it_is_on(
    low: float, high: float, shown: str
) -> None:
    assert interval(Estimate(0.01, low, high)) == shown


@given(st.lists(st.text("ab", max_size=30), unique=True, max_size=12), st.integers(8, 20))
def test_short_names_fit_and_stay_different(names: list[str], columns: int) -> None:
    short = short_names(names, columns)
    assert len(set(short)) == len(names)
    assert all(len(name) <= columns for name in short)
    assert all(after == before for before, after in zip(names, short, strict=True) if len(before) <= columns)


def test_long_names_that_begin_alike_show_their_ends() -> None:
    assert short_names(["the category of one", "the category of two", "other"], 12) == [
        "the c…of one",
        "the c…of two",
        "other",
    ]
    assert short_names(["a" * 20, "b" * 20], 6) == ["aaaaa…", "bbbbb…"]


def test_a_table_has_the_dozen_values_with_the_largest_drops_and_names_the_others() -> None:
    drops = [(number * 7 % 15) / 100 for number in range(15)]
    rows = [
        replace(SLICES[0], slice=Slice("kind", f"k{number}"), on_changed=Measures(drop=Estimate(drop)))
        for number, largest in enumerate(drops)
        for drop in (largest, -1.0)
    ]
    shown, others = largest_drops(rows)
    assert (len(shown), others) == (12, ("k0", "k11", "k13"))
    assert list(shown) == [f"k{number}" for number in range(15) if f"k{number}" not in others]
    assert others_line(others) == "Not in the table, as their largest drops are smaller: k0, k11, k13."
    assert others_line(()) == ""
    assert others_line([str(number) for number in range(120)]).endswith("98, 99 and 20 more.")
