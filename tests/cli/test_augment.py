"""`robustaudit augment`, as it is typed."""

import csv
import io
import json
import shlex
from pathlib import Path

import pytest

from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

DATA = "review;stars;lang\n" + "".join(f"I loved it, day {n};{n % 5 + 1};en\n" for n in range(20))
QWERTY = ["--attack", "qwerty", "--label-column", "stars"]


@pytest.fixture(autouse=True)
def _data(empty_folder: Path) -> None:
    (empty_folder / "my.csv").write_text(DATA, encoding="utf-8")


def test_a_file_is_written_with_the_copies_and_says_what_it_has(capsys: Captured) -> None:
    assert run(["augment", "my.csv", *QWERTY, "--keep", "lang", "-o", "train.jsonl"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    lines = printed.err.splitlines()
    assert lines[-4:-1] == [
        "my.csv: 20 texts",
        "qwerty: 20 copies of 20 texts",
        "40 rows written to train.jsonl",
    ]
    assert lines[-1].startswith("next: train on train.jsonl; ")
    (said,) = (line for line in lines if "no splits" in line)
    assert "--split train copies 80% of them" in said
    rows = [json.loads(line) for line in Path("train.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["stars"] for row in rows[:4]] == [1, 1, 2, 2]
    assert {row["lang"] for row in rows} == {"en"}
    assert [row["augmented_from"] for row in rows[1::2]] == [row["id"] for row in rows[::2]]


def test_standard_output_has_the_data_alone_and_takes_any_format(capsysbinary) -> None:
    given = ["augment", "my.csv", *QWERTY, "-o", "-", "--share", "0.5", "--no-originals"]
    assert run([*given, "--quiet"]) == 0
    printed = capsysbinary.readouterr()
    rows = list(csv.DictReader(io.StringIO(printed.out.decode(), newline="")))
    assert 3 <= len(rows) <= 17
    assert all(row["augmented_by"] == "qwerty" for row in rows)
    assert printed.err == b""
    assert run([*given, "--output-format", "parquet"]) == 0
    printed = capsysbinary.readouterr()
    assert printed.out.startswith(b"PAR1")
    assert b"written" not in printed.err


def test_the_part_that_train_learns_from_is_a_split_of_any_data(capsys: Captured) -> None:
    assert run(["augment", "my.csv", *QWERTY, "--split", "train", "-o", "train.csv"]) == 0
    said = capsys.readouterr().err
    assert "my.csv, train split: 1" in said
    assert "no splits" not in said
    assert run(["augment", "my.csv", *QWERTY, "--split", "test", "-o", "test.csv"]) == 0
    assert (
        "these are test examples: a model that learns from them cannot be tested" in capsys.readouterr().err
    )


def read(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(path).read_text(encoding="utf-8"))))


def test_the_rest_is_written_to_test_on(capsys: Captured) -> None:
    """What `run` then reads are the texts that the copies are none of."""
    assert run(["augment", "my.csv", *QWERTY, "-o", "train.csv", "--held-out", "test.csv"]) == 0
    said = capsys.readouterr().err
    assert "my.csv, train split: " in said
    learned = {row["augmented_from"] or row["id"] for row in read("train.csv")}
    held = [row["id"] for row in read("test.csv")]
    assert f"{len(held)} rows, held out, written to test.csv" in said
    assert "next: train on train.csv; run both models on test.csv; `robustaudit compare OLD_RUN" in said
    assert 0 < len(held) == 20 - len(learned)
    assert not learned & set(held)
    assert run(["augment", "my.csv", *QWERTY, "-o", "new.csv", "--held-out", "test.csv"]) == 2
    assert "'test.csv' already exists: give --force to replace it" in capsys.readouterr().err
    assert not Path("new.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["my.csv", *QWERTY, "-o", "t.csv", "--held-out", "t.csv"], "--held-out must be another file than"),
        (
            ["my.csv", *QWERTY, "-o", "t.csv", "--held-out", "h.csv", "--split", "test"],
            "--held-out needs the training split: give --split train, got test",
        ),
        (
            ["my.csv", *QWERTY, "-o", "t.csv", "--held-out", "h.txt"],
            "unknown format of output 'h.txt': 'txt'",
        ),
        (["my.csv", "-o", "t.csv"], "Missing option '--attack'."),
        (["my.csv", *QWERTY], "Missing option '--output' / '-o'."),
        (["my.csv", *QWERTY, "-o", "my.csv"], "'my.csv' already exists: give --force to replace it"),
        (["my.csv", *QWERTY, "-o", "t.txt"], "unknown format of output 't.txt': 'txt'"),
        (["my.csv", *QWERTY, "-o", "t.csv", "--copies", "0"], "--copies must be at least 1, got 0"),
        (["my.csv", *QWERTY, "-o", "t.csv", "--share", "2"], "--share must be above 0 and at most 1, got 2"),
        (["my.csv", *QWERTY, "-o", "t.csv", "--keep", "long"], "has no column 'long'"),
        (
            ["my.csv", *QWERTY, "-o", "t.csv", "--keep", "stars"],
            "column 'stars' would be there twice: drop --keep stars",
        ),
        (["tiny", "--attack", "qwerty", "-o", "t.csv", "--keep", "lang"], "--keep is for data of your own"),
        (["tiny", "--attack", "qwerty", "-o", "my.csv/t.csv"], "output folder 'my.csv' is not writable"),
    ],
)
def test_misuse_is_one_line_and_writes_nothing(arguments: list[str], message: str, capsys: Captured) -> None:
    assert run(["augment", *arguments]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert message in error
    assert [path.name for path in Path().iterdir() if path.is_file()] == ["my.csv"]
    assert Path("my.csv").read_text(encoding="utf-8") == DATA


def test_a_file_is_replaced_if_that_is_asked_for() -> None:
    assert run(["augment", "my.csv", *QWERTY, "-o", "my.csv", "--force", "--quiet"]) == 0
    assert Path("my.csv").read_text(encoding="utf-8").startswith("id,group,review,stars,augmented_from,")


def test_the_command_that_a_run_ends_with_makes_data_that_is_read_back(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{n} a day as {word} as any;{word}" for n in range(100) for word in ("good", "bad")]
    Path("of days.csv").write_text("\n".join(["said;kind", *rows]), encoding="utf-8")
    Path("judge_of_days.py").write_text(
        "def judge(texts):\n    return ['good' if 'good' in text else 'bad' for text in texts]\n"
        "judge.labels = ('bad', 'good')\n"
    )
    monkeypatch.syspath_prepend(".")
    reading = ["--text-column", "said", "--label-column", "kind"]
    given = ["--data", "of days.csv", *reading, "--models", "py:judge_of_days:judge", "--trials", "200"]
    assert run(["run", *given, "--attack", "qwerty@1", "--attack", "delete|homoglyph@1"]) == 0
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("train on"))
    name, *command = shlex.split(line.partition(": ")[2])
    assert name == "robustaudit"
    assert run(command) == 0
    assert "326 rows written to augmented.csv" in capsys.readouterr().err
    for file, shown in (
        ("augmented.csv", "groups      163\n"),
        ("held_out.csv", "held_out.csv, 37 examples"),
    ):
        assert run(["data", "show", file, *reading]) == 0
        assert shown in capsys.readouterr().out
