"""`robustaudit run` as a user calls it, on the models that ship."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from processes import COMMAND, HANGS, in_a_group
from refusals import refusal
from robustaudit.cli.main import run
from robustaudit.core.files import shipped

REVIEW = "I loved the food and the service was great!"
INTERRUPTED = "robustaudit: interrupted; finished work is kept: run the same command again to resume"
ON_TINY = ("run", "--data", "tiny", "--offline", "--models", "1,7")
WAITS = """
from pathlib import Path
from threading import Event

def judge(texts):
    if Path("held").exists():
        Path("asked").touch()
        Event().wait()
    return [text.count("e") % 2 for text in texts]

judge.labels = ("negative", "positive")
"""
LONG = (
    "run",
    "--data",
    "tiny",
    "--offline",
    "--models",
    "1,py:a_model_that_waits:judge",
    "--trials",
    "1000",
    "--examples",
    "100",
    "--attack",
    "qwerty",
    "--attack",
    "delete",
    "--quiet",
)

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)


def result(folder: str) -> dict[str, Any]:
    return json.loads((Path(folder) / "result.json").read_text(encoding="utf-8"))


def trials(folder: str) -> list[dict[str, Any]]:
    found = [row for shard in Path(folder, "trials").iterdir() for row in pq.read_table(shard).to_pylist()]
    return sorted(found, key=lambda row: (row["model"], row["attack"], row["trial"]))


def test_the_main_job_prints_a_table_of_nine_rows_for_each_model(capsys: Captured) -> None:
    assert run(["run", "--data", "tiny", "--models", "1,4,7", "--trials", "30"]) == 0
    printed = capsys.readouterr()
    for title in ("1: LSTM", "4: LSTM", "7: Transformer"):
        assert printed.out.count(title) == 1
    for attack in [
        "contract",
        "extend",
        "homoglyph",
        "neighbor_swap",
        "qwerty",
        "delete",
        "insert",
        "substitute",
        "report-mix",
    ]:
        assert sum(line.split()[:1] == [attack] for line in printed.out.splitlines()) >= 2
    assert "model 4:" in printed.err
    (folder,) = Path("reports").iterdir()
    assert len(result(str(folder))["rows"]) == 27
    assert f"written to {folder}" in printed.err


def test_the_reports_table_of_one_review_says_what_was_not_changed(capsys: Captured) -> None:
    code = run(
        ["run", "--models", "1,4,7", "--trials", "100", "--text", REVIEW, "--label", "1", "--output", "out"]
    )
    assert code == 0
    printed = capsys.readouterr().out
    assert printed.count("not applicable") == 6
    assert printed.count("each figure is about further draws of this text, not about other texts") == 1
    assert "?" not in printed.replace(REVIEW, "")
    assert "too few" not in printed
    for row in result("out")["rows"]:
        assert row["trials"] == 100
        drop = row["on_changed"]["drop"]
        assert (drop is None) == (row["attack"] in ("contract", "extend"))
        assert row["changed_share"] == (0 if drop is None else 1)


def test_the_label_of_a_text_may_be_a_name_or_mapped(capsys: Captured) -> None:
    for words in (["--label", "Positive"], ["--label", "good", "--label-map", "good=positive,bad=negative"]):
        told = ["run", "--models", "1", "--trials", "5", "--text", REVIEW, "--attack", "qwerty", *words]
        assert run([*told, "--json", "--quiet", "--output", words[1]]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["rows"][0]["example_trial"]["label"] == 1


def test_a_label_map_of_a_configuration_fits_what_augment_wrote_with_it(capsys: Captured) -> None:
    texts = [f"A text of number {number}, it is said." for number in range(8)]
    lines = [f'"{text}",{"15"[number % 2]}' for number, text in enumerate(texts)]
    Path("stars.csv").write_text("\n".join(["text,label", *lines]))
    Path("robustaudit.toml").write_text('[run]\nmodels = ["tfidf"]\nlabel_map = "1=negative,5=positive"\n')
    given = ["augment", "stars.csv", "--label-map", "1=negative,5=positive", "--attack", "delete"]
    assert run([*given, "-o", "augmented.csv"]) == 0
    audit = ["run", "--attack", "qwerty", "--data"]
    where = "label_map in robustaudit.toml, [run]"
    capsys.readouterr()
    assert run([*audit, "augmented.csv"]) == 0
    assert "1 → negative; 5 → positive, by the label map" in capsys.readouterr().out
    Path("classes.csv").write_text("text,label\nGood.,positive\nBad.,negative\n")
    assert run([*audit, "classes.csv"]) == 0
    printed = capsys.readouterr()
    assert f"labels are classes of {where} already: taken as they are" in printed.out
    Path("typo.csv").write_text("text,label\nGood.,1\nBad.,negativ\n")
    assert run([*audit, "typo.csv"]) == 2
    said = capsys.readouterr().err
    assert f"'negativ' is not in {where}, which has 1, 5: add it" in said
    assert "or give --label-map none to read labels as they are" in said
    Path("mine.csv").write_text("text,label\nGood.,positive\nBad.,negative\n")
    assert run([*audit, "mine.csv", "--label-map", "none"]) == 0
    assert "label map" not in capsys.readouterr().out


def test_json_alone_is_on_standard_output(capsys: Captured) -> None:
    assert run([*ON_TINY, "--trials", "20", "--json", "--quiet", "--output", "out"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == result("out")
    assert printed.err == ""
    assert json.loads(printed.out)["schema_version"] == 10


def test_quiet_tells_nothing_but_the_tables(capsys: Captured) -> None:
    assert run([*ON_TINY, "--trials", "5", "--quiet", "--output", "out"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "1: LSTM" in printed.out


def test_a_pipe_gets_plain_lines(capsys: Captured) -> None:
    run([*ON_TINY, "--trials", "5", "--output", "out"])
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "90 of 90 trials done" in printed.err
    assert all(line == line.rstrip() for line in printed.out.splitlines())


@pytest.mark.parametrize("width", ["80", "160"])
def test_it_fits_the_width_it_is_given(width: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    run([*ON_TINY, "--trials", "20", "--quiet", "--output", "out"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= int(width)


def rounded(found: Any) -> Any:
    """The same with its numbers to five digits, on which probabilities agree."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, list):
        return [rounded(value) for value in found]
    return round(found, 5) if isinstance(found, float) else found


