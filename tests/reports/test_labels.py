"""What every report says of how labels were read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from printed import printed as put
from results import CHANGED, PLAN, RESULT, unread
from robustaudit.reports.markdown import markdown_report
from robustaudit.reports.notes import label_lines, label_warnings
from robustaudit.reports.page.document import inline
from robustaudit.reports.report import Report
from robustaudit.reports.terminal import render
from robustaudit.runs.result import Result, Slice
from robustaudit.statistics.measures import Estimate

SENTIMENTS = ["negative", "positive"]


def label(
    written: str, number: int, *, name: str | None = None, examples: int = 50, values: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "written": written,
        "name": name,
        "number": number,
        "examples": examples,
        "values": list(values),
    }


def model(name: str, matched_by: str, labels: list[str]) -> dict[str, Any]:
    known = {"name": name, "title": "t", "digest": "d", "accuracy": None}
    return {**known, "labels": labels, "labels_matched_by": matched_by}


def result(*models: dict[str, Any], labels: list[dict[str, Any]], clean: float = 0.9) -> Result:
    measures = replace(CHANGED.on_all, clean_accuracy=Estimate(clean))
    rows = tuple(replace(CHANGED, model=each["name"], on_all=measures) for each in models)
    return replace(RESULT, plan={**PLAN, "models": list(models), "labels": labels}, rows=rows)


NUMBERS = [label("0", 0), label("1", 1)]


def printed(found: Result, *, width: int, verbose: bool = False) -> str:
    return put(render(found, width=width, verbose=verbose), width=width)


def test_names_need_no_word_and_positions_have_their_mapping() -> None:
    assert label_lines(result(model("m", "name", SENTIMENTS), labels=NUMBERS)) == ()
    assert label_lines(result(model("m", "position", SENTIMENTS), labels=NUMBERS)) == (
        "0 → negative, 1 → positive",
    )
    named = [label("0", 0, name="neg"), label("1", 1, name="pos")]
    assert label_lines(result(model("m", "position", SENTIMENTS), labels=named)) == (
        "0 neg → negative, 1 pos → positive",
    )


def test_labels_that_were_mapped_are_told_as_the_data_has_them() -> None:
    models = [model("a", "position", SENTIMENTS), model("b", "data", ["0", "1"])]
    swapped = [label("0", 0, values=["1"]), label("1", 1, values=["0", "good\x1b"])]
    assert label_lines(result(*models, labels=swapped)) == (
        "1 → negative, 0 → positive, good<U+001B> → positive, of model a",
        "1 → 0, 0 → 1, good<U+001B> → 1, as in the data: model b names no classes",
    )
    same = [label("0", 0, values=["0"]), label("1", 1, values=["1"])]
    assert label_lines(result(models[1], labels=same)) == ("0, 1, as in the data: model b names no classes",)


def test_a_label_of_which_no_text_was_changed_is_missed_in_macro_f1() -> None:
    """Where rows have texts of other labels, their macro F1 is not one figure."""
    known = [label("0", 0), label("1", 1), label("2", 2, examples=0)]
    found = result(model("m", "name", ["a", "b", "c"]), labels=known)
    rows = (replace(CHANGED, model="m"), replace(CHANGED, model="m", attack="contract\x1b"))
    parts = ((rows[0], "0"), (rows[0], "1"), (rows[1], "0"))
    slices = tuple(replace(row, slice=Slice("true label", value)) for row, value in parts)
    said = "Macro F1 is over the labels that changed texts have: "
    text = printed(replace(found, rows=rows, slices=slices), width=160, verbose=True)
    assert f"{said}2 of 3 under qwerty, 1 of 3 under contract<U+001B>." in text
    both = {**found.plan, "labels": known[:2]}
    text = printed(replace(found, plan=both, rows=rows[:1], slices=slices[:2]), width=160, verbose=True)
    assert said not in text
    alone = {**found.plan, "labels": [label("0", 0), label("1", 1, examples=0)]}
    text = printed(replace(found, plan=alone, rows=rows[:1], slices=()), width=160, verbose=True)
    assert f"{said}1 of 2 under qwerty." in text


def test_models_that_differ_are_named() -> None:
    models = [
        model("a", "position", SENTIMENTS),
        model("b", "position", ["no", "yes"]),
        model("c", "position", ["no", "yes"]),
        model("d", "data", ["0", "1"]),
        model("e", "name", ["0", "1"]),
    ]
    assert label_lines(result(*models, labels=NUMBERS)) == (
        "0 → negative, 1 → positive, of model a",
        "0 → no, 1 → yes, of models b and c",
        "0, 1, as in the data: model d names no classes",
    )


def test_classes_that_no_label_is_are_said() -> None:
    found = result(
        model("m", "name", ["negative", "neutral", "positive"]), labels=[NUMBERS[0], label("p", 2)]
    )
    assert label_lines(found) == ("model m has classes that are no label of the data: neutral",)


@pytest.mark.parametrize(
    ("labels", "clean", "said"),
    [
        (NUMBERS, 0.4, True),
        (NUMBERS, 0.5, False),
        ([label("0", 0, examples=80), label("1", 1, examples=20)], 0.79, True),
        ([label("0", 0, examples=80), label("1", 1, examples=20)], 0.8, False),
        ([label("Pos", 1, examples=30), label("pos", 1, examples=30), label("n", 0, examples=40)], 0.5, True),
        ([label("0", 0, examples=100), label("1", 1, examples=0)], 0.1, False),
        ([], 0.1, False),
    ],
)
def test_a_model_that_is_worse_than_one_answer_for_all_may_have_its_labels_swapped(
    labels: list[dict[str, Any]], clean: float, said: bool
) -> None:
    lines = list(label_warnings(result(model("m", "name", SENTIMENTS), labels=labels, clean=clean)))
    assert bool(lines) == said
    assert all(line.startswith("labels may be swapped: clean accuracy of model m is") for line in lines)


def test_runs_from_before_labels_were_kept_have_no_line() -> None:
    assert label_lines(RESULT) == ()


def test_every_report_has_the_lines_and_none_obeys_them() -> None:
    hostile = result(model("m", "position", ["<b>\x1b[2J`", "positive"]), labels=NUMBERS, clean=0.1)
    markdown = markdown_report(Report(run=unread(Path("run")), result=hostile)).decode()
    assert "- Labels: `0` → `` <b><U+001B>[2J` ``, `1` → `positive`" in markdown
    assert "- Labels may be swapped: clean accuracy of model `m` is 10.0%, and" in markdown
    for text, name in ((printed(hostile, width=200), "<b><U+001B>[2J`"), (inline(hostile), "&lt;U+001B&gt;")):
        assert name in text
        assert "abels may be swapped: clean accuracy of model m is 10.0%, and" in text
        assert "\x1b" not in text


def test_the_baseline_is_named_on_its_own_data_alone() -> None:
    own = {**PLAN, "data": {**PLAN["data"], "name": "mine.csv"}}
    assert "TF-IDF" in printed(RESULT, width=120)
    assert "TF-IDF" not in printed(replace(RESULT, plan=own), width=120)
