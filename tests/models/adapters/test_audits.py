"""Models made elsewhere, audited from the command line."""

import csv
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import pyarrow.parquet as pq
import pytest

pytest.importorskip("transformers")
pytest.importorskip("skl2onnx")

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skops.io import dump

from pipelines_made import export_pipeline, fitted_pipeline
from robustaudit.cli.main import run
from robustaudit.datasets import load
from transformers_made import export_transformer
from wheels import unpacked_wheel

Captured = pytest.CaptureFixture[str]
LABELS = ("negative", "positive")
BRIEF = ("--data", "tiny", "--trials", "12", "--attack", "qwerty", "--attack", "title_case", "--offline")
GUIDE = Path(__file__).parents[3] / "docs/adapters.md"


@pytest.fixture
def work(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder; what is imported from it is forgotten."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("mine", "own_models"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return empty_folder


def audited(*models: str, options: tuple[str, ...] = BRIEF) -> list[dict[str, Any]]:
    """The rows of a run of those models."""
    named = [part for model in models for part in ("--models", model)]
    assert run(["run", *named, *options, "--quiet", "--output", "out"]) == 0
    return json.loads(Path("out/result.json").read_text(encoding="utf-8"))["rows"]


def found(rows: list[dict[str, Any]], model: str) -> list[tuple[object, ...]]:
    """What a run found of a model, but for what its probabilities tell to the last digit."""
    keys = ("attack", "trials", "skipped", "trials_changed", "flips")
    of_trial = ("trial", "perturbed_text", "clean_prediction", "perturbed_prediction")
    return [
        (
            *(row[key] for key in keys),
            *(row["example_trial"][key] for key in of_trial),
            row["on_changed"]["drop"],
            row["on_all"]["clean_accuracy"],
        )
        for row in rows
        if row["model"] == model
    ]


@pytest.mark.usefixtures("work")
def test_one_model_in_two_forms_has_the_same_rows(two: Path) -> None:
    pipeline = fitted_pipeline()
    dump(pipeline, "reviews.skops")
    export_pipeline(pipeline, Path("onnx_reviews"), LABELS)
    export_transformer(two, Path("onnx_two"))
    names = ("sklearn:reviews.skops", "onnx:onnx_reviews", f"hf:{two}", "onnx:onnx_two")
    rows = audited(*names)
    short = ["reviews.skops", "onnx_reviews", two.name, "onnx_two"]
    assert {row["model"] for row in rows} == set(short)
    assert found(rows, short[0]) == found(rows, short[1])
    assert found(rows, short[2]) == found(rows, short[3])
    retests = json.loads(Path("out/result.json").read_text(encoding="utf-8"))["retests"]
    assert [(each["differed"], each["batch_dependence"]) for each in retests] == [(0, "none")] * 4
    assert max(each["batch_difference"] for each in retests) < 1e-5


@pytest.mark.usefixtures("work")
def test_five_classes_are_audited_on_data_of_five(five: Path) -> None:
    with Path("stars.csv").open("w", encoding="utf-8", newline="") as stream:
        rated = [(example.text, place % 5) for place, example in enumerate(load("tiny").examples[:30])]
        csv.writer(stream).writerows([("text", "label"), *rated])
    rows = audited(f"hf:{five}", options=("--data", "stars.csv", "--trials", "20", "--attack", "qwerty"))
    assert rows[0]["trials"] == 20
    (shard,) = Path("out/trials").iterdir()
    trials = pq.read_table(shard)
    assert {len(each) for each in trials["clean_probabilities"].to_pylist()} == {5}


@pytest.mark.usefixtures("work")
def test_every_command_that_is_printed_loads_the_pickle_of_its_run(capsys: Captured) -> None:
    joblib.dump(fitted_pipeline(), "reviews.joblib")
    told = ["--data", "tiny", "--trials", "60", "--attack", "qwerty@0.8", "--offline", "--trust-pickle"]
    assert run(["run", "--models", "mine=reviews.joblib", *told, "--output", "out"]) == 0
    capsys.readouterr()
    assert run(["init", "out"]) == 0
    again = "robustaudit run --gate --trust-pickle"
    assert f"read it, then `{again}`" in capsys.readouterr().err
    assert f"#     {again}      audits" in Path("robustaudit.toml").read_text(encoding="utf-8")
    assert run(["init", "out", "--output", "other.toml"]) == 0
    assert "then `robustaudit run --gate --config other.toml --trust-pickle`" in capsys.readouterr().err
    Path("robustaudit.toml").write_text("[gate]\nmin_accuracy = 1\nbound = 'point'\n", encoding="utf-8")
    assert run(["gate", "out", "--json"]) in (0, 1)
    (check, *_) = json.loads(capsys.readouterr().out)["checks"]
    replayed = check["counterexamples"][0]["replay"]
    assert run(shlex.split(replayed)[1:]) == 0
    assert run(["report", "out"]) == 0
    page = re.sub("<[^>]*>", "", Path("out/report.html").read_text(encoding="utf-8"))
    assert "robustaudit replay out TRIAL --model MODEL --attack ATTACK --trust-pickle" in page
    assert replayed in page
    assert '["mine","mine --trust-pickle"]' in page


def test_a_label_that_a_model_does_not_know_is_refused(two: Path, work: Path, capsys: Captured) -> None:
    (work / "five.csv").write_text("text,label\nGood,0\nBad,4\n")
    assert run(["run", "--models", f"hf:{two}", "--data", "five.csv"]) == 2
    assert "does not know: '4' (line 3); it knows 'negative', 'positive'" in capsys.readouterr().err


@pytest.mark.usefixtures("work")
def test_a_pickle_is_loaded_when_asked_after_a_line_that_says_what_that_means(capsys: Captured) -> None:
    joblib.dump(fitted_pipeline(), "reviews.pkl")
    assert run(["run", "--models", "sklearn:reviews.pkl", *BRIEF]) == 2
    assert "load it with --trust-pickle" in capsys.readouterr().err
    assert run(["run", "--models", "sklearn:reviews.pkl", *BRIEF, "--trust-pickle"]) == 0
    assert capsys.readouterr().err.startswith(
        "--trust-pickle: a pickle runs whatever code its maker put into it"
    )


def test_texts_without_an_answer_stop_the_run_or_are_skipped_and_counted(
    work: Path, capsys: Captured
) -> None:
    (work / "own_models.py").write_text(
        "def f(texts):\n"
        "    if any('!' in text for text in texts):\n"
        "        raise RuntimeError('no\\x1b[31m marks')\n"
        "    return [0] * len(texts)\n"
        "f.labels = ('a', 'b')\n"
    )
    command = ["run", "--models", "py:own_models:f", *BRIEF, "--output", "out"]
    assert run(command) == 3
    said = capsys.readouterr().err
    assert re.search(r"model 'own_models:f' raised RuntimeError: no<U\+001B>\[31m marks; .* example '", said)
    assert run([*command, "--on-error", "skip", "--output", "skipping", "--json"]) == 0
    printed = capsys.readouterr()
    skipped = sum(row["skipped"] for row in json.loads(printed.out)["rows"])
    assert 0 < skipped < 24
    assert f"{skipped} trials were skipped, as a model gave no prediction" in printed.err


@pytest.mark.usefixtures("work")
def test_accuracy_on_data_as_it_stands_is_measured_of_models_of_labels_too(capsys: Captured) -> None:
    block("mine.py", "python")
    assert run(["models", "score", "py:mine:judge", "tfidf", "--data", "tiny", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["model"] for row in rows] == ["py:mine:judge", "tfidf"]
    right = sum(("good" in e.text.lower()) == (e.label == 1) for e in load("tiny").examples)
    assert rows[0]["accuracy"] == pytest.approx(right / 260, abs=1e-4)


def block(name: str, language: str) -> None:
    """A file as the guide has it, written to where one works."""
    written = re.search(
        rf"```{language}\n# {re.escape(name)}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL
    )
    assert written, f"the guide has no {name}"
    Path(name).write_text(written[1])


@pytest.mark.usefixtures("work")
def test_the_function_of_the_guide_is_audited() -> None:
    block("mine.py", "python")
    rows = audited("py:mine:judge")
    assert [row["trials"] for row in rows] == [12, 12]


def test_the_scheme_of_the_guide_is_found_once_its_package_is_installed(work: Path) -> None:
    package = "robustaudit_capitals.py"
    block(package, "python")
    block("pyproject.toml", "toml")
    site = unpacked_wheel(work, work / "wheel")
    Path(package).unlink()

    code = (
        f"import sys; sys.path.append({str(site)!r})\n"
        "from robustaudit.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    command = ["run", "--models", "capitals:", *BRIEF, "--json", "--quiet"]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [(row["model"], row["attack"]) for row in rows] == [
        ("capitals:", "qwerty"),
        ("capitals:", "title_case"),
    ]


@pytest.mark.usefixtures("work")
def test_models_without_a_scheme_are_told_by_what_they_are(capsys: Captured) -> None:
    block("mine.py", "python")
    assert {row["model"] for row in audited("mine.py:judge,4")} == {"4", "mine.py:judge"}
    Path("model.skops").touch()
    assert run(["run", "--models", "model.skops", *BRIEF]) == 2
    assert "'sklearn:model.skops' is no skops file; a pickle can run any code" in capsys.readouterr().err


@pytest.mark.usefixtures("work")
def test_stars_are_audited_with_the_label_map_that_is_pasted_from_the_refusal(capsys: Captured) -> None:
    texts = [f"{word} thing {number}" for number in range(8) for word in ("awful", "so so", "great")]
    stars = [star for _ in range(4) for star in (1, 3, 5, 2, 3, 4)]
    rows = "".join(f"{text},{star}\n" for text, star in zip(texts, stars, strict=True))
    Path("stars.csv").write_text(f"Review Text,stars\n{rows}", encoding="utf-8")
    fitted = make_pipeline(CountVectorizer(), LogisticRegression()).fit(
        ["awful", "great"], ["negative", "positive"]
    )
    joblib.dump(fitted, "pipeline.joblib")
    command = [
        "run",
        "--models",
        "pipeline.joblib",
        "--data",
        "stars.csv",
        "--attack",
        "upper_case",
        "--quiet",
    ]
    assert run(command) == 2
    assert "load it with --trust-pickle" in capsys.readouterr().err
    assert run([*command, "--trust-pickle"]) == 2
    pasted = re.search(r"give (--label-map '.*?') ", capsys.readouterr().err)
    assert pasted
    assert run([*command, "--trust-pickle", *shlex.split(pasted[1]), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"][0]["on_all"]["clean_accuracy"]["value"] == 1
    assert "8 of 24 rows left out, as the label map says: '3'" in found["plan"]["data"]["notes"]
