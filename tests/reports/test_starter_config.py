import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gates import NO_TRIALS, by_interval, result, row
from results import FINDINGS, NOTHING, PLAN
from robustaudit.core.configuration import Configuration
from robustaudit.core.errors import UserError
from robustaudit.gate.evaluation import evaluate
from robustaudit.gate.rules import read_gate
from robustaudit.reports.starter_config import starter_config, starter_warnings
from robustaudit.runs.result import Result, Row, Slice
from robustaudit.statistics.measures import Estimate, Measures

DROP = Estimate(0.081, 0.055, 0.107)
FOUND = result(
    [
        row(Estimate(0.02, 0.01, 0.03), model="1", attack="qwerty"),
        row(DROP, model="7", attack="qwerty"),
        row(DROP, model="1", attack="homoglyph"),
        row(DROP, model="1", attack="contract", examples=12),
    ]
)


def read(found: Result, tmp_path) -> Configuration:
    return Configuration(tmp_path / "robustaudit.toml", "", tomllib.loads(starter_config(found)))


def drop_rules(found: Result, tmp_path) -> list[dict[str, Any]]:
    """The rules for drops; one for the least accuracy follows them."""
    return [each for each in read(found, tmp_path).tables["gate"]["rule"] if "max_drop" in each]


def test_it_has_room_above_the_worst_upper_bound_and_says_what_was_measured(tmp_path) -> None:
    assert [(each["attacks"], each["max_drop"]) for each in drop_rules(FOUND, tmp_path)] == [
        (["qwerty"], 0.14),
        (["homoglyph"], 0.14),
    ]
    assert "# Measured: drop 8.1 pp, 95% CI [5.5, 10.7], model 7.\n" in starter_config(FOUND)


def test_of_few_examples_the_rule_is_a_comment() -> None:
    assert '# [[gate.rule]]\n# attacks = [\n#     "contract",\n# ]\n# max_drop = 0.1\n' in starter_config(
        FOUND
    )


def test_the_run_it_is_made_of_keeps_its_rules(tmp_path) -> None:
    gate = read_gate(read(FOUND, tmp_path))
    assert evaluate(FOUND, NO_TRIALS, gate.rules, evidence=by_interval).outcome == "passed"


def test_it_asks_for_the_same_slices(tmp_path) -> None:
    sliced = replace(FOUND, plan={**FOUND.plan, "slices": ["language"]})
    assert read(sliced, tmp_path).tables["run"]["slices"] == ["language"]


def test_a_run_until_decided_has_no_intervals_to_start_from() -> None:
    decided = replace(FOUND, plan={**FOUND.plan, "until_decided": {"max_drop": 0.05}})
    with pytest.raises(UserError, match="which a sequential test does not have"):
        starter_config(decided)


def test_it_repeats_the_run(tmp_path) -> None:
    run = read(FOUND, tmp_path).tables["run"]
    assert run == {
        "data": "reviews",
        "models": ["1", "7"],
        "attacks": ["qwerty", "homoglyph", "contract"],
        "trials": 100,
        "seed": 0,
    }


def test_it_reads_the_data_as_the_run_did(tmp_path) -> None:
    reading = {
        "text_column": "--format",
        "label_map": "0=positive,1=negative",
        "max_examples": 50,
        "data_format": "csv",
        "columns": "text,label",
        "max_data_mb": 9,
        "no_quotes": True,
        "escaped": True,
    }
    data = {"name": "my.csv", "path": "d/my.csv", "reading": reading}
    plan = {"data": data, "segmentation": "icu 78.1", "baseline_model": "1", "slices": ["source"]}
    run = read(replace(FOUND, plan={**FOUND.plan, **plan}), tmp_path).tables["run"]
    assert {
        key: run[key] for key in run if key not in ("models", "attacks", "trials", "examples", "seed")
    } == {
        "data": "d/my.csv",
        **reading,
        "slices": ["source"],
        "segmentation": "icu",
        "baseline_model": "1",
    }


def test_data_without_a_name_is_left_to_be_given(tmp_path) -> None:
    found = replace(FOUND, plan={**FOUND.plan, "data": {"name": "stdin", "path": None, "reading": {}}})
    assert "data" not in read(found, tmp_path).tables["run"]
    assert "# The data of the run has no name to write here: set data.\n" in starter_config(found)


