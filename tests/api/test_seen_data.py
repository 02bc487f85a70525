"""Of data that a model was trained on, what it has not seen is audited."""

from pathlib import Path

import pytest

from robustaudit import Audit, audit
from robustaudit.cli.main import run
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, load
from robustaudit.runs.stored_run import open_run

ROWS = [(f"{word} number {number}", word) for number in range(100) for word in ("good", "bad")]
AGAIN = [("good number 1", "good"), ("bad number 2", "bad")] * 10  # texts that are in several splits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data file, and a model that was trained on it."""
    made = tmp_path_factory.mktemp("trained")
    rows = "".join(f"{text},{label},{text.count('1')}\n" for text, label in [*ROWS, *AGAIN])
    (made / "my.csv").write_text(f"text,label,ones\n{rows}", encoding="utf-8")
    command = ["train", "--models", "tfidf", "--data", str(made / "my.csv"), "--output", str(made), "--quiet"]
    assert run(command) == 0
    return made


def of(folder: Path, model: object = "", data: object = None, **options: object) -> Audit:
    given = model or str(folder / "tfidf")
    return audit(given, data or folder / "my.csv", attacks="upper_case", trials=300, **options)  # type: ignore[arg-type]


def texts(found: Audit) -> set[str]:
    return set(open_run(found.folder).trials()["clean_text"].to_pylist())


def test_the_test_split_is_audited_without_texts_of_the_training(folder: Path) -> None:
    data = load(str(folder / "my.csv"))
    seen = {example.text for split in ("train", "validation") for example in data.split(split)}  # type: ignore[arg-type]
    held_out = {example.text for example in data.split("test")}
    assert held_out & seen

    found = of(folder)

    assert texts(found) == held_out - seen
    plan = found.result.plan
    assert plan["data"]["title"] == f"my.csv, test split, {len(held_out - seen)} examples"
    note = (
        f"model {folder / 'tfidf'} was trained on this data: only its test split is audited, "
        f"{len(held_out - seen)} of 220 examples, without "
    )
    assert any(line.startswith(note) for line in plan["data"]["notes"])
    shown = " ".join(str(found.table()).replace("\n", " ").split())
    assert "was trained on this data: only its test split is audited" in shown


def test_all_examples_are_audited_if_asked_for_and_it_is_said(folder: Path) -> None:
    found = of(folder, include_seen=True)
    assert texts(found) == {text for text, _ in ROWS}
    data = found.result.plan["data"]
    assert any("was trained on most of these examples" in line for line in data["notes"])
    assert data["reading"]["include_seen"] is True


@pytest.mark.parametrize("case", ["named", "sliced", "in memory"])
def test_it_is_known_however_model_and_data_are_given(folder: Path, case: str) -> None:
    found = {
        "named": lambda: of(folder, {"mine": str(folder / "tfidf")}),
        "sliced": lambda: of(folder, slices="ones"),
        "in memory": lambda: of(folder, data=in_memory(folder)),
    }
    assert "test split" in found[case]().result.plan["data"]["title"]


def test_a_score_on_them_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "score", str(folder / "tfidf"), "--data", str(folder / "my.csv")]) == 0
    said = f"model {folder / 'tfidf'} was trained on most of these examples: accuracy on others may be lower"
    assert said in capsys.readouterr().err.splitlines()


def in_memory(folder: Path) -> Dataset:
    data = load(str(folder / "my.csv"))
    return Dataset("mine", data.examples, label_names=data.label_names, numbered=data.numbered)


def test_other_data_is_audited_whole(folder: Path) -> None:
    others = [Example(f"{number}", text, 1, f"{number}") for number, (text, _) in enumerate(ROWS[:40])]
    found = of(folder, data=Dataset("others", tuple(others), label_names=("bad", "good"), numbered=False))
    assert found.result.plan["data"]["title"] == "others, 40 examples"
    assert "trained" not in str(found.result.plan["data"]["notes"])
