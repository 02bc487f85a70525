"""`robustaudit gate`, `run --gate`, `baseline save` and `init` as a user calls them."""

import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gates import audited
from kept import killed
from processes import COMMAND, with_a_reader_that_is_gone
from refusals import refusal
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

RUN = ["run", "--data", "tiny", "--models", "tfidf", "--offline", "--quiet", "--attack", "qwerty"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audited(tmp_path_factory.mktemp("run") / "out").folder


@pytest.fixture(autouse=True)
def _here(empty_folder: Path) -> None:
    """Every test has a working folder of its own."""


def rules(text: str) -> None:
    Path("robustaudit.toml").write_text(text, encoding="utf-8")


# Of that run the drop is some 0 points, and the perturbed accuracy above 90 %.
EXIT_CODES = [
    (0, "[gate]\nmin_accuracy = 0.5\n", "PASSED: 1 check, 1 passed"),
    (1, "[gate]\nmin_accuracy = 1\n", "FAILED: 1 check, 1 failed"),
    (0, "[gate]\nmax_drop = 0\n", "INCONCLUSIVE: 1 check, 1 inconclusive"),
    (4, '[gate]\nmax_drop = 0\non_inconclusive = "fail"\n', "INCONCLUSIVE: 1 check, 1 inconclusive"),
    (0, '[gate]\nmax_drop = 0\non_inconclusive = "pass"\n', "PASSED: 1 check, 1 inconclusive"),
    (2, "[gate]\nmax_drp = 0\n", ""),
]


def called(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def test_a_gate_says_where_labels_may_be_swapped(capsys: Captured) -> None:
    rows = [("I loved it, it is great.", 0), ("A terrible waste of money.", 1)] * 2
    Path("mine.csv").write_text("text,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows))
    rules("[gate]\nmax_drop = 1\n")
    told = ["run", "--data", "mine.csv", "--models", "tfidf", "--attack", "qwerty", "--trials", "4"]
    assert run([*told, "--quiet", "--output", "out"]) == 0
    assert run(["gate", "out"]) == 0
    printed = capsys.readouterr()
    assert "labels may be swapped: clean accuracy of model tfidf is 0.0%" in printed.err
    assert "labels    0 → negative; 1 → positive" in printed.out
    assert run(["gate", "out", "--markdown"]) == 0
    assert "\nLabels may be swapped: clean accuracy of model `tfidf` is 0.0%" in capsys.readouterr().out
    shutil.copytree("out", "copy")
    assert run(["compare", "out", "copy", "--models", "tfidf,tfidf"]) == 0
    warned = capsys.readouterr().err
    assert warned.startswith("run 'out': labels may be swapped: clean accuracy of model tfidf")


@pytest.mark.parametrize(("code", "text", "first"), EXIT_CODES)
def test_every_exit_code_of_a_verdict(code: int, text: str, first: str, folder: Path) -> None:
    rules(text)
    done = called("gate", str(folder))
    assert (done.returncode, next(iter(done.stdout.splitlines()), "")) == (code, first)
    assert done.stderr.count("\n") == (1 if code == 2 else 0)


@pytest.mark.parametrize(
    ("package", "how"),
    [
        ("typer", "raise ImportError('no')"),
        ("typer", "raise SystemExit(1)"),
        ("rich", "raise ZeroDivisionError"),
        ("scipy", "raise ImportError('no')"),
    ],
)
def test_a_broken_installation_is_an_error_inside(
    package: str, how: str, folder: Path, tmp_path: Path
) -> None:
    rules("[gate]\nmin_accuracy = 1\n")
    (tmp_path / f"{package}.py").write_text(how, encoding="utf-8")
    done = called("gate", str(folder), PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" in done.stderr


def test_a_reader_that_is_gone_is_no_failed_gate(folder: Path) -> None:
    rules("[gate]\nmin_accuracy = 1\n")
    assert with_a_reader_that_is_gone("gate", str(folder)) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("streams", [{"stdout"}, {"stdout", "stderr"}], ids=["output", "both"])
def test_a_full_disk_is_no_failed_gate(streams: set[str], folder: Path) -> None:
    rules("[gate]\nmin_accuracy = 1\n")
    with Path("/dev/full").open("wb") as full:
        targets: dict[str, Any] = {
            name: full if name in streams else subprocess.PIPE for name in ("stdout", "stderr")
        }
        done = subprocess.run([*COMMAND, "gate", str(folder)], check=False, **targets)
    assert done.returncode == 2
    if "stderr" not in streams:
        assert done.stderr == b"robustaudit: standard output cannot be written: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_what_cannot_be_told_changes_no_exit_code(folder: Path) -> None:
    for text, code in (("min_accuracy = 1", 1), ("min_accuracy = 0", 0), ("nonsense = 0", 2)):
        rules(f"[gate]\n{text}\n")
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [*COMMAND, "gate", str(folder)], check=False, stderr=full, stdout=subprocess.DEVNULL
            )
        assert done.returncode == code


def test_closed_streams_change_no_exit_code(folder: Path) -> None:
    for text, code in (("min_accuracy = 1", 1), ("min_accuracy = 0", 0), ("nonsense = 0", 2)):
        rules(f"[gate]\n{text}\n")
        command = ["sh", "-c", 'exec "$0" "$@" >&- 2>&-', *COMMAND, "gate", str(folder)]
        assert subprocess.run(command, check=False).returncode == code


@pytest.mark.parametrize(
    ("arguments", "text", "message"),
    [
        (["gone"], "[gate]\nmax_drop = 0\n", "run 'gone' does not exist"),
        (
            ["RUN"],
            "[gate]\nmax_drop = 0\nmodels = ['fake', 'faek']\n",
            "unknown model in robustaudit.toml, [gate] 'faek'",
        ),
        (["RUN"], "[gate]\nmax_regression = 0\n", "baseline '"),
        (["RUN"], "[run]\ntrials = 3\n", "configuration '"),
        (["RUN", "--config", "gone.toml"], "", "configuration 'gone.toml' does not exist"),
        (
            ["RUN", "--json", "--markdown"],
            "[gate]\nmax_drop = 0\n",
            "--json and --markdown exclude each other",
        ),
    ],
)
def test_wrong_use_gets_one_clear_line(
    arguments: list[str], text: str, message: str, folder: Path, capsys: Captured
) -> None:
    rules(text)
    given = (str(folder) if word == "RUN" else word for word in arguments)
    assert refusal(capsys, "gate", *given).startswith(message)


def test_without_rules_it_says_what_writes_some(folder: Path, capsys: Captured) -> None:
    refused = refusal(capsys, "gate", str(folder))
    assert "there is no robustaudit.toml here or above: `robustaudit init RUN` writes one" in refused


def test_a_run_that_is_not_finished_is_not_judged(folder: Path, tmp_path: Path, capsys: Captured) -> None:
    rules("[gate]\nmax_drop = 0\n")
    shutil.copytree(folder, tmp_path / "run")
    killed(tmp_path / "run")
    refused = refusal(capsys, "gate", str(tmp_path / "run"))
    assert "is not finished: run its command again to resume" in refused


def test_the_verdict_is_kept_in_the_runs_folder_and_printed_as_json(folder: Path, capsys: Captured) -> None:
    rules("[gate]\nmin_accuracy = 1\n")
    assert run(["gate", str(folder), "--json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert content == json.loads((folder / "gate.json").read_text(encoding="utf-8"))
    assert (content["outcome"], content["config"]) == ("failed", "robustaudit.toml")


def test_markdown_goes_to_standard_output(folder: Path, capsys: Captured) -> None:
    rules("[gate]\nmin_accuracy = 1\n")
    assert run(["gate", str(folder), "--markdown"]) == 1
    assert capsys.readouterr().out.startswith("## FAILED: 1 check, 1 failed\n")


def test_rules_may_lie_in_pyproject_above(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    Path("pyproject.toml").write_text("[tool.robustaudit.gate]\nmin_accuracy = 1\n", encoding="utf-8")
    Path("below").mkdir()
    monkeypatch.chdir("below")
    assert run(["gate", str(folder)]) == 1
    assert "pyproject.toml, [tool.robustaudit.gate]" in " ".join(capsys.readouterr().out.split())


def test_the_command_that_replays_a_trial_replays_it(capsys: Captured) -> None:
    rules("[gate]\nmin_accuracy = 1\n")
    assert run([*RUN, "--gate", "--output", "out", "--json"]) == 1
    content = json.loads(capsys.readouterr().out)
    (check,) = content["gate"]["checks"]
    assert len(check["counterexamples"]) == 3
    for counterexample in check["counterexamples"]:
        words = counterexample["replay"].split()
        assert words[0] == "robustaudit"
        assert run(words[1:]) == 0
        assert "text as stored" in capsys.readouterr().out


def test_a_rule_for_a_slice_of_the_users_data_shows_trials_of_that_slice(capsys: Captured) -> None:
    rows = [f"a good film number {number},1,{('de', 'en')[number % 2]}" for number in range(60)]
    Path("mine.csv").write_text("\n".join(["text,label,language", *rows]) + "\n", encoding="utf-8")
    rules("[gate]\nslices=['language=de']\nmin_accuracy=1\nbound='point'\n")
    audit = ["--data", "mine.csv", "--slice", "language", "--attack", "delete@0.8", "--models", "tfidf"]
    assert run(["run", *audit, "--trials", "60", "--gate", "--json", "--offline", "--quiet"]) == 1
    (check,) = json.loads(capsys.readouterr().out)["gate"]["checks"]
    told = [int(each["clean_text"].split()[-1]) % 2 for each in check["counterexamples"]]
    assert told
    assert not any(told)


def test_a_run_with_a_gate_prints_the_verdict_last(capsys: Captured) -> None:
    rules("[gate]\nmax_drop = 0.9\n")
    assert run([*RUN, "--gate", "--output", "out"]) == 0
    printed = capsys.readouterr().out
    assert "tfidf: TF-IDF" in printed
    assert printed.rstrip().endswith("\nPASSED: 1 check, 1 passed")


def test_rules_are_read_before_anything_is_run(capsys: Captured) -> None:
    rules("[gate]\nmax_drop = 0.9\nattacks = ['homoglyph']\n")
    refused = refusal(capsys, *RUN, "--gate", "--output", "out")
    assert "unknown attack in robustaudit.toml, [gate] 'homoglyph'" in refused
    assert not Path("out").exists()


def test_a_run_takes_what_the_command_line_leaves_open_from_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    Path("mine.csv").write_text("text,label\n" + "a good film,1\na bad film,0\n" * 20, encoding="utf-8")
    rules("[run]\ndata='mine.csv'\nmodels=['tfidf']\nattacks=['delete']\nseverities=[2]\ntrials=30\nseed=5\n")
    Path("below").mkdir()
    monkeypatch.chdir("below")
    assert run(["run", "--trials", "20", "--json", "--offline"]) == 0
    printed = capsys.readouterr()
    plan = json.loads(printed.out)["plan"]
    assert [attack["name"] for attack in plan["attacks"]] == ["delete@severity2"]
    assert ([model["name"] for model in plan["models"]], plan["trials"], plan["seed"]) == (["tfidf"], 20, 5)
    assert plan["data"]["name"].endswith("mine.csv")
    assert printed.err.splitlines()[0].endswith(
        "robustaudit.toml: sets data, models, attacks, severities, seed 5"
    )


def test_a_text_on_the_command_line_goes_before_the_files_data(capsys: Captured) -> None:
    rules("[run]\ndata='tiny'\nmodels=['tfidf']\nattacks=['delete']\n")
    assert run(["run", "--text", "a good film", "--label", "1", "--trials", "3", "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"]["examples"] == 1


RUN_TABLE = """[run]
data = "mine"
text_column = "title"
models = ["tfidf"]
attacks = ["delete"]
examples = 8
trials = 8
rate = 0.1
"""


@pytest.mark.parametrize(
    ("options", "examples", "attack"),
    [
        ([], 8, "delete@0.1"),
        (["--severity", "3"], 8, "delete@severity3"),
        (["--rate", "0.2"], 8, "delete@0.2"),
        (["--data", "tiny"], 8, "delete@0.1"),
        (["--config", "../robustaudit.toml", "--text", "a good film", "--label", "1"], 1, "delete@0.1"),
        (["--text", "a good film", "--label", "1", "--config", "../robustaudit.toml"], 1, "delete@0.1"),
    ],
)
def test_defaults_give_way_to_what_the_command_line_says(
    options: list[str], examples: int, attack: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    rules(RUN_TABLE)
    Path("mine").mkdir()
    texts = [f"a {'good' if n % 2 else 'bad'} film, number {n}" for n in range(20)]
    pq.write_table(pa.table({"title": texts, "label": [n % 2 for n in range(20)]}), "mine/test.parquet")
    Path("below").mkdir()
    monkeypatch.chdir("below")
    assert run(["run", "--json", "--quiet", "--offline", *options]) == 0
    plan = json.loads(capsys.readouterr().out)["plan"]
    assert plan["examples"] == examples
    assert attack in {plan["attacks"][0][key] for key in ("name", "expression")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[run]\ntrails = 3\n", "unknown key in robustaudit.toml, [run] 'trails': did you mean 'trials'?"),
        ("[run]\ntrials = '3'\n", "trials in robustaudit.toml, [run] must be a whole number, got '3'"),
        ("[run]\nmodels = 1\n", "models in robustaudit.toml must be a string, got 1"),
        ("[run]\nseverities = [9]\nmodels = ['tfidf']\n", "severity must be"),
    ],
)
def test_defaults_that_are_wrong_get_one_clear_line(text: str, message: str, capsys: Captured) -> None:
    rules(text)
    assert refusal(capsys, "run", "--data", "tiny", "--quiet").startswith(message)


def test_a_first_use_from_run_to_gate(capsys: Captured) -> None:
    assert run([*RUN, "--output", "first"]) == 0
    assert run(["init", "first"]) == 0
    said = capsys.readouterr().err
    assert "to fail new versions that are worse: `robustaudit baseline save first`, and take" in said
    assert run(["baseline", "save", "first"]) == 0
    assert run(["init", "first", "--output", "again.toml"]) == 0
    assert "to fail new versions" not in capsys.readouterr().err
    assert "\nmax_regression = " in Path("again.toml").read_text(encoding="utf-8")
    assert "\nbaseline = " not in Path("again.toml").read_text(encoding="utf-8")
    refused = refusal(capsys, "init", "first", "--output", "x.toml", "--baseline", "kept/base.json")
    assert refused.startswith("baseline 'kept/base.json' does not exist")
    assert run(["baseline", "save", "first", "--output", "kept/base.json"]) == 0
    assert run(["init", "first", "--output", "kept/gate.toml", "--baseline", "kept/base.json"]) == 0
    named = tomllib.loads(Path("kept/gate.toml").read_text(encoding="utf-8"))["gate"]
    assert named["baseline"] == "base.json"
    assert "max_regression" in named
    capsys.readouterr()
    text = Path("robustaudit.toml").read_text(encoding="utf-8")
    Path("robustaudit.toml").write_text(text.replace("# max_regression", "max_regression"), encoding="utf-8")
    capsys.readouterr()
    assert run(["run", "--gate", "--offline", "--quiet"]) == 0
    assert "\nPASSED: 3 checks, 3 passed\n" in capsys.readouterr().out


def test_what_a_configuration_sets_for_a_run_is_said(capsys: Captured) -> None:
    rules("[run]\ntrials = 30\nseed = 3\nmodels = ['tfidf']\n")
    loud = [word for word in RUN if word not in ("--quiet", "--models", "tfidf")]
    assert run([*loud, "--trust-models", "--seed", "1"]) == 0
    assert "configuration robustaudit.toml: sets trials 30, models\n" in capsys.readouterr().err
    assert run([*loud, "--models", "tfidf", "--seed", "1", "--trials", "20"]) == 0
    assert "configuration robustaudit.toml\n" in capsys.readouterr().err


def test_a_page_made_before_the_verdict_is_named_with_the_command_that_makes_it_again(
    capsys: Captured,
) -> None:
    assert run([*RUN, "--output", "first"]) == 0
    rules("[gate]\nmax_drop = 0.9\n")
    capsys.readouterr()
    assert run(["gate", "first"]) == 0
    assert "made before" not in capsys.readouterr().err
    assert run(["report", "first"]) == 0
    assert "No gate was applied" not in Path("first/report.html").read_text(encoding="utf-8")
    assert run(["gate", "first"]) == 0
    again = "made before this verdict: first/report.html; `robustaudit report first` makes it again\n"
    assert again in capsys.readouterr().err


def test_a_gate_without_models_judges_no_others(capsys: Captured) -> None:
    assert run([*RUN, "--output", "first"]) == 0
    assert run(["baseline", "save", "first"]) == 0
    rules("[gate]\nmax_drop = 0.9\n")
    capsys.readouterr()
    needed = "a gate needs models, and 'robustaudit.toml' names none: add "
    assert (
        refusal(capsys, "run", "--gate", "--quiet")
        == f"{needed}models and data to its [run], or give --models and --data"
    )
    rules("[gate]\nmax_regression = 0.03\n")
    refused = refusal(capsys, "run", "--gate", "--quiet", "--data", "tiny")
    has = "the baseline has model 'tfidf' on data 'tiny'"
    assert refused == f"{needed}models to its [run], or give --models; {has}"
    assert not Path("reports").exists()


def test_a_baseline_of_something_else_is_refused_before_a_run_and_after(capsys: Captured) -> None:
    assert run([*RUN, "--output", "first"]) == 0
    assert run([*RUN[:-1], "delete", "--output", "second"]) == 0
    assert run(["baseline", "save", "first"]) == 0
    rules("[gate]\nmax_regression = 0.03\n")
    capsys.readouterr()
    for command in (["gate", "second"], [*RUN[:-1], "delete", "--gate", "--output", "third"]):
        refused = refusal(capsys, *command)
        assert "has nothing of this run: it has attack 'qwerty', this run 'delete'; audit what it" in refused
    assert not Path("third").exists()
    renamed = ["new=tfidf" if word == "tfidf" else word for word in RUN]
    assert run([*renamed, "--output", "renamed"]) == 0
    capsys.readouterr()
    assert refusal(capsys, "gate", "renamed").endswith(
        "has nothing of this run: it has model 'tfidf', this run 'new'; a new version takes the name of the "
        "old one by --models tfidf=NEW, NEW being its file or address"
    )


def test_init_overwrites_nothing(folder: Path, capsys: Captured) -> None:
    rules("[gate]\nmax_drop = 0\n")
    refused = refusal(capsys, "init", str(folder))
    assert "'robustaudit.toml' already exists; nothing is overwritten" in refused
    assert tomllib.loads(Path("robustaudit.toml").read_text()) == {"gate": {"max_drop": 0}}


def test_a_hyphen_is_standard_output_for_init_and_baseline(folder: Path, capsys: Captured) -> None:
    assert run(["init", str(folder), "--output", "-"]) == 0
    assert "gate" in tomllib.loads(capsys.readouterr().out)
    assert run(["baseline", "save", str(folder), "--output", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"]
    assert not [*Path().iterdir()]


def test_a_baseline_says_its_size_and_what_to_do(folder: Path, capsys: Captured) -> None:
    assert run(["baseline", "save", str(folder), "--output", "b.json"]) == 0
    size = Path("b.json").stat().st_size
    assert f"written to b.json: {size:,} bytes; commit it" in capsys.readouterr().err