def test_data_beside_or_below_the_file_is_named_as_from_there(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path, folder, named in (
        (str(tmp_path / "d" / "my.csv"), Path(), "d/my.csv"),
        ("d/my.csv", tmp_path / "d", "my.csv"),
        ("my.csv", Path("d"), str(tmp_path / "my.csv")),
    ):
        found = replace(FOUND, plan={**FOUND.plan, "data": {"name": "my.csv", "path": path, "reading": {}}})
        assert tomllib.loads(starter_config(found, folder))["run"]["data"] == named
        warned = f"another machine lacks {named}: give paths from the file's folder"
        assert (warned in starter_warnings(found, folder)) == Path(named).is_absolute()


def test_a_model_in_memory_is_left_to_be_given(tmp_path) -> None:
    one, other = FOUND.plan["models"]
    plan = {**FOUND.plan, "models": [one, {**other, "uri": None}], "baseline_model": "7"}
    run = read(replace(FOUND, plan=plan), tmp_path).tables["run"]
    assert (run["models"], "baseline_model" in run) == (["1"], False)
    told = "# Models in memory have no name to write here: 7.\n"
    assert told in starter_config(replace(FOUND, plan=plan))
    alone = {**FOUND.plan, "models": [{**other, "uri": None}]}
    assert "models" not in read(replace(FOUND, plan=alone), tmp_path).tables["run"]


def test_the_head_says_what_models_that_need_consent_need_on_another_machine() -> None:
    one, other = FOUND.plan["models"]
    asking = {**FOUND.plan, "models": [one, {**other, "uri": "py:mine.py:judge"}]}
    assert "#     robustaudit run --gate --trust-models\n" in starter_config(replace(FOUND, plan=asking))
    assert "--trust-models" not in starter_config(FOUND)


def test_an_attack_that_changed_no_text_is_a_comment(tmp_path) -> None:
    found = result([*FOUND.rows, NOTHING])
    assert [each["attacks"] for each in drop_rules(found, tmp_path)] == [
        ["qwerty"],
        ["homoglyph"],
    ]
    assert "# No trial changed its text.\n# [[gate.rule]]\n" in starter_config(
        result([row(DROP, attack="qwerty"), NOTHING])
    )


def test_a_threshold_far_above_the_drop_says_how_many_trials_would_bring_it_near() -> None:
    """An interval narrows with the square root: a threshold 38 pp above needs 3.8² times the trials."""
    lax = starter_config(result([row(Estimate(0.11, -0.08, 0.3), attack="qwerty")]))
    assert "max_drop = 0.49\n" in lax
    assert (
        "# 100 trials are too few for a useful threshold: this one lies 38.0 pp above the drop.\n"
        "# About 1,500 trials would bring it within 10 pp of the drop: audit that many, then init.\n"
    ) in lax
    assert "too few for a useful threshold" not in starter_config(FOUND)
    small = result([row(Estimate(0.11, -0.08, 0.3), attack="qwerty")])
    small = replace(small, plan={**small.plan, "data": {**small.plan["data"], "examples": 1_305}})
    assert "# Even all 1,305 examples of the data would not bring it within 10 pp" in starter_config(small)


def test_an_attack_with_a_rate_of_the_run_is_named_with_it() -> None:
    found = result([row(DROP, attack="qwerty")])
    attacks = [{"name": "qwerty", "expression": "qwerty@0.1"}]
    slower = Result({**found.plan, "attacks": attacks}, found.rows, 1.0)
    assert 'attacks = [\n    "qwerty@0.1",\n]' in starter_config(slower)


def test_hostile_names_stay_strings_and_comments(tmp_path) -> None:
    hostile = 'a"]\nmax_drop = 1\n[run]\x7f\u2028'
    found = result([row(DROP, model=hostile, attack="qwerty")])
    tables = read(found, tmp_path).tables
    assert tables["run"]["models"] == [hostile]
    assert [each["max_drop"] for each in drop_rules(found, tmp_path)] == [0.14]


def test_a_run_of_too_little_gives_no_thresholds() -> None:
    with pytest.raises(UserError, match="thresholds need 20 changed examples under an attack"):
        starter_config(result([row(DROP, examples=12)]))


def test_the_class_of_a_finding_has_a_rule(tmp_path) -> None:
    part = row(DROP, model="7", attack="qwerty", slice=Slice("true label", "positive"))
    found = replace(FOUND, plan={**FOUND.plan, "class_names": PLAN["class_names"]}, slices=(part,))
    found = replace(found, findings=FINDINGS[:1])
    *_, rule = drop_rules(found, tmp_path)
    assert rule == {"attacks": ["qwerty"], "slices": ["true label=positive"], "max_drop": 0.14}
    assert "# For the finding that under qwerty, model 1 takes positive texts for negative: " in (
        starter_config(found)
    )
    gate = read_gate(read(found, tmp_path))
    assert evaluate(found, NO_TRIALS, gate.rules, evidence=by_interval).outcome == "passed"
    assert len(drop_rules(replace(found, findings=()), tmp_path)) == 2


def test_each_class_that_loses_has_rules_for_its_attacks_or_else_one_for_all(tmp_path) -> None:
    parts = [
        row(DROP, model="7", attack=attack, slice=Slice("true label", name))
        for attack in ("qwerty", "homoglyph")
        for name in ("positive", "negative")
    ]
    positive, small = FINDINGS[0].compared
    gains = replace(FINDINGS[0], attack="homoglyph", compared=(replace(small, name="positive"), small))
    negative = replace(FINDINGS[0], attack="homoglyph", compared=(replace(positive, name="negative"), small))
    everywhere = [replace(each, attack=None) for each in (FINDINGS[0], negative)]
    found = replace(FOUND, slices=tuple(parts), findings=(everywhere[1], FINDINGS[0], gains, everywhere[0]))
    *_, one, other = drop_rules(found, tmp_path)
    assert one == {"slices": ["true label=negative"], "max_drop": 0.14}
    assert other == {"attacks": ["qwerty"], "slices": ["true label=positive"], "max_drop": 0.14}
    assert len(drop_rules(replace(found, findings=(FINDINGS[0], negative, *everywhere)), tmp_path)) == 4


def guessed(clean: Estimate, *, model: str) -> Row:
    """A row of a model that loses nothing."""
    figures = Measures(drop=Estimate(0.0, -0.03, 0.03), clean_accuracy=clean, perturbed_accuracy=clean)
    return replace(row(DROP, model=model, attack="qwerty"), on_changed=figures, on_all=figures)


def of_two_classes(*rows: Row) -> Result:
    """On examples of which 52% are of one class."""
    labels = [
        {"number": number, "written": str(number), "name": None, "values": [], "examples": examples}
        for number, examples in enumerate((48, 52))
    ]
    found = result(rows)
    return replace(found, plan={**found.plan, "labels": labels})


def test_a_model_that_only_guesses_does_not_pass_though_it_loses_nothing(tmp_path) -> None:
    good, guess = (Estimate(value, value - 0.05, value + 0.05) for value in (0.8, 0.5))
    found = of_two_classes(guessed(good, model="1"), guessed(guess, model="7"))
    gate = read_gate(read(found, tmp_path))
    assert [(each.selection.models, each.threshold) for each in gate.rules if each.is_least] == [
        (("1",), 0.7),
        (("7",), 0.52),
    ]
    verdict = evaluate(found, NO_TRIALS, gate.rules, evidence=by_interval)
    assert [each.outcome for each in verdict.checks if each.rule.is_least] == ["passed", "inconclusive"]
    (warning,) = starter_warnings(found)
    assert warning.startswith("model 7 is not significantly better than always predicting the most frequent")
    alone = of_two_classes(guessed(good, model="1"), guessed(Estimate(0.7, 0.65, 0.75), model="7"))
    (least,) = (each for each in read_gate(read(alone, tmp_path)).rules if each.is_least)
    assert (least.selection.models, least.selection.attacks, least.threshold) == ((), ("qwerty",), 0.6)
    assert not list(starter_warnings(alone))


def test_thresholds_that_are_too_lax_are_said_with_one_number_of_trials() -> None:
    widths = {"qwerty": 0.03, "insert": 0.1, "delete": 0.19}
    rows = [row(Estimate(0.11, 0.11 - width, 0.11 + width), attack=name) for name, width in widths.items()]
    (warning,) = starter_warnings(result(rows))
    assert warning == (
        "thresholds too far above the drop to be of use: 2 of 3, most of all for delete, by 38.0 pp; about "
        "1,500 trials would bring them within 10 pp of the drop: audit that many, then init"
    )
    assert starter_config(result(rows)).count("About 1,500 trials would bring") == 2