def test_batch_size_and_order_of_models_change_nothing_but_the_last_digits() -> None:
    run([*ON_TINY, "--trials", "25", "--batch-size", "1", "--output", "a", "--quiet", "--json"])
    run(
        [
            "run",
            "--data",
            "tiny",
            "--models",
            "7,1",
            "--trials",
            "25",
            "--batch-size",
            "256",
            "--output",
            "b",
            "--quiet",
        ]
    )
    first, second = (
        sorted(rounded(result(each)["rows"]), key=lambda row: (row["model"], row["attack"])) for each in "ab"
    )
    assert first == second
    plans = [result(each)["plan"] for each in "ab"]
    assert [model["name"] for model in plans[1]["models"]] == ["7", "1"]
    assert plans[0] == {**plans[1], "models": plans[1]["models"][::-1]}
    probabilities = ("clean_probability", "perturbed_probability")
    for one, other in zip(trials("a"), trials("b"), strict=True):
        for name in one:
            if name in probabilities:
                assert one[name] == pytest.approx(other[name], abs=1e-5)
            elif not name.endswith("probabilities"):
                assert one[name] == other[name]


def test_attacks_rate_examples_and_seed_are_obeyed() -> None:
    arguments = [
        "--attack",
        "homoglyph,qwerty",
        "--attack",
        "delete",
        "--rate",
        "0.1",
        "--examples",
        "5",
        "--seed",
        "3",
    ]
    assert run([*ON_TINY, "--trials", "20", "--output", "out", "--quiet", *arguments]) == 0
    plan = result("out")["plan"]
    assert [attack["expression"] for attack in plan["attacks"]] == ["homoglyph@0.1, qwerty@0.1", "delete@0.1"]
    assert (plan["examples"], plan["seed"]) == (5, 3)
    assert {row["example"] for row in trials("out")} == {
        row["example"] for row in trials("out") if row["draw"] == 3
    }


