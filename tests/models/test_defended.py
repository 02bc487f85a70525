"""Models behind defences: their names, what they are asked, and what may be said of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import robustaudit
from fakes import FakeSource, LetterCounter
from robustaudit.api.consent import Found, check_consent
from robustaudit.core.errors import UserError
from robustaudit.defences import Chain
from robustaudit.models import (
    MissingPredictions,
    RelabelledModel,
    consent_reason,
    defended_source,
    is_remote,
    may_be_pickled,
    resolve,
    short_name,
    split_alias,
    split_models,
)
from robustaudit.worst_case.certification import SeveralEdits, certify
from robustaudit.worst_case.several_edits import execute_several
from robustaudit.worst_case.stored_sweep import open_sweep
from robustaudit.worst_case.sweep import execute_sweep
from sweeps import TEXTS, HashedSource, sweep_plan

STRIP = Chain.parse("strip")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("1,clean(strip,fold):4,7", ["1", "clean(strip,fold):4", "7"]),
        (
            "clean( fold,strip ):1,a=clean(spell(distance=1)):4",
            ["clean(fold,strip):1", "a=clean(spell(distance=1)):4"],
        ),
        ("4,clean(strip):http://host/p?labels=a,b", ["4", "clean(strip):http://host/p?labels=a,b"]),
        ("hf:org/x,clean(strip):hf:org/name", ["hf:org/x", "clean(strip):hf:org/name"]),
    ],
)
def test_a_chain_stands_before_any_name(given: str, names: list[str]) -> None:
    assert split_models([given]) == names


def test_what_is_told_of_a_name_is_told_of_the_model_behind_the_chain() -> None:
    assert consent_reason("clean(strip):py:mine:f") == "runs code"
    assert consent_reason("clean(strip):http://host") == "is sent texts"
    assert consent_reason("clean(strip):hf:org/name") is consent_reason("clean(strip):4") is None
    assert is_remote("clean(strip):openai:gpt")
    assert may_be_pickled("clean(strip):sklearn:a.joblib")
    assert not may_be_pickled("clean(strip):sklearn:a.skops")
    assert short_name("clean(strip, fold):hf:org/name") == "clean(strip,fold):name"
    assert split_alias("a=clean(spell(distance=1)):4") == ("a", "clean(spell(distance=1)):4")
    assert split_alias("clean(spell(distance=1)):4") == (None, "clean(spell(distance=1)):4")


def test_a_configuration_that_names_code_behind_a_chain_needs_consent(tmp_path: Path) -> None:
    found = Found.configuration(tmp_path / "robustaudit.toml", {"models": ["clean(strip,fold):py:mine:f,4"]})
    assert found.models == ("clean(strip,fold):py:mine:f",)
    with pytest.raises(UserError, match="to which you have not consented"):
        check_consent(found)


def test_the_digest_is_of_the_model_and_of_its_chain() -> None:
    plain, safe = resolve("tfidf"), resolve("clean(strip):tfidf")
    assert (
        len(
            {plain.digest, safe.digest, resolve("clean(fold):tfidf").digest, resolve("clean(strip):4").digest}
        )
        == 4
    )
    assert (safe.name, safe.accuracy) == ("clean(strip):tfidf", None)
    assert safe.title == f"{plain.title}, behind strip"


def test_texts_that_are_cleaned_alike_are_asked_once() -> None:
    source = FakeSource()
    classifier = defended_source(source, STRIP).load()
    texts = ["see", "a\u200bb", "ab", "se\u00ade", "e"]
    expected = LetterCounter().predict(["see", "ab", "ab", "see", "e"])
    assert classifier.predict(texts).tolist() == expected.tolist()
    (inner,) = source.loaded
    assert isinstance(inner, LetterCounter)
    assert inner.asked == [["see", "ab", "e"]]


class Partial(LetterCounter):
    """Has no prediction for `b`, and takes `c` for broken."""

    def predict(self, texts: Any) -> Any:
        answer = super().predict(texts)
        reasons = {row: f"no {text}" for row, text in enumerate(texts) if text in "bc"}
        raise MissingPredictions(answer, reasons, [row for row, text in enumerate(texts) if text == "c"])

    def predict_anew(self, texts: Any, *, asking: str) -> Any:
        return super().predict([f"{text}{asking}" for text in texts])


def test_texts_without_a_prediction_are_told_by_their_own_places() -> None:
    defended = defended_source(FakeSource(make=Partial), STRIP)
    swapped = RelabelledModel(FakeSource(make=Partial), ("positive", "negative"), (1, 0))
    for model, texts in ((defended, ["b", "a", "b\u200b", "c", "a"]), (swapped, ["b", "a", "b", "c", "a"])):
        with pytest.raises(MissingPredictions) as missing:
            model.load().predict(texts)
        assert missing.value.reasons == {0: "no b", 2: "no b", 3: "no c"}
        assert list(missing.value.failed) == [3]


def test_a_model_that_is_asked_anew_is_so_through_what_stands_before_it() -> None:
    for model in (
        defended_source(FakeSource(make=Partial), STRIP),
        RelabelledModel(FakeSource(make=Partial), ("positive", "negative"), (1, 0)),
    ):
        loaded: Any = model.load()
        asked = loaded.predict_anew(["x", "ee"], asking="e")
        assert sorted(asked[0].tolist()) == sorted(LetterCounter().predict(["xe"])[0].tolist())
    plain: Any = defended_source(FakeSource(), STRIP).load()
    assert not hasattr(plain, "predict_anew")


def test_an_object_of_python_stands_behind_defences_too() -> None:
    model = robustaudit.defended(LetterCounter(), "strip, fold")
    rows = [{"text": text, "label": "positive"} for text in ("so sweet", "he is", "not me", "see", "tea") * 8]
    models, attacks = {"plain": LetterCounter(), "safe": model}, ["zero_width", "homoglyph"]
    result = robustaudit.audit(models, rows, attacks=attacks, trials=40, progress=False)
    assert len(result.examples(model="plain", flipped=True)) > 0
    assert len(result.examples(model="safe", flipped=True)) == 0
    assert robustaudit.defended("4", " strip,fold ") == "clean(strip,fold):4"


def test_behind_a_defence_that_folds_all_edits_many_edits_are_certified(tmp_path: Path) -> None:
    attack = "homoglyph & min_length(2)"
    plain = HashedSource()
    safe = replace(defended_source(HashedSource(), Chain.parse("fold")), name="safe")
    plan = sweep_plan(attack, texts=TEXTS[:12], all_edits=False, sources=(plain, safe))
    execute_sweep(plan, tmp_path)
    sweep = open_sweep(tmp_path)
    found = certify(sweep, SeveralEdits(5, execute_several(sweep, plan.plan, edits=5, max_texts=100)))
    rows = {row.model: row for row in found.rows}
    assert rows["safe"].stable.value > rows["fake"].stable.value
    assert rows["safe"].undecided == 0 < rows["fake"].undecided
