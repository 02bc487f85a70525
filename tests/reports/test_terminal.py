from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from results import CHANGED, FEW, NOTHING, PLAN, RESULT, UNSURE
from robustaudit.reports.terminal import render
from robustaudit.runs.result import FlipCount, Result, Slice
from robustaudit.statistics.measures import Estimate, Measures

GOLDEN = Path(__file__).parents[1] / "golden"


def printed(
    result: Result, *, width: int, color: bool = False, verbose: bool = False, brief: bool = False
) -> str:
    console = Console(
        width=width, force_terminal=color, color_system="standard" if color else None, markup=False
    )
    with console.capture() as captured:
        console.print(render(result, width=width, verbose=verbose, brief=brief))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("verbose", [False, True])
def test_the_tables_are_as_they_were(width: int, verbose: bool, request: pytest.FixtureRequest) -> None:
    """`pytest --regenerate` writes the golden files anew, to be read before they are committed."""
    golden = GOLDEN / f"terminal-{'verbose-' * verbose}{width}.txt"
    text = printed(RESULT, width=width, verbose=verbose)
    if request.config.getoption("--regenerate"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 160])
def test_the_brief_table_is_as_it_was(width: int, request: pytest.FixtureRequest) -> None:
    golden = GOLDEN / f"terminal-brief-{width}.txt"
    many = [{**PLAN["models"][1], "name": f"sklearn:my models/number {number}.skops"} for number in range(6)]
    named = [model["name"] for model in many]
    rows = tuple(replace(row, model=name) for name in named for row in (CHANGED, UNSURE, FEW, NOTHING))
    text = printed(replace(RESULT, plan={**PLAN, "models": many}, rows=rows), width=width, brief=True)
    if request.config.getoption("--regenerate"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= width


def test_the_baseline_stands_beside_models_that_are_known_on_its_data_alone() -> None:
    other = {**PLAN, "models": [PLAN["models"][1]]}
    assert "TF-IDF" not in printed(replace(RESULT, plan=other), width=80)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_cut(width: int) -> None:
    assert max(map(len, printed(RESULT, width=width, verbose=True).splitlines())) <= width
    assert max(map(len, printed(RESULT, width=width).splitlines())) <= width
    text = printed(RESULT, width=width, verbose=True)
    for figure in ("81.0", "71.0", "10.0", "[3.4, 16.6]", "100/100", "12/100", "0/100", "(12 examples)"):
        assert figure in text


def test_a_row_in_which_nothing_changed_says_so_and_shows_no_accuracy() -> None:
    text = printed(Result(PLAN, (NOTHING,), 1.0), width=80)
    assert "not applicable" in text
    assert "81.0" not in text


def test_little_is_said_in_words_and_never_called_certain() -> None:
    assert FEW.p_adjusted is not None
    assert FEW.significance is None
    assert "10.0?" in printed(Result(PLAN, (FEW,), 1.0), width=80)
    assert "(12 examples)" in printed(Result(PLAN, (FEW,), 1.0), width=80, verbose=True)
    assert "too few (12 examples)" in printed(Result(PLAN, (FEW,), 1.0), width=160, verbose=True)
    assert "n.s. " not in printed(Result(PLAN, (FEW,), 1.0), width=160)
    assert "?: a conclusion needs at least 20 changed examples." in printed(
        Result(PLAN, (FEW,), 1.0), width=160
    )
    assert "fewer than" not in printed(Result(PLAN, (CHANGED,), 1.0), width=160)


def test_trials_without_an_answer_are_counted_wherever_drops_are() -> None:
    result = Result(PLAN, (replace(CHANGED, skipped=3), replace(FEW, skipped=1)), 1.0)
    said = "4 trials skipped, as a model gave no prediction; they are in no figure."
    for brief in (True, False):
        assert said in printed(result, width=100, brief=brief)
    assert "3 skipped" in printed(result, width=80)
    assert "3 skipped" in printed(result, width=80, verbose=True)
    assert "skipped" not in printed(RESULT, width=80)


def test_what_is_certain_is_said_in_words() -> None:
    for verbose, sure, unsure in ((True, " significant ", " n.s. "), (False, "10.0* ", "10.0  [")):
        assert sure in printed(Result(PLAN, (CHANGED,), 1.0), width=160, verbose=verbose)
        assert unsure not in printed(Result(PLAN, (CHANGED,), 1.0), width=160, verbose=verbose)
        assert unsure in printed(Result(PLAN, (UNSURE,), 1.0), width=160, verbose=verbose)


def test_an_interval_above_zero_beside_no_significance_is_explained_once() -> None:
    lone = "A CI above 0 is not always significant"
    assert printed(RESULT, width=160, verbose=True).count(lone) == 1
    assert lone not in printed(Result(PLAN, (CHANGED,), 1.0), width=160)


def with_classes(*names: str) -> Result:
    """A result on data with those classes, whose predictions flipped from each to the next."""
    number = len(names)
    flips = tuple(FlipCount(place, (place + 1) % number, 10 + place) for place in range(number))
    kept = tuple(FlipCount(place, place, 100) for place in range(number))
    labels = [
        {"written": str(place), "name": name, "number": place, "examples": 50, "values": []}
        for place, name in enumerate(names)
    ]
    slices = tuple(
        replace(
            CHANGED, slice=Slice("true label", names[place]), on_changed=Measures(drop=Estimate(place / 100))
        )
        for place in range(number)
    )
    models = [{**PLAN["models"][0], "labels": names, "labels_matched_by": "name"}]
    row = replace(CHANGED, flip_matrix=(*kept, *flips))
    return Result(
        {**PLAN, "labels": labels, "models": models, "class_names": names}, (row,), 1.0, slices=slices
    )


def test_drops_by_true_class_and_which_class_becomes_which_are_always_there() -> None:
    text = printed(with_classes("negative", "positive"), width=80)
    assert "Drop by true class" in text
    assert "positive → negative" in text
    assert "9.9% of 111" in text
    assert "predicted positive → negative" in text  # of the example


def test_a_head_of_the_class_table_is_cut_only_where_there_is_no_room() -> None:
    found = with_classes("negative", "positive")
    names = {"name": "sentiment-of-reviews"}
    found = replace(
        found,
        plan={**found.plan, "models": [{**found.plan["models"][0], **names}]},
        slices=tuple(replace(row, model="sentiment-of-reviews") for row in found.slices),
    )
    table = printed(found, width=80)
    assert "model sentiment-of-reviews" in table[table.index("Drop by true class") :]


def test_no_example_is_of_a_row_without_a_drop() -> None:
    none = replace(CHANGED, attack="a", on_changed=replace(CHANGED.on_changed, drop=Estimate(0.0, -0.1, 0.1)))
    assert "Examples of the largest drops" not in printed(Result(PLAN, (none,), 1.0), width=100)
    text = printed(Result(PLAN, (none, CHANGED), 1.0), width=100)
    assert "a, model 1, 0.0 pp" not in text
    assert "qwerty, model 1, 10.0 pp" in text


@pytest.mark.parametrize("few", [True, False])
def test_the_question_mark_has_its_key_once_where_any_table_has_one(few: bool) -> None:
    found = with_classes("negative", "positive")
    slices = tuple(replace(row, examples_changed=12 if few else 100) for row in found.slices)
    other = replace(slices[0], examples_changed=12, slice=Slice("source", "web"))  # no table has that one
    short = replace(other, slice=Slice("words", "1–9"))
    for shown, keyed in ((other, few), (short, True)):
        text = printed(replace(found, slices=(*slices, shown)), width=100)
        assert text.count("? too few examples, in any table") == keyed
        assert ("?: a conclusion needs at least 20 changed examples." in text) == keyed


@pytest.mark.parametrize("width", [80, 160])
def test_drops_by_length_are_means_over_the_attacks_that_apply_to_all_lengths(width: int) -> None:
    drops = {
        ("a", "3–9"): 0.1,
        ("a", "10–40"): 0.02,
        ("b", "3–9"): 0.3,
        ("b", "10–40"): 0.0,
        ("c", "3–9"): 0.9,
    }
    slices = tuple(
        replace(CHANGED, attack=attack, slice=Slice("words", value), on_changed=Measures(drop=Estimate(drop)))
        for (attack, value), drop in drops.items()
    )
    text = printed(replace(RESULT, slices=slices), width=width)
    table = text[text.index("Drop by length of the text, pp, mean over attacks (not tested)") :].splitlines()
    assert table[1].split() == ["words", "of", "the", "text", "3–9", "10–40"]
    assert table[3].split() == ["model", "1", "20.0", "1.0"]
    assert "Drop by length" not in printed(replace(RESULT, slices=()), width=width)


def test_of_many_classes_the_worst_are_shown() -> None:
    text = printed(with_classes(*(f"topic {number}" for number in range(20))), width=80)
    assert "4 of 20 classes" in text
    assert "topic 19" in text
    assert text.count("→ topic") == 6
    assert max(map(len, text.splitlines())) <= 80


def test_examples_are_of_the_three_worst_rows_and_of_different_attacks() -> None:
    rows = [
        replace(CHANGED, model=model, attack=attack, on_changed=Measures(drop=Estimate(drop, drop, drop)))
        for model in ("1", "mine")
        for attack, drop in (("a", 0.3), ("b", 0.2), ("c", 0.1), ("d", 0.05))
    ]
    text = printed(Result(PLAN, tuple(rows), 1.0), width=100)
    shown = [line for line in text.splitlines() if "pp: predicted" in line]
    assert [line.split(",")[0] for line in shown] == ["a", "b", "c"]


def test_a_longer_bar_is_a_larger_drop_and_none_is_none() -> None:
    rows = [
        replace(CHANGED, attack=name, on_changed=Measures(drop=Estimate(drop, drop, drop)))
        for name, drop in (("a", 0.4), ("b", 0.2), ("c", 0.0), ("d", -0.2))
    ]
    lines = printed(Result(PLAN, tuple(rows), 1.0), width=160, brief=True).splitlines()
    bars = {line.split()[0]: line.count("█") for line in lines if "█" in line}
    assert bars == {"a": 16, "b": 8}


def test_a_run_without_findings_says_so_with_the_largest_drop() -> None:
    text = printed(replace(RESULT, findings=()), width=160)
    assert (
        "No drop, and no difference between true classes or models, is significant: the largest drop measured"
        in text
    )
    assert "may be chance." in " ".join(text.split())
    assert "more trials" not in text  # the last lines say what these would do


def test_all_findings_are_in_the_verbose_report_and_three_at_most_elsewhere() -> None:
    assert printed(RESULT, width=160).count("•") == 3
    assert printed(RESULT, width=160, verbose=True).count("•") == 4


def test_exploratory_slices_are_called_so() -> None:
    text = printed(RESULT, width=80, verbose=True)
    assert "(exploratory)" in text
    assert "(declared)" in text
    assert "slice" not in printed(RESULT, width=80)


def test_what_a_slice_is_called_cannot_command_the_terminal() -> None:
    hostile = Slice("so\x1b[31mrce", "we\u202eb\n")
    rows = tuple(replace(CHANGED, slice=hostile, example_trial=None, model=model) for model in ("1", "mine"))
    text = printed(replace(RESULT, slices=rows), width=80, verbose=True)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<U+202E>" in text


def test_what_a_card_says_cannot_command_the_terminal() -> None:
    accuracy = {"test": 0.8, "data": "rev\x1b]0;x\x07\u202e"}
    model = {"name": "1", "title": "T", "accuracy": accuracy}
    data = {**PLAN["data"], "name": accuracy["data"]}
    plan = {**PLAN, "data": data, "models": [model], "tfidf_baseline": {**model, "title": "T\x1b[31mRED"}}
    text = printed(Result(plan, (CHANGED,), 1.0), width=160)
    assert "T<U+001B>[31mRED, test accuracy 80.0% (rev<U+001B>]0;x<U+0007><U+202E>)" in text
    assert text.count("rev<U+001B>") == 2
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_of_one_example_the_interval_says_what_it_speaks_of() -> None:
    alone = replace(CHANGED, examples=1, examples_changed=1, groups_changed=1, interval_unit="draw")
    assert "each figure is about further draws of this text, not about other texts" in printed(
        Result(PLAN, (alone,), 1.0), width=160
    )


def test_without_an_interval_there_is_none_made_up() -> None:
    row = replace(CHANGED, on_changed=replace(CHANGED.on_changed, drop=Estimate(0.1)), interval_unit=None)
    for verbose in (True, False):
        assert "no CI" in printed(Result(PLAN, (row,), 1.0), width=80, verbose=verbose)


def test_the_accuracy_of_models_and_baseline_stands_beside() -> None:
    text = printed(RESULT, width=160)
    assert "TF-IDF, test accuracy 79.0% (reviews)" in text
    assert "test accuracy 80.3% (reviews)" in text


def test_colour_only_repeats_what_words_say() -> None:
    assert "\x1b[" in printed(RESULT, width=160, color=True)
    assert "\x1b[" not in printed(RESULT, width=160)


def test_the_full_name_of_a_model_is_told_in_verbose_alone() -> None:
    models = [{**PLAN["models"][0], "name": "prod", "uri": "hf:org/name"}, PLAN["models"][1]]
    rows = tuple(replace(row, model="prod" if row.model == "1" else row.model) for row in RESULT.rows)
    result = replace(RESULT, plan={**PLAN, "models": models}, rows=rows, slices=())
    assert "hf:org/name" not in printed(result, width=80)
    assert "models    prod: hf:org/name\n" in printed(result, width=80, verbose=True)