def test_each_attack_is_audited_at_each_level_and_what_is_out_of_reach_is_said(capsys: Captured) -> None:
    arguments = ["--attack", "qwerty", "--attack", "contract", "--severity", "2,4", "--trials", "20"]
    assert run([*ON_TINY, *arguments, "--output", "out"]) == 0
    planned = [(a["name"], a["base"], a["severity"], a["family"]) for a in result("out")["plan"]["attacks"]]
    assert planned == [
        ("qwerty@severity2", "qwerty", 2, "typing"),
        ("qwerty@severity4", "qwerty", 4, "typing"),
        ("contract@severity2", "contract", 2, "words"),
    ]
    assert "contract changes at most 0." in capsys.readouterr().err
    shares: dict[str, list[Any]] = {row["attack"]: [] for row in trials("out")}
    for row in trials("out"):
        shares[row["attack"]].append(row["character_share"])
    assert sum(shares["qwerty@severity2"]) < sum(shares["qwerty@severity4"])


def test_rate_and_severity_exclude_each_other(capsys: Captured) -> None:
    for command in (["run"], ["compose", "qwerty"]):
        refused = refusal(capsys, *command, "--data", "tiny", "--rate", "0.3", "--severity", "3")
        assert refused == "--rate and --severity exclude each other: give one of them"


def test_two_processes_give_the_result_of_one(capsys: Captured) -> None:
    arguments = [
        *ON_TINY,
        "--trials",
        "120",
        "--attack",
        "qwerty",
        "--attack",
        "contract",
        "--batch-size",
        "32",
    ]
    assert run([*arguments, "--output", "one", "--quiet"]) == 0
    assert run([*arguments, "--output", "two", "--jobs", "2"]) == 0
    assert result("one")["rows"] == result("two")["rows"]
    assert trials("one") == trials("two")
    said = capsys.readouterr().err
    assert said.count("model 1:") == said.count("model 7:") == 1
    assert "480 of 480 trials done" in said


