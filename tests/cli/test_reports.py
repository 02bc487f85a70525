"""`robustaudit report` and `robustaudit compare` as a user calls them, on runs of models that ship."""

import html
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from kept import killed
from refusals import refusal
from robustaudit.cli.main import run
from robustaudit.gate.verdict import Verdict
from robustaudit.runs.store import keep_verdict

Captured = pytest.CaptureFixture[str]


AUDIT = ("run", "--data", "tiny", "--offline", "--trials", "120", "--quiet")
WORDS = (("bad", 1), ("dull", 2), ("fair", 3), ("great", 5))
ATTACKS = ("--attack", "qwerty", "--attack", "delete")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: `a` of models 1 and 7, `b` of model 1 with another seed."""
    made = tmp_path_factory.mktemp("runs")
    run([*AUDIT, *ATTACKS, "--models", "1,7", "--output", str(made / "a")])
    run([*AUDIT, *ATTACKS, "--models", "1", "--seed", "1", "--output", str(made / "b")])
    return made


@pytest.fixture(autouse=True)
def _beside_the_runs(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)


@pytest.fixture
def folder(runs: Path, tmp_path: Path) -> Path:
    """A copy of the first run, to write into."""
    return Path(shutil.copytree(runs / "a", tmp_path / "a"))


def test_the_page_is_written_into_the_folder_of_the_run(folder: Path, capsys: Captured) -> None:
    assert run(["report", str(folder)]) == 0
    assert capsys.readouterr().err == f"written to {folder / 'report.html'}\n"
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "First finding: drop in accuracy, positive texts" in page
    assert "Training loss" not in page  # that is of the models, not of the audit


def test_the_command_of_the_page_repeats_the_run(tmp_path: Path, empty_folder: Path) -> None:
    rows = [f"a {word} film {place},{stars},web" for place in range(30) for word, stars in WORDS]
    (empty_folder / "my data.csv").write_text("\n".join(["said,stars,source", *rows]), encoding="utf-8")
    given = ["--data", "my data.csv", "--text-column", "said", "--label-column", "stars", "--slice", "source"]
    given += ["--label-map", "1=negative,2=negative,5=positive,3=-", "--models", "old=tfidf", "--models", "1"]
    given += ["--attack", "qwerty@0.5", "--attack", "homoglyph,delete", "--seed", "3", "--trials", "40"]
    assert run(["run", *given, "--baseline-model", "old", "--output", "first", "--quiet"]) == 0
    assert run(["report", "first"]) == 0
    page = Path("first/report.html").read_text(encoding="utf-8")
    (found,) = re.findall(r"<code>(robustaudit run .*?)</code>", page)
    command = shlex.split(html.unescape(re.sub(r"<.*?>", "", found)))
    assert run([*command[1:], "--output", str(tmp_path / "again"), "--quiet"]) == 0
    plans = [
        json.loads((folder / "plan.json").read_bytes()) for folder in (Path("first"), tmp_path / "again")
    ]
    assert plans[0]["digest"] == plans[1]["digest"]
    assert "1, 2 → negative; 5 → positive, by the label map" in page


def test_without_a_run_commands_take_the_one_that_finished_last(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(folder.parent)
    for words in (
        ["report"],
        ["gate"],
        ["init"],
        ["compare"],
        ["replay", "3"],
        ["check"],
        ["baseline", "save"],
    ):
        expected = (
            "no robustaudit.toml" if words == ["gate"] else "folder 'reports' holds no finished run: give"
        )
        assert expected in refusal(capsys, *words)
    shutil.copytree(folder, "reports/older")
    run([*AUDIT[:-3], "--trials", "20", "--attack", "qwerty", "--models", "tfidf,1", "--quiet"])
    (latest,) = {*Path("reports").iterdir()} - {Path("reports/older")}
    Path("reports/broken").mkdir()
    Path("reports/broken/manifest.jsonl").write_text("?\n")
    capsys.readouterr()
    Path("robustaudit.toml").write_text("[gate]\nmax_drop = 0.99\n", encoding="utf-8")
    for words in (["report"], ["gate"], ["compare"], ["replay", "3"], ["check"], ["init", "--output", "-"]):
        assert run(words) == 0
        assert f"latest run: {latest}\n" in capsys.readouterr().err
    assert "`robustaudit replay reports 0`" in refusal(capsys, "replay", "reports")


@pytest.mark.parametrize("browser", [True, False])
def test_the_page_is_opened_where_there_is_a_browser(
    browser: bool, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    opened: list[str] = []

    def show(page: str) -> bool:
        opened.append(page)
        return browser

    monkeypatch.setattr("webbrowser.open", show)
    assert run(["report", str(folder), "--open"]) == 0
    assert opened == [(folder / "report.html").absolute().as_uri()]
    address = (folder / "report.html").absolute().as_uri()
    assert (f"open the page yourself, {address}\n" in capsys.readouterr().err) is not browser
    assert "--open is for the HTML page" in refusal(
        capsys, "report", str(folder), "--open", "--format", "csv"
    )


def test_several_formats_and_the_plots_go_where_they_are_asked_for(folder: Path, tmp_path: Path) -> None:
    formats = "html,markdown,json,figures,csv,parquet"
    out = tmp_path / "out"
    assert run(["report", str(folder), "--format", formats, "--plots", "--output", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {
        "report.html",
        "report.md",
        "report.json",
        "figures.csv",
        "trials.csv",
        "trials.parquet",
        "plots",
    }
    assert (out / "plots" / "drops.svg").is_file()


def test_the_verdict_that_a_gate_left_comes_first(folder: Path, tmp_path: Path) -> None:
    keep_verdict(folder, json.dumps(Verdict(checks=()).as_json()).encode())
    assert run(["report", str(folder), "--output", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'class="verdict passed"' in page
    assert "No gate was applied" not in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read: it is not a JSON object"),
        ('{"schema_version": 1}', "must have schema version 6"),
        ('{"schema_version": 6}', "lacks checks"),
    ],
)
def test_a_verdict_that_cannot_be_read_is_wrong_use(
    folder: Path, capsys: Captured, content: str, said: str
) -> None:
    keep_verdict(folder, content.encode())
    assert said in refusal(capsys, "report", str(folder))


def test_a_run_that_is_not_finished_has_no_report(folder: Path, capsys: Captured) -> None:
    killed(folder)
    assert "is not finished: run its command again to resume" in refusal(capsys, "report", str(folder))


def test_two_models_of_a_run_are_set_against_each_other(capsys: Captured) -> None:
    assert run(["compare", "a", "--models", "1,7"]) == 0
    printed = capsys.readouterr().out
    assert "Model 7 (second) compared with model 1 (first)" in printed
    assert "Paired: same perturbed texts." in printed
    assert "significant" in printed


def test_two_runs_are_set_against_each_other(capsys: Captured) -> None:
    assert run(["compare", "a", "b"]) == 0
    printed = capsys.readouterr().out
    assert "b compared with a" in printed
    assert "Paired by group: " in printed


def test_few_groups_are_called_few_and_nothing_else(capsys: Captured) -> None:
    run([*AUDIT[:4], "--trials", "12", "--quiet", "--attack", "qwerty", "--models", "1,7", "--output", "few"])
    capsys.readouterr()
    assert run(["compare", "few"]) == 0
    printed = capsys.readouterr().out
    assert "(12 groups)" in printed
    assert "Too few: a conclusion needs at least 20 groups." in printed


@pytest.mark.parametrize("width", ["80", "120"])
def test_it_fits_the_width(width: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    run(["compare", "a"])
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= int(width)
    assert all(name in printed for name in (" qwerty ", " delete ", "Groups per attack"))


def test_json_holds_every_difference_with_its_interval(capsys: Captured) -> None:
    assert run(["compare", "a", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["attack"] for each in found] == ["qwerty", "delete"]
    for each in found:
        assert each["drop"]["low"] <= each["drop"]["value"] <= each["drop"]["high"]
        assert each["p_value"] <= each["p_adjusted"]


TO_NEW = ("a", "--output", "new")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", *TO_NEW, "--format", "htlm"], "unknown format 'htlm': did you mean 'html'?"),
        (["report", *TO_NEW, "--format", ""], "format must be names separated by commas"),
        (
            ["report", *TO_NEW, "--format", "junit,sarif"],
            "junit, sarif cannot be written: run 'a' has no verdict, which `robustaudit gate a` makes",
        ),
        (["compare", "a", "b", "a"], "one run or two"),
        (["compare", "nothing"], "run 'nothing' does not exist: give a run's folder"),
        (["compare", "a", "--models", "1,9"], "unknown model"),
        (["compare", "b"], "with --models"),
        (["compare", "a", "--models", "1,1"], "model '1' of run 'a' would be compared with itself"),
        (["compare", "a", "b/../a", "--models", "1,1"], "of run 'a' would be compared with itself"),
    ],
)
def test_wrong_use_is_one_clear_line(arguments: list[str], message: str, capsys: Captured) -> None:
    assert message in refusal(capsys, *arguments)
    assert not list(Path("new").glob("*"))


def test_formats_of_a_verdict_keep_no_other_from_being_written(capsys: Captured, tmp_path: Path) -> None:
    assert run(["report", "a", "--output", str(tmp_path), "--format", "html,junit,figures,sarif"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "figures.csv"}
    said = "left out: junit, sarif, as run 'a' has no verdict, which `robustaudit gate a` makes"
    assert said in capsys.readouterr().err.splitlines()
