"""`audit` takes what users have: models and data of every kind."""

import gc
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from robustaudit import Audit, UserError, audit, compose, load_model
from robustaudit.core.errors import ModelError
from robustaudit.core.records import Example

from .conftest import TEXTS, spells

FRAME = pd.DataFrame(TEXTS, columns=["text", "label"])


class Steady:
    labels = ("0", "1")

    def predict(self, texts: Sequence[str]) -> Any:
        return np.tile([0.1, 0.9], (len(texts), 1))


def rows(found: Audit) -> list[tuple[str, str]]:
    return [(row.model, row.attack) for row in found.result.rows]


def drop(found: Audit) -> float:
    (row,) = found.result.rows
    assert row.drop is not None
    return row.drop.value


@pytest.mark.parametrize(
    "data",
    [TEXTS, iter(TEXTS), FRAME, FRAME.to_dict("records"), "rows.csv", Path("rows.csv")],
    ids=["pairs", "iterator", "frame", "mappings", "name", "path"],
)
def test_data_of_every_kind_gives_the_same_figures(data: Any) -> None:
    FRAME.to_csv("rows.csv", index=False)
    assert drop(audit(spells, data, attacks="qwerty", trials=30)) == drop(
        audit(spells, TEXTS, attacks="qwerty", trials=30)
    )


def test_examples_bring_ids_and_groups() -> None:
    examples = [Example(f"e{n}", text, label, "one group") for n, (text, label) in enumerate(TEXTS)]
    found = audit(spells, examples, attacks="qwerty", trials=10)
    assert {trial.example for trial in found.examples()} <= {example.id for example in examples}
    assert found.result.rows[0].groups_changed == 1


def test_models_of_every_kind_stand_in_one_table() -> None:
    pipeline = make_pipeline(CountVectorizer(), LogisticRegression()).fit(FRAME["text"], FRAME["label"])
    found = audit(
        [spells, Steady(), pipeline, "tfidf", lambda texts: np.ones(len(texts), int)],
        FRAME,
        attacks="qwerty",
        trials=10,
    )
    assert found.models == ("spells", "Steady", "Pipeline", "tfidf", "lambda")
    given = {trial.model: trial.clean_probability is not None for trial in found.examples()}
    assert given == {"Pipeline": True, "Steady": True, "lambda": False, "spells": False, "tfidf": True}


def test_models_may_be_given_names_and_a_name_may_hold_several() -> None:
    found = audit({"old": spells, "new": "tfidf"}, TEXTS, attacks="qwerty", trials=5)
    assert found.models == ("old", "new")
    assert audit("1,tfidf", TEXTS, attacks="qwerty", trials=5).models == ("1", "tfidf")


def test_a_model_is_found_by_its_alias_or_in_full() -> None:
    found = audit({"old": "1", "new": "tfidf"}, TEXTS, attacks="qwerty", trials=5, baseline_model="tfidf")
    assert [(model["name"], model["uri"]) for model in found.result.plan["models"]] == [
        ("old", "1"),
        ("new", "tfidf"),
    ]
    assert found.result.plan["baseline_model"] == "new"
    assert list(found.examples(model="new")) == list(found.examples(model="tfidf"))
    assert found.gate(max_drop=1, models="tfidf", on_inconclusive="pass").checks[0].model == "new"
    assert audit("old=1,new=tfidf", TEXTS, attacks="qwerty", trials=5).models == ("old", "new")


def test_the_baseline_is_no_part_of_an_audit_of_other_data_than_its_own() -> None:
    assert audit("tfidf", TEXTS, attacks="qwerty", trials=5).result.plan["tfidf_baseline"] is None


def test_a_loaded_model_answers_and_can_be_audited() -> None:
    model = load_model("tfidf")
    assert model.labels == ("negative", "positive")
    assert model.predict(["a great day"]).shape == (1, 2)
    assert drop(audit(model, TEXTS, attacks="qwerty", trials=20)) == drop(
        audit("tfidf", TEXTS, attacks="qwerty", trials=20)
    )


def test_labels_that_are_names_are_those_a_function_answers_with() -> None:
    named = [(text, "pos" if label else "neg") for text, label in TEXTS]

    def judge(texts: Sequence[str]) -> list[str]:
        return ["pos" if answer else "neg" for answer in spells(texts)]

    assert drop(audit(judge, named, attacks="qwerty", trials=30)) == drop(
        audit(spells, TEXTS, attacks="qwerty", trials=30)
    )
    with pytest.raises(UserError, match="give it an attribute `labels`, which has neg, pos in the order"):
        audit(spells, named, attacks="qwerty", trials=5)