@pytest.fixture
def _a_model_that_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a_model_that_waits.py").write_text(WAITS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_model_that_waits", raising=False)


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANGS
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_there(group: int) -> bool:
    """Whether a group of processes has one that still runs."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def started(output: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    """A run with some units done that a model holds up."""
    Path("held").touch()
    command = [*COMMAND, *LONG, "--output", output, *more]
    with in_a_group(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: Path("asked").exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        yield process


def finish(output: str) -> None:
    Path("held").unlink(missing_ok=True)
    arguments = [*LONG, "--output", output]
    assert run(arguments) == 0


@pytest.mark.usefixtures("_a_model_that_waits")
def test_a_killed_run_resumes_and_ends_alike() -> None:
    with started("killed") as process:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    kept = {path: path.stat().st_mtime_ns for path in Path("killed", "trials").glob("*.parquet")}
    assert kept
    assert not Path("killed", "result.json").exists()
    finish("killed")
    finish("whole")
    assert kept == {path: path.stat().st_mtime_ns for path in kept}
    assert result("killed")["rows"] == result("whole")["rows"]
    assert trials("killed") == trials("whole")


@pytest.mark.usefixtures("_a_model_that_waits")
def test_ctrl_c_leaves_with_130_one_line_and_what_was_done() -> None:
    with started("interrupted") as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said.strip() == INTERRUPTED
    assert not list(Path("interrupted").rglob("*.part"))
    finish("interrupted")


@pytest.mark.usefixtures("_a_model_that_waits")
def test_ctrl_c_ends_all_processes_of_a_run_with_one_line() -> None:
    with started("interrupted", "--jobs", "2") as process:
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, said = process.communicate()
        assert process.returncode == 130
        assert said.strip() == INTERRUPTED
        wait_until(lambda: not is_there(process.pid))
    assert not list(Path("interrupted").rglob("*.part"))
    finish("interrupted")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--models 9", "unknown model '9': known are 1, 2, 3, 4, 5, 6, 7, 8, tfidf"),
        ("--models tfidt", "unknown model 'tfidt': did you mean 'tfidf'?"),
        ("--models 1,,7", "models must be names separated by commas, such as 1,4,7, got '1,,7'"),
        ("--attack qwert", "unknown attack 'qwert': did you mean 'qwerty'?"),
        ("--attack qwerty,,delete", "cannot read attack 'qwerty,,delete': unexpected ',' at character 8"),
        ("--trials 0", "--trials must be at least 1, got 0"),
        ("--trials many", "Invalid value for '--trials'"),
        ("--rate 1.3", "rate must be above 0 and at most 1, got 1.3"),
        ("--severity 0", "severity must be at least 1, got 0"),
        ("--severity 1,6", "severity must be at most 5, got 6"),
        ("--severity high", "--severity must be a whole number, or several with commas between, got 'high'"),
        ("--severity ²", "--severity must be a whole number, or several with commas between, got '²'"),
        ("--severity 1,,2", "--severity must be a whole number, or several with commas between, got '1,,2'"),
        ("--jobs 0", "--jobs must be at least 1, got 0"),
        ("--rate nan", "rate must be above 0 and at most 1, got nan"),
        ("--batch-size 0", "--batch-size must be at least 1, got 0"),
        ("--examples 0", "--examples must be at least 1, got 0"),
        ("--examples 5000", "--examples must be at most 260"),
        ("--data=", "unknown data ''"),
        ("--data gone.csv", "data file 'gone.csv' does not exist"),
        ("--data review", "unknown data 'review': did you mean 'reviews'?"),
        ("--data empty.csv", "data file 'empty.csv' holds no examples"),
        ("--label 1", "--label is for --text, which is missing"),
        ("--models-dir gone", "models folder 'gone' does not exist"),
        ("--output=", "Invalid value for '--output': a path must not be empty; the working folder is ."),
        ("--output -", "Invalid value for '--output': a folder is written, which is no standard output"),
        ("--output taken", "output folder 'taken' is not writable"),
        (
            "--output other",
            "output folder 'other' holds a 'plan.json' of something else, or of an earlier version",
        ),
        ("--nonsense", "No such option: --nonsense"),
    ],
)
def test_wrong_use_gets_one_clear_line_and_leaves_nothing(
    arguments: str, message: str, capsys: Captured
) -> None:
    Path("empty.csv").write_text("text,label\n")
    Path("taken").write_text("a file")
    Path("other").mkdir()
    Path("other/plan.json").write_text('{"digest": "another"}')
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    given = dict.fromkeys(arguments.split()[:1], arguments.split()[1:])
    base = {"--data": ["tiny"], "--models": ["1"], "--trials": ["5"]} | given
    words = (word for option, values in base.items() for word in (option, *values))
    assert refusal(capsys, "run", *words).startswith(message)
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--text", "", "--label", "1"), "text must not be empty"),
        (("--text", "   ", "--label", "1"), "text must not be empty"),
        (
            ("--text", "fine"),
            "--text needs its true label: give --label, such as --label 1 or",
        ),
        (("--text", "fine", "--label", "2"), "data 'text' has labels that model '1' does not know: '2'"),
        (("--text", "fine", "--label", "0.5"), "label must be a whole number, or a name, got '0.5'"),
        (("--text", "fine", "--label", ""), "label empty"),
        (("--text", "fine", "--label", "1", "--data", "tiny"), "--text and --data exclude each other"),
    ],
)
def test_a_text_that_cannot_be_audited_is_refused(
    arguments: tuple[str, ...], message: str, capsys: Captured
) -> None:
    assert refusal(capsys, "run", "--models", "1", *arguments).startswith(message)
    assert list(Path().iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_refused(capsys: Captured) -> None:
    Path("locked").mkdir(mode=0o500)
    refused = refusal(capsys, *ON_TINY, "--trials", "5", "--output", "locked/run")
    assert "is not writable: Permission denied" in refused


def test_weights_that_are_missing_name_the_command_that_makes_them(capsys: Captured) -> None:
    Path("nothing").mkdir()
    refused = refusal(capsys, "run", "--models", "4", "--data", "tiny", "--models-dir", "nothing")
    assert "robustaudit train --models 4" in refused


def test_weights_that_were_cut_short_are_refused(tmp_path: Path, capsys: Captured) -> None:
    copy = tmp_path / "models"
    for path in shipped("trained_models").rglob("*"):
        if path.is_file():
            target = copy / path.relative_to(shipped("trained_models"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    weights = copy / "1" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    arguments = ["--models", "1", "--data", "tiny", "--models-dir", str(copy), "--output", "out"]
    assert "checksum mismatch" in refusal(capsys, "run", *arguments)
    assert not Path("out").exists()


def test_a_defect_of_ours_is_a_traceback_and_exit_code_3(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("broken on purpose")

    monkeypatch.setattr("robustaudit.runs.execution.aggregate", broken)
    assert run([*ON_TINY, "--trials", "5", "--output", "out", "--quiet"]) == 3
    error = capsys.readouterr().err
    assert "Traceback" in error
    assert "ZeroDivisionError: broken on purpose" in error
    assert error.rstrip().endswith("this is a bug in robustaudit, not an error in your input")


def test_without_a_network_the_data_that_ships_is_audited_and_that_is_said(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("robustaudit.datasets.reviews.cache_file", lambda: tmp_path / "no-cache.parquet")
    assert run(["run", "--models", "1", "--trials", "5", "--offline", "--output", "out"]) == 0
    assert "auditing the data 'tiny' that ships instead" in capsys.readouterr().err
    assert result("out")["plan"]["data"]["name"] == "tiny"


def test_data_that_was_named_is_never_replaced(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("robustaudit.datasets.reviews.cache_file", lambda: tmp_path / "no-cache.parquet")
    refused = refusal(capsys, "run", "--models", "1", "--data", "reviews", "--offline")
    assert "robustaudit data get reviews" in refused


def reviews_with_sources(path: Path) -> str:
    rows = [f"I loved it {number},1,{'app' if number % 3 else 'web'}" for number in range(40)]
    path.write_text("\n".join(["text,label,source", *rows]) + "\n", encoding="utf-8")
    return str(path)


def test_a_result_is_cut_by_a_column_of_the_data(tmp_path: Path, capsys: Captured) -> None:
    data = reviews_with_sources(tmp_path / "reviews.csv")
    command = ["run", "--data", data, "--models", "tfidf", "--trials", "40", "--attack", "qwerty"]
    assert run([*command, "--slice", "source", "--output", "out", "--verbose", "--quiet"]) == 0
    printed = capsys.readouterr().out
    assert "drop by slice" in printed
    assert "(declared)" in printed
    found = {row["slice"]["value"]: row for row in result("out")["slices"]}
    assert found["app"]["examples"] + found["web"]["examples"] == 40
    assert found["web"]["slice"] == {"column": "source", "value": "web", "declared": True}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--slice", "origin"], "has no column 'origin'"),
        (["--baseline-model", "7"], "unknown baseline model '7'"),
    ],
)
def test_what_a_result_cannot_be_cut_or_measured_by(
    options: list[str], message: str, tmp_path: Path, capsys: Captured
) -> None:
    data = reviews_with_sources(tmp_path / "reviews.csv")
    assert run(["run", "--data", data, "--models", "tfidf", "--trials", "5", *options]) == 2
    assert message in capsys.readouterr().err


def test_a_column_of_ids_is_no_slice(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "reviews.csv"
    rows = [f"I loved it {number},1,{number}" for number in range(60)]
    path.write_text("\n".join(["text,label,number", *rows]) + "\n", encoding="utf-8")
    command = ["run", "--data", str(path), "--models", "tfidf", "--trials", "60", "--slice", "number"]
    assert run(command) == 2
    assert "at most 50 values, got 60" in capsys.readouterr().err


def test_errors_are_shown_beside_those_of_a_baseline_model(capsys: Captured) -> None:
    command = [*ON_TINY, "--trials", "40", "--attack", "qwerty", "--baseline-model", "7", "--output", "out"]
    assert run([*command, "--quiet"]) == 0
    assert "Relative error, % of model 7" in capsys.readouterr().out
    (summary,) = result("out")["summaries"]
    assert (summary["model"], summary["baseline"]) == ("1", "7")


def test_models_here_that_stand_in_for_those_that_ship_are_said(
    empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "run",
        "--data",
        "tiny",
        "--models",
        "1,tfidf",
        "--attack",
        "qwerty",
        "--trials",
        "2",
        "--brief",
    ]
    assert run(arguments) == 0
    assert "those that ship" not in capsys.readouterr().err
    for name in ("1", "tfidf", "shared"):
        shutil.copytree(shipped("trained_models") / name, empty_folder / "trained_models" / name)
    assert run(arguments) == 0
    assert "models from ./trained_models, not those that ship: 1, tfidf\n" in capsys.readouterr().err
