"""Notes that every report has: repeat checks, skipped trials, how labels and data were read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeSource
from gates import result, row
from printed import printed
from results import CHANGED, PLAN, RESULT, planned_model, unread
from robustaudit.attacks import parse_attack
from robustaudit.datasets import load
from robustaudit.reports.comparison_report import render_contrasts
from robustaudit.reports.markdown import markdown_report
from robustaudit.reports.notes import (
    in_use_lines,
    label_lines,
    label_warnings,
    repeat_check_lines,
    skipped_counts,
    skipped_lines,
    strength_lines,
    truncation_lines,
)
from robustaudit.reports.page.document import inline
from robustaudit.reports.report import Report
from robustaudit.reports.terminal import render
from robustaudit.reports.text import code
from robustaudit.runs.comparison import compare
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.result import RepeatCheck, Result, Slice, Truncation
from robustaudit.runs.stored_run import models_to_compare, read_run
from robustaudit.statistics.measures import Estimate
from unsteady import Dice

STEADY = RepeatCheck(
    model="a", texts=20, difference=0.0, batch_dependence="none", batch_difference=0.0, calls=32
)
WITHOUT_PROBABILITIES = replace(STEADY, model="b", difference=None, batch_difference=None)


def checked(*retests: RepeatCheck, examples: int = 100) -> Result:
    return replace(RESULT, retests=retests, plan={**RESULT.plan, "examples": examples})


@pytest.mark.parametrize(
    ("retests", "lines"),
    [
        ([STEADY], ["Repeat check: same prediction for all 20 clean texts."]),
        (
            [STEADY, replace(STEADY, model="c", texts=3), replace(STEADY, model="d")],
            ["Repeat check: same prediction for 3 to 20 clean texts of models a, c and d."],
        ),
        (
            [STEADY, WITHOUT_PROBABILITIES],
            [
                "Repeat check: same prediction for all 20 clean texts of model a.",
                (
                    "Repeat check: same prediction for all 20 clean texts of model b; "
                    "without the probabilities of all classes (the score of a top label alone is not used), "
                    "noise of up to 14% may be hidden."
                ),
            ],
        ),
        ([RepeatCheck(model="a")], ["Repeat check: no clean text of model a was queried twice."]),
        (
            [replace(STEADY, batch_dependence="found", batch_difference=0.5)],
            [
                "Repeat check: same prediction for all 20 clean texts.",
                (
                    "Predictions of model a depend on the batch: they differ by up to 0.5 between batches, "
                    "and so may its figures; batch size 1 queries each text alone."
                ),
            ],
        ),
        (
            [replace(WITHOUT_PROBABILITIES, differed=2, noise=Estimate(0.041, 0.012, 0.09))],
            [
                (
                    "Model b gives different predictions for the same text: "
                    "4.1% [1.2, 9.0] of clean texts change class."
                )
            ],
        ),
        ([], []),
    ],
    ids=["one", "several", "labels", "none", "company", "noise", "an older run"],
)
def test_every_report_says_what_came_of_asking_again(retests: list[RepeatCheck], lines: list[str]) -> None:
    assert list(repeat_check_lines(checked(*retests))) == lines


def test_one_text_is_called_one() -> None:
    assert list(repeat_check_lines(checked(STEADY, examples=1))) == [
        "Repeat check: same prediction for the clean text."
    ]


def test_a_name_obeys_nothing() -> None:
    name = "x`|\u202e"
    (line,) = repeat_check_lines(checked(replace(WITHOUT_PROBABILITIES, model=name, differed=1)), named=code)
    assert line.startswith(f"Model {code(name)} gives different predictions for the same text")
    assert "\u202e" not in line


def test_a_comparison_says_which_of_its_models_contradicts_itself(tmp_path: Path) -> None:
    sources = [FakeSource("steady"), FakeSource("dice", make=Dice, digest="d2")]
    execute_plan(make_plan(load("tiny"), sources, [parse_attack("qwerty")], trials=260), tmp_path)
    pairs = models_to_compare([read_run(tmp_path)])
    text = " ".join(printed(render_contrasts(pairs, compare(pairs)), width=200).split())
    assert "Model dice gives different predictions for the same text: " in text
    assert "Model steady gives" not in text


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
    return planned_model(name, title="t", labels=labels, labels_matched_by=matched_by)


def labelled(*models: dict[str, Any], labels: list[dict[str, Any]], clean: float = 0.9) -> Result:
    measures = replace(CHANGED.on_all, clean_accuracy=Estimate(clean))
    rows = tuple(replace(CHANGED, model=each["name"], on_all=measures) for each in models)
    return replace(RESULT, plan={**PLAN, "models": list(models), "labels": labels}, rows=rows)


NUMBERS = [label("0", 0), label("1", 1)]


def terminal(found: Result, *, width: int, verbose: bool = False) -> str:
    return printed(render(found, width=width, verbose=verbose), width=width)


def test_names_need_no_word_and_positions_have_their_mapping() -> None:
    assert label_lines(labelled(model("m", "name", SENTIMENTS), labels=NUMBERS)) == ()
    assert label_lines(labelled(model("m", "position", SENTIMENTS), labels=NUMBERS)) == (
        "0 → negative; 1 → positive",
    )
    named = [label("0", 0, name="neg"), label("1", 1, name="pos")]
    assert label_lines(labelled(model("m", "position", SENTIMENTS), labels=named)) == (
        "0 neg → negative; 1 pos → positive",
    )


def test_labels_that_were_mapped_are_told_as_the_data_has_them() -> None:
    models = [model("a", "position", SENTIMENTS), model("b", "data", ["0", "1"])]
    swapped = [label("0", 0, values=["1"]), label("1", 1, values=["0", "good\x1b"])]
    assert label_lines(labelled(*models, labels=swapped)) == (
        "1 → negative; 0, good<U+001B> → positive, of model a",
        "1 → 0; 0, good<U+001B> → 1, by the label map: model b does not list all classes",
    )
    same = [label("0", 0, values=["0"]), label("1", 1, values=["1"])]
    assert label_lines(labelled(models[1], labels=same)) == (
        "0, 1, as in the data: model b does not list all classes",
    )


def test_a_label_of_which_no_text_was_changed_is_missed_in_macro_f1() -> None:
    """Where rows have texts of other labels, their macro F1 is not one figure."""
    known = [label("0", 0), label("1", 1), label("2", 2, examples=0)]
    found = labelled(model("m", "name", ["a", "b", "c"]), labels=known)
    rows = (replace(CHANGED, model="m"), replace(CHANGED, model="m", attack="contract\x1b"))
    parts = ((rows[0], "0"), (rows[0], "1"), (rows[1], "0"))
    slices = tuple(replace(row, slice=Slice("true label", value)) for row, value in parts)
    said = "Macro F1 is over the labels that changed texts have: "
    text = terminal(replace(found, rows=rows, slices=slices), width=160, verbose=True)
    assert f"{said}2 of 3 under qwerty, 1 of 3 under contract<U+001B>." in text
    both = {**found.plan, "labels": known[:2]}
    text = terminal(replace(found, plan=both, rows=rows[:1], slices=slices[:2]), width=160, verbose=True)
    assert said not in text
    alone = {**found.plan, "labels": [label("0", 0), label("1", 1, examples=0)]}
    text = terminal(replace(found, plan=alone, rows=rows[:1], slices=()), width=160, verbose=True)
    assert f"{said}1 of 2 under qwerty." in text


def test_models_that_differ_are_named() -> None:
    models = [
        model("a", "position", SENTIMENTS),
        model("b", "position", ["no", "yes"]),
        model("c", "position", ["no", "yes"]),
        model("d", "data", ["0", "1"]),
        model("e", "name", ["0", "1"]),
    ]
    assert label_lines(labelled(*models, labels=NUMBERS)) == (
        "0 → negative; 1 → positive, of model a",
        "0 → no; 1 → yes, of models b and c",
        "0, 1, as in the data: model d does not list all classes",
    )


def test_classes_that_no_label_is_are_said() -> None:
    found = labelled(
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
    lines = list(label_warnings(labelled(model("m", "name", SENTIMENTS), labels=labels, clean=clean)))
    assert bool(lines) == said
    assert all(line.startswith("labels may be swapped: clean accuracy of model m is") for line in lines)


GUESSING = ", not significantly better than always predicting the most frequent class (56.0%)"


@pytest.mark.parametrize(
    ("clean", "examples", "said"),
    [
        (Estimate(0.56, 0.46, 0.65), 100, True),
        (Estimate(0.64, 0.56, 0.72), 100, True),
        (Estimate(0.66, 0.565, 0.75), 100, False),
        (Estimate(1.0, 0.5, 1.0), 19, False),
        (Estimate(0.6), 100, False),
        (Estimate(0.4, 0.3, 0.5), 100, False),
    ],
    ids=["a tie", "on the bound", "better", "too few to tell", "no interval", "worse: swapped"],
)
def test_a_model_that_is_not_shown_to_beat_one_answer_for_all_is_named_first_in_every_report(
    clean: Estimate, examples: int, said: bool
) -> None:
    labels = [label("0", 0, examples=56), label("1", 1, examples=44)]
    found = labelled(model("m", "name", SENTIMENTS), labels=labels)
    rows = tuple(replace(row, on_all=replace(row.on_all, clean_accuracy=clean)) for row in found.rows)
    found = replace(found, rows=rows, plan={**found.plan, "examples": examples})
    text = " ".join(terminal(found, width=160).split())
    page = inline(found)
    for shown in (text, page, markdown_report(Report(run=unread(Path("run")), result=found)).decode()):
        assert (GUESSING in shown) == said
    if said:
        assert text.index(GUESSING) < text.index("Findings")


def test_texts_that_a_model_does_not_read_to_their_end_are_in_every_report() -> None:
    cut = replace(STEADY, model="a`", truncation=Truncation(1_305, 12, 512))
    found = checked(cut, replace(STEADY, truncation=Truncation(1_305, 0, 128)))
    line = (
        "Model a` reads at most 512 tokens of a text: 12 of 1,305 texts are longer; "
        "what follows is not read, and edits there change no prediction."
    )
    assert list(truncation_lines(found)) == [line]
    assert line in " ".join(terminal(found, width=80).split())
    assert line in inline(found)
    markdown = markdown_report(Report(run=unread(Path("run")), result=found)).decode()
    assert line.replace("a`", "`` a` ``") in markdown
    assert found.as_json()["retests"][0]["truncation"] == {"texts": 1305, "truncated": 12, "max_tokens": 512}
    one = checked(replace(STEADY, truncation=Truncation(1, 1, 512)))
    assert "1 of 1 text is longer; what" in next(truncation_lines(one))


@pytest.mark.parametrize(
    ("expressions", "words"),
    [
        (["delete@0.3", "contract@0.3, qwerty@0.3"], "30% of the words of a text, at least one (rate 0.3)"),
        (
            ["delete@0.125", 'qwerty@1 & keep("@0.9")'],
            "12.5% to 100% of the words of a text, at least one (rate 0.125 to 1.0)",
        ),
    ],
)
def test_every_report_says_how_many_edits_attacks_make(expressions: list[str], words: str) -> None:
    attacks = [
        {**RESULT.plan["attacks"][0], "rates": list(parse_attack(expression).attack.rates())}
        for expression in expressions
    ]
    found = replace(RESULT, plan={**RESULT.plan, "attacks": attacks})
    assert f"as many edits as {words}" in " ".join(terminal(found, width=160).split())
    sentence = f"Attacks make as many edits as {words}."
    assert sentence in markdown_report(Report(run=unread(Path("run")), result=found)).decode()
    assert sentence in inline(found)


def test_attacks_without_a_rate_have_no_word_of_how_many_edits_they_make() -> None:
    attacks = [{**RESULT.plan["attacks"][0], "rates": []}]
    assert strength_lines(replace(RESULT, plan={**RESULT.plan, "attacks": attacks})) == ()


def test_a_label_map_is_in_every_report_where_it_made_names_of_classes() -> None:
    labels = [label("negative", 0, values=["2", "1"]), label("positive", 1, values=["10", "9"])]
    found = labelled(model("m", "name", SENTIMENTS), labels=labels)
    line = "1, 2 → negative; 9, 10 → positive, by the label map"
    assert label_lines(found) == (line,)
    assert line in terminal(found, width=120)
    assert line in inline(found)
    assert "`1`, `2` → `negative`" in markdown_report(Report(run=unread(Path("run")), result=found)).decode()


def test_runs_from_before_labels_were_kept_have_no_line() -> None:
    assert label_lines(RESULT) == ()


def test_every_report_has_the_lines_and_none_obeys_them() -> None:
    hostile = labelled(model("m", "position", ["<b>\x1b[2J`", "positive"]), labels=NUMBERS, clean=0.1)
    markdown = markdown_report(Report(run=unread(Path("run")), result=hostile)).decode()
    assert "- Labels: `0` → `` <b><U+001B>[2J` ``; `1` → `positive`" in markdown
    assert "- Labels may be swapped: clean accuracy of model `m` is 10.0%, and" in markdown
    for text, name in (
        (terminal(hostile, width=200), "<b><U+001B>[2J`"),
        (inline(hostile), "&lt;U+001B&gt;"),
    ):
        assert name in text
        assert "abels may be swapped: clean accuracy of model m is 10.0%, and" in text
        assert "\x1b" not in text


def test_the_baseline_is_named_on_its_own_data_alone() -> None:
    own = {**PLAN, "data": {**PLAN["data"], "name": "mine.csv"}}
    assert "TF-IDF" in terminal(RESULT, width=120)
    assert "TF-IDF" not in terminal(replace(RESULT, plan=own), width=120)


def test_what_is_skipped_is_said_once_and_what_a_perturbation_took_by_attack() -> None:
    some = replace(row(None, attack="qwerty"), trials=1000, skipped=1500, no_prediction=1200)
    others = replace(row(None, attack="`delete`\x1b"), trials=50, skipped=3, no_prediction=1)
    found = result([some, others, replace(row(None, attack="swap"), skipped=2)])
    told = (
        f"Model {some.model} gave a prediction for the clean text but not for the perturbed one in "
        "1,201 trials (its reply had none, as when it refuses): "
        "qwerty 1,200 of 1,000, `delete`<U+001B> 1 of 50."
    )
    assert list(skipped_lines(found)) == [
        "1,505 trials skipped, as a model gave no prediction; they are in no figure.",
        told,
    ]
    assert skipped_counts(some) == ("1,200 no prediction", "300 skipped")
    assert skipped_counts(found.rows[2]) == ("2 skipped",)


def test_where_all_was_answered_nothing_is_said() -> None:
    assert list(skipped_lines(result([row(None)]))) == []
    assert skipped_counts(row(None)) == ()


DATA_NOTES = ["3 of 90 rows skipped: line 5", "reading texts from column '<b>\x1b[31m`'"]
NOTED = replace(RESULT, plan={**PLAN, "data": {**PLAN["data"], "notes": DATA_NOTES}})


def test_each_report_says_what_was_said_of_the_data() -> None:
    terminal = printed(render(NOTED, width=100), width=100)
    markdown = markdown_report(Report(run=unread(Path("run")), result=NOTED)).decode()
    page = inline(NOTED)
    for text in (terminal, markdown, page):
        assert "3 of 90 rows skipped: line 5" in text
        assert "\x1b" not in text
    assert "reading texts from column '<b><U+001B>[31m`'" in terminal
    assert "- Data: ``reading texts from column '<b><U+001B>[31m`'``" in markdown
    assert "&lt;b&gt;&lt;U+001B&gt;[31m" in page
    assert "<b>&lt;" not in page


def test_where_nothing_was_said_there_is_no_word() -> None:
    assert "Data: " not in inline(replace(RESULT, plan={**PLAN, "data": {**PLAN["data"], "notes": []}}))


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("human@0.02", True),
        ('human(channel="mine.toml", checksum="0a")@0.1', True),
        ("human@0.02 + qwerty@0.3", False),
        ("human@0.02 & at_most(1)", False),
    ],
)
def test_a_drop_under_errors_of_people_is_told_in_a_million_texts(expression: str, told: bool) -> None:
    attacks = [{"name": "qwerty", "expression": expression, "rates": [0.02]}, *PLAN["attacks"][1:]]
    drop = Estimate(0.0123, -0.001, 0.03)
    shown = replace(RESULT.rows[0], on_changed=replace(RESULT.rows[0].on_changed, drop=drop))
    found = list(in_use_lines(replace(RESULT, plan={**PLAN, "attacks": attacks}, rows=(shown,))))
    line = (
        "Of a million such texts, each with the errors of qwerty, model 1 gets 12,300 more wrong than "
        "without these [-1,000, 30,000]."
    )
    assert found == ([line] if told else [])
