from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from fakes import FakeSource, InTwoForms
from printed import printed
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import ModelError
from robustaudit.core.spelling import FLAGS
from robustaudit.datasets import load
from robustaudit.gate.baseline import make_baseline
from robustaudit.gate.evaluation import evaluate
from robustaudit.gate.rules import Rule
from robustaudit.models import Classifier, Form, RelabelledModel, fastest_form, forms, in_form
from robustaudit.reports.commands import run_fields
from robustaudit.reports.comparison_report import render_contrasts
from robustaudit.reports.gate_text import reason
from robustaudit.reports.markdown import markdown_report
from robustaudit.reports.report import Report
from robustaudit.reports.terminal import render
from robustaudit.runs.comparison import compare
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.events import Event, UnitDone
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.form_check import check_form, decided, form_check_of, form_units
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.replay import changes_since, predict_again, redraw_trial
from robustaudit.runs.result import FormCheck, Result
from robustaudit.runs.stored_run import ComparedModel, open_run, read_run
from robustaudit.runs.work_units import WorkerProcesses


@pytest.fixture(autouse=True)
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of 600 perturbed texts are large enough."""
    monkeypatch.setattr("robustaudit.runs.plan_record.WORTH_A_CHECK", 600)


def plan(make: Callable[[], Classifier] = InTwoForms, *, form: Form = "bf16", **options: Any) -> Plan:
    source = FakeSource(make=make, has_bf16=True)
    attacks = [parse_attack(attack) for attack in ("qwerty", "homoglyph", "delete")]
    return make_plan(load("tiny"), [source], attacks, trials=200, form=form, **options)


def run(folder: Path, made: Plan, **options: Any) -> Result:
    return execute_plan(made, folder, **options)


def forms_asked(made: Plan) -> list[Form]:
    """The form in which the model of a plan was asked each text."""
    (source,) = made.models
    assert isinstance(source, FakeSource)
    return [form for model in source.loaded if isinstance(model, InTwoForms) for form in model.asked_in]


def predictions(folder: Path) -> list[Any]:
    columns = ["attack", "trial", "clean_probabilities", "perturbed_probabilities"]
    return pq.read_table(folder / "trials", columns=columns).sort_by("trial").to_pylist()


def test_a_form_that_agrees_is_used_and_reports_say_what_was_found(tmp_path: Path) -> None:
    made = plan()
    result = run(tmp_path, made)
    (found,) = result.forms
    assert (found.model, found.tried, found.form, found.equal) == ("fake", "bf16", "bf16", found.texts)
    assert found.texts > 300
    assert found.difference == pytest.approx(0.004)
    # The plain form was asked the texts of the check, and nothing else.
    assert forms_asked(made).count("fp32") == found.texts
    stored = open_run(tmp_path)
    assert stored.forms == {"fake": "bf16"}
    line = f"bf16 ({found.texts} of {found.texts} predictions as in fp32, probabilities within 0.004)"
    page = markdown_report(Report(run=stored, result=result)).decode()
    assert f"- Form of model `fake`: {line}." in page
    assert result.form_of("fake") == "bf16"
    assert f"form      fake: {line}\n" in printed(render(result, width=120), width=120)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (partial(InTwoForms, others="y"), "predictions as in fp32"),
        (partial(InTwoForms, off=0.06), "probabilities within 0.06"),
    ],
    ids=["class", "probability"],
)
def test_a_form_that_is_off_is_not_used_and_a_line_says_so(
    tmp_path: Path, make: Callable[[], Classifier], why: str
) -> None:
    told: list[str] = []
    result = run(tmp_path / "tried", plan(make), tell=told.append)
    (found,) = result.forms
    assert found.form == "fp32"
    (line,) = told
    assert line.startswith("model fake runs in fp32, not bf16 (")
    assert why in line
    assert result.form_of("fake") is None
    run(tmp_path / "exact", plan(make, form="fp32"))
    assert predictions(tmp_path / "tried") == predictions(tmp_path / "exact")


def test_a_plan_names_the_form_that_is_tried_and_its_digest_covers_it() -> None:
    assert plan().planned.forms == {"fake": "bf16"}
    assert plan(form="fp32").planned.forms == {}
    assert plan().digest != plan(form="fp32").digest
    assert plan(form="fp32").planned.differences(plan().planned) == ["forms none there, fake bf16 here"]


def test_small_runs_and_models_without_another_form_are_as_they_were() -> None:
    attack = [parse_attack("qwerty")]
    two_forms, one = FakeSource(has_bf16=True), FakeSource()
    small = make_plan(load("tiny"), [two_forms], attack, trials=599, form="bf16")
    plain = make_plan(load("tiny"), [one], attack, trials=600, form="bf16")
    large = make_plan(load("tiny"), [two_forms], attack, trials=600, form="bf16")
    assert [made.planned.forms for made in (small, plain, large)] == [{}, {}, {"fake": "bf16"}]
    exact = make_plan(load("tiny"), [two_forms], attack, trials=599)
    assert small.digest == exact.digest


def test_the_command_that_repeats_a_run_in_single_precision_says_so() -> None:
    source = replace(FakeSource(make=InTwoForms, has_bf16=True), name="8", uri="8")
    attacks = [parse_attack("qwerty"), parse_attack("delete")]
    fields = dict[int, Any]()
    for trials in (200, 300):
        made = make_plan(load("tiny"), [source], attacks, trials=trials, examples=100)
        fields[trials] = run_fields(made.as_json(), data="tiny", models=["8"])["exact"]
    assert fields == {200: None, 300: True}
    assert FLAGS.option("exact", value=True) == "--exact"
    fast = make_plan(load("tiny"), [source], attacks, trials=300, form="bf16")
    assert run_fields(fast.as_json(), data="tiny", models=["8"])["exact"] is None


def test_a_run_that_resumes_keeps_the_form_that_was_decided(tmp_path: Path) -> None:
    run(tmp_path / "at once", plan())

    def stop(event: Event) -> None:
        if isinstance(event, UnitDone):
            raise ModelError("out of order")

    with pytest.raises(ModelError, match="out of order"):
        run(tmp_path / "resumed", plan(), listener=stop)
    # A model that would not pass now: the check is not repeated.
    other = plan(partial(InTwoForms, others="y"))
    result = run(tmp_path / "resumed", other)
    assert set(forms_asked(other)) == {"bf16"}
    assert result.forms == run(tmp_path / "again", plan()).forms


def test_worker_processes_use_the_form_that_was_decided(tmp_path: Path) -> None:
    one = run(tmp_path / "one", plan())
    two = run(tmp_path / "two", plan(), executor=WorkerProcesses(2))
    assert one.forms == two.forms
    assert predictions(tmp_path / "one") == predictions(tmp_path / "two")


def test_a_replay_is_in_the_form_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan()
    run(tmp_path, made)
    stored = open_run(tmp_path)
    (found, *_) = redraw_trial(stored, 7)
    again = predict_again(found, made.models, forms=stored.forms)
    assert again.same
    assert not predict_again(found, made.models).same
    monkeypatch.setattr("robustaudit.runs.replay.fastest_form", lambda: "fp32")
    assert changes_since(stored, [found], made.models) == [
        "model fake is computed in bf16 as in the run, which this processor emulates"
    ]


def test_a_comparison_and_a_baseline_in_another_form_say_so(tmp_path: Path) -> None:
    run(tmp_path / "bf16", plan())
    run(tmp_path / "fp32", plan(form="fp32"))
    fast, plain = read_run(tmp_path / "bf16"), read_run(tmp_path / "fp32")
    pairs = [(ComparedModel(run=fast, model="fake"), ComparedModel(run=plain, model="fake"))]
    compared = printed(render_contrasts(pairs, compare(pairs)), width=120)
    assert "Forms: fake of the first in bf16, fake of the second in fp32." in compared
    baseline = make_baseline(fast.result, open_run(tmp_path / "bf16").shards)
    assert {row.form for row in baseline.rows} == {"bf16"}
    rule = Rule(measure="max_regression", threshold=0.1)
    verdict = evaluate(plain.result, open_run(tmp_path / "fp32").shards, [rule], baseline=baseline)
    assert all("; the model in bf16 there, in fp32 here)" in reason(check) for check in verdict.checks)


def test_the_form_of_a_model_with_renumbered_classes_is_its_own() -> None:
    source = RelabelledModel(FakeSource(make=InTwoForms, has_bf16=True), ("b", "a"), (1, 0))
    assert source.has_bf16
    plain = source.load()
    fast = in_form(plain, "bf16")
    texts = ["bees", "a tree"]
    assert np.abs(plain.predict(texts) - fast.predict(texts)).max() == pytest.approx(0.004)
    assert np.array_equal(fast.predict(texts).argmax(axis=1), plain.predict(texts).argmax(axis=1))


@pytest.mark.parametrize(
    ("described", "form"),
    [
        ("processor : 0\nflags\t\t: fpu avx512f avx512_bf16 amx_tile\n", "bf16"),
        ("processor : 0\nflags\t\t: fpu avx2 avx512f f16c\n", "fp32"),
        ("processor : 0\nFeatures\t: fp asimd i8mm bf16\n", "bf16"),
        ("processor : 0\nFeatures\t: fp asimd\n", "fp32"),
        ("no processor", "fp32"),
    ],
)
def test_bf16_is_tried_where_the_processor_multiplies_it(
    described: str, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms.Path, "read_text", lambda *_, **__: described)
    forms.processor_features.cache_clear()
    try:
        assert fastest_form() == form
    finally:
        forms.processor_features.cache_clear()


def test_the_checks_of_all_parts_are_one() -> None:
    def part(texts: int, equal: int, difference: float) -> FormCheck:
        return FormCheck(
            model="m", tried="bf16", form="bf16", texts=texts, equal=equal, difference=difference
        )

    assert decided([part(200, 199, 0.01), part(200, 199, 0.05)]).form == "bf16"
    assert decided([part(200, 199, 0.01), part(200, 198, 0.01)]).form == "fp32"
    assert decided([part(200, 200, 0.01), part(200, 200, 0.051)]).form == "fp32"
    assert decided([part(0, 0, 0.0)]).form == "fp32"


class _Refuses(InTwoForms):
    """Has no answer to texts with a `z`."""

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        if any("z" in text for text in texts):
            raise ValueError("no z")
        return super().predict(texts)


def test_texts_without_a_prediction_are_no_sign_that_two_forms_agree() -> None:
    made = plan(error_policy=ErrorPolicy(on_error="skip"))
    parts = form_units(made, "fake")

    def texts(model: Classifier) -> int:
        return sum(form_check_of(check_form(part, made, model, batch_size=1)).texts for part in parts)

    assert 0 < texts(_Refuses()) < texts(InTwoForms())