def test_attacks_are_expressions_or_composed_and_take_the_rate_of_the_audit() -> None:
    found = audit(spells, TEXTS, attacks=["qwerty", compose("qwerty") + "delete"], rate=0.5, trials=5)
    assert [attack["expression"] for attack in found.result.plan["attacks"]] == [
        "qwerty@0.5",
        "(qwerty + delete)@0.5",
    ]
    leveled = audit(spells, TEXTS, attacks="qwerty", severities=[1, np.int64(3)], trials=5)  # type: ignore[list-item]
    assert [row.severity for row in leveled.result.rows] == [1, 3]
    assert len(audit(spells, TEXTS, trials=2).attacks) == 9


def test_columns_labels_slices_and_bad_rows_are_said_as_on_the_command_line() -> None:
    frame = pd.DataFrame(
        {
            "review": [*FRAME["text"], None],
            "stars": [*("pos" if label else "neg" for label in FRAME["label"]), "pos"],
            "source": ["app", "web", "app"] * 20 + ["app"],
        }
    )
    found = audit(
        spells,
        frame,
        attacks="qwerty",
        label_column="stars",
        label_map={"neg": 0, "pos": 1},
        on_bad_row="skip",
        slices="source",
        trials=60,
    )
    assert found.notes[0] == "data: reading texts from column 'review'"
    assert "1 of 61 rows skipped" in found.notes[1]
    assert set(found.to_pandas(slices=True)["column"]) >= {"source"}


def test_a_model_that_breaks_its_contract_is_named_with_the_example() -> None:
    def odd(texts: Sequence[str]) -> list[int]:
        if any("number 7" in text for text in texts):
            raise ValueError("not this one")
        return spells(texts)

    with pytest.raises(ModelError, match="model 'odd' raised ValueError: not this one"):
        audit(odd, TEXTS, attacks="contract", trials=60)
    found = audit(odd, TEXTS, attacks="contract", trials=60, on_error="skip")
    assert found.result.rows[0].skipped > 0


def test_an_audit_until_decided_has_decisions() -> None:
    found = audit(Steady(), TEXTS, attacks="qwerty", until_decided=True, max_drop=0.2)
    assert [each.outcome for each in found.result.decisions] == ["passed"]
    assert "passed" in str(found)
    assert "drop ≤ 20 pp: 1 passed" in found._repr_html_()


