"""`--data hf:…`, as a user types it, on folders in the form of the hub's data."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from refusals import refusal
from robustaudit.cli.main import run
from robustaudit.datasets import load
from robustaudit.models import resolve_trained

pytest.importorskip("datasets")

Captured = pytest.CaptureFixture[str]
BRIEF = ("--models", "tfidf", "--trials", "10", "--attack", "qwerty")


@pytest.fixture(autouse=True)
def _two_data_sets(empty_folder: Path, hub_cache: Path) -> None:  # noqa: ARG001
    """Folders with the files and columns of yelp_polarity and amazon_polarity, and nothing else."""
    reviews = load("tiny").examples
    for split, part in (("train", reviews[:200]), ("test", reviews[200:])):
        yelp = [{"text": e.text, "label": e.label} for e in part]
        amazon = [{"label": e.label, "title": "A title", "content": e.text} for e in part]
        for folder, rows in (("yelp/plain_text", yelp), ("amazon/amazon_polarity", amazon)):
            Path(folder).mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows), f"{folder}/{split}-00000-of-00001.parquet")


def plan(folder: str) -> dict[str, Any]:
    return json.loads(Path(folder, "result.json").read_text(encoding="utf-8"))["plan"]


@pytest.mark.parametrize("name", ["yelp", "amazon"])
def test_a_run_audits_the_test_split(name: str, capsys: Captured) -> None:
    assert run(["run", "--data", f"hf:./{name}", *BRIEF, "--output", "out", "--offline"]) == 0
    assert f"hf:./{name}, test split, 60 examples" in capsys.readouterr().out
    assert plan("out")["data"]["name"] == f"hf:./{name}"


def test_a_run_has_a_folder_of_its_own_by_the_name_of_the_data() -> None:
    assert run(["run", "--data", "hf:./yelp", *BRIEF, "--quiet"]) == 0
    (folder,) = Path("reports").iterdir()
    assert folder.name.startswith("hf-yelp-")


def test_columns_and_number_of_rows_are_obeyed() -> None:
    options = ["--text-column", "title,content", "--max-examples", "7"]
    assert run(["run", "--data", "hf:./amazon", *BRIEF, *options, "--quiet", "--output", "out"]) == 0
    assert plan("out")["data"]["title"] == "hf:./amazon, test split, 7 examples"
    (shard,) = Path("out/trials").iterdir()
    assert all(text.startswith("A title\n") for text in pq.read_table(shard)["clean_text"].to_pylist())


def test_a_training_is_by_train_and_its_card_tells_how_to_repeat_it() -> None:
    options = ["--data", "hf:./amazon", "--text-column", "title,content", "--max-examples", "150"]
    assert run(["train", "--models", "tfidf", *options, "--output", "out", "--quiet"]) == 0
    card = resolve_trained("tfidf", folder=Path("out")).card
    assert " ".join(options) in card.run.command
    assert card.run.data == "hf:./amazon"

    again = card.run.command.split()[1:]
    assert run([*again, "--output", "again", "--quiet"]) == 0
    assert resolve_trained("tfidf", folder=Path("again")).card.digest == card.digest


def test_a_network_is_trained_on_it_and_audited() -> None:
    arguments = ["--models", "1", "--data", "hf:./yelp", "--epochs", "1", "--max-examples", "100"]
    assert run(["train", *arguments, "--output", "out", "--quiet"]) == 0
    audit = ["--models", "1", "--models-dir", "out", "--trials", "5", "--attack", "qwerty"]
    assert run(["run", *audit, "--data", "hf:./yelp", "--output", "found", "--quiet"]) == 0


def test_files_have_columns_that_may_be_named_too() -> None:
    Path("mine.csv").write_text("words,verdict\nFine food.,good\nBad food.,bad\n", encoding="utf-8")
    options = ["--text-column", "words", "--label-column", "verdict", "--label-map", "bad=0,good=1"]
    assert run(["run", "--data", "mine.csv", *BRIEF, *options, "--output", "out", "--quiet"]) == 0
    assert plan("out")["data"]["title"] == "mine.csv, 2 examples"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--data hf:./gone", "data folder './gone' does not exist"),
        ("--data hf:", "data of the hub is hf:NAME"),
        (
            "--data hf:yelp_polarity --offline",
            "data 'hf:yelp_polarity' is not on this machine, and",
        ),
        (
            "--data hf:./yelp --text-column words",
            "data 'hf:./yelp' has no column 'words': it has text",
        ),
        (
            "--data hf:./yelp --label-column stars",
            "data 'hf:./yelp' has no column 'stars': it has text",
        ),
        ("--data hf:./yelp --label-map pos=1", "data 'hf:./yelp', "),
        ("--data hf:./yelp --label-map pos", "--label-map must be such as neg=0,pos=1"),
        ("--data hf:./yelp --max-examples 0", "--max-examples must be at least 1, got 0"),
        ("--data tiny --max-examples 5", "--max-examples is for data of your own, not for the data 'tiny'"),
    ],
)
@pytest.mark.parametrize("command", ["run", "train"])
def test_wrong_use_is_one_clear_line(command: str, options: str, message: str, capsys: Captured) -> None:
    before = set(Path().rglob("*"))
    refused = refusal(capsys, command, "--models", "tfidf", "--output", "out", *options.split())
    assert refused.startswith(message)
    assert set(Path().rglob("*")) == before


def test_options_of_data_are_not_for_one_text(capsys: Captured) -> None:
    refused = refusal(capsys, "run", "--text", "Fine.", "--label", "1", "--text-column", "words")
    assert refused == "--text-column is for --data, not for --text"


def test_without_the_library_the_extra_is_named(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert refusal(capsys, "run", "--data", "hf:yelp_polarity", "--models", "tfidf") == (
        "datasets is not installed: pip install 'robustaudit[hub]'"
    )


def test_a_run_of_its_own_ends_without_a_word_of_theirs(hub_cache: Path) -> None:
    command = "from robustaudit.cli.main import main; main()"
    arguments = ["run", "--data", "hf:./yelp", *BRIEF, "--max-examples", "10", "--output", "out", "--quiet"]
    environment = {**os.environ, "HF_HOME": str(hub_cache)}
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert (done.returncode, done.stderr) == (0, "")