def test_a_run_is_kept_where_it_is_asked_for_and_goes_on_there(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    found = audit("tfidf", TEXTS, attacks="qwerty", trials=5, output=str(folder))
    assert found.folder == folder
    again = audit("tfidf", TEXTS, attacks="qwerty", trials=5, output=folder)
    assert json.loads((folder / "plan.json").read_text())["digest"]
    assert again.result.rows == found.result.rows
    assert Audit.open(folder).result.rows == found.result.rows


def test_a_changed_function_of_one_name_does_not_go_on_with_the_answers_of_another(tmp_path: Path) -> None:
    audit({"mine": spells}, TEXTS, attacks="qwerty", trials=5, output=tmp_path / "run")
    with pytest.raises(
        UserError, match=r"another plan \(other models of the name mine\): choose another output="
    ):
        audit({"mine": Steady()}, TEXTS, attacks="qwerty", trials=5, output=tmp_path / "run")


def test_a_temporary_folder_goes_with_its_result_and_not_before() -> None:
    found = audit(spells, TEXTS, attacks="qwerty", trials=5)
    folder = found.folder
    trials = found.examples()
    assert (folder / "result.json").is_file()
    del found
    gc.collect()
    assert not folder.exists()
    assert len(trials) == 5


def test_nothing_is_printed_in_a_script(capfd: pytest.CaptureFixture[str]) -> None:
    audit(spells, FRAME.rename(columns={"text": "review"}), attacks="qwerty", trials=5)
    assert capfd.readouterr() == ("", "")


def test_what_there_is_to_say_is_told_where_it_is_wanted(capfd: pytest.CaptureFixture[str]) -> None:
    audit(spells, FRAME.rename(columns={"text": "review"}), attacks="qwerty", trials=5, progress=True)
    assert "reading texts from column 'review'" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"models": 3}, "model must be a name, a function, or have a method `predict`, got 3"),
        ({"models": []}, "models must be one or more, got none"),
        ({"models": Steady}, "model must be an object, got the class Steady: make one of it"),
        ({"models": [spells, spells]}, "two models are called 'spells': give them names"),
        ({"models": "9"}, "unknown model '9'"),
        ({"models": {"both": "1,tfidf"}}, "model 'both' must be one, got 1, tfidf"),
        ({"models": {3: spells}}, "name of a model must be a string"),
        ({"data": "nowhere"}, "unknown data 'nowhere'"),
        ({"data": 3}, "data must be a name, a path, a data frame, or texts with their labels, got int 3"),
        ({"data": [("a", 1), ("b", None)]}, r'data, row 2, column .label.: missing: .* on_bad_row="skip"'),
        ({"data": FRAME.rename(columns={"text": "words"})}, "give text_column=, one of words, label"),
        ({"attacks": "qwert"}, "unknown attack 'qwert': did you mean 'qwerty'?"),
        ({"attacks": []}, "attacks must be one or more, got none"),
        ({"attacks": 3}, "attacks must be expressions, or what compose.. makes of them, got 3"),
        ({"attacks": 2 * compose("qwerty")}, "a weight belongs in a mix"),
        ({"trials": 0}, "trials must be at least 1, got 0"),
        ({"trials": "ten"}, "trials must be a whole number, got 'ten'"),
        ({"seed": 1.5}, "seed must be a whole number, got 1.5"),
        ({"rate": 1.3}, "rate must be above 0 and at most 1, got 1.3"),
        ({"rate": "much"}, "rate must be a number, got 'much'"),
        ({"rate": 0.1, "severities": 2}, "rate and severities exclude each other: give one of them"),
        ({"severities": [7]}, "severity must be"),
        ({"until_decided": True, "max_drop": 2}, "max_drop must be a share"),
        ({"label_map": "neg"}, "label_map must be such as neg=0,pos=1"),
        ({"label_map": {"no": ["neg"]}}, r"label_map must be such as .*, got \{'no': \['neg'\]\}"),
        ({"label_map": 3}, "label_map must be such as"),
        ({"slices": "nowhere"}, "has no column 'nowhere'"),
        ({"on_error": "ignore"}, "on_error"),
        ({"output": ""}, "output must not be empty"),
        ({"text_column": 3}, "text_column must be a string"),
        ({"models_dir": "nowhere"}, "models folder 'nowhere' does not exist"),
        ({"output": 3}, "output must be a path, got 3"),
        ({"baseline_model": "9"}, "unknown baseline model '9'"),
        ({"segmentation": "words"}, "unknown segmentation"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        (
            {"models": Steady(), "jobs": 2},
            "jobs must be 1 for a model in memory, got 2: only a model with a name",
        ),
        ({"max_calls": 0}, "max_calls must be at least 1"),
        ({"executor": "dask"}, "executor must be one of 'local', 'ray', got 'dask'"),
        ({"executor": "ray"}, "executor must be 'local' for a model in memory, got 'ray': only a model with"),
        ({"executor": "ray", "max_calls": 5}, "max_calls is counted on one machine alone"),
        ({"executor": "ray", "actor_gpus": 1.5}, "actor_gpus above 1 must be a whole number, got 1.5"),
        ({"address": "head:6379"}, r'^address is for executor="ray", which is missing: got head:6379$'),
        ({"shards": "nowhere://bucket"}, "^shards 'nowhere://bucket' cannot be used: Protocol not known"),
    ],
)
def test_misuse_is_one_line_in_the_words_of_python(arguments: dict[str, Any], message: str) -> None:
    given = {"models": spells, "data": TEXTS, "trials": 5, **arguments}
    with pytest.raises(UserError, match=message) as caught:
        audit(given.pop("models"), given.pop("data"), **given)
    assert "\n" not in str(caught.value)
    assert "--" not in str(caught.value)


def test_the_line_is_all_that_a_notebook_shows() -> None:
    with pytest.raises(UserError) as caught:
        audit(spells, TEXTS, attacks="\x1b[31mqwerty")
    (line,) = caught.value._render_traceback_()
    assert line.startswith("UserError: ")
    assert "\x1b" not in line
