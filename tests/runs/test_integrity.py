"""Damages at random to the files of a run: whoever reads it says so, and `run` makes it whole."""

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from damages import BYTES, WAYS, Damage, damage
from fakes import FakeSource
from robustaudit.attacks import parse_attack
from robustaudit.cli.main import run as command
from robustaudit.datasets import Dataset, load
from robustaudit.gate.run_health import check_run
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.stored_run import open_run

NUMBER = 500
EVERY = "ROBUSTAUDIT_EVERY_DAMAGE" in os.environ  # each to all readers: some minutes
KINDS = len(BYTES) + len(WAYS)
READERS = ("run", "report", "gate", "compare", "replay", "history", "check")

Captured = pytest.CaptureFixture[str]


def plan(seed: int = 0) -> Plan:
    examples = [
        replace(each, columns={"source": "web" if place % 2 else "app"})
        for place, each in enumerate(load("tiny").examples)
    ]
    sources = [FakeSource("a"), FakeSource("b", digest="d2")]
    data, attacks = Dataset("mine", tuple(examples)), [parse_attack("qwerty")]
    return make_plan(data, sources, attacks, trials=600, examples=100, seed=seed, slices=["source"])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that a gate has judged, and one of another plan."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "robustaudit.toml").write_text("[gate]\nmax_drop = 0.9\n")
    for name, seed in (("sound", 0), ("other", 1)):
        execute_plan(plan(seed), folder / name)
        assert command(["gate", str(folder / name), "--config", str(folder / "robustaudit.toml")]) == 0
    return folder


def arguments(reader: str, folder: Path) -> list[str]:
    run = str(folder / "runs" / "run")
    return {
        "report": ["report", run, "--format", "json", "--output", str(folder / "report")],
        "gate": ["gate", run, "--config", str(folder / "robustaudit.toml")],
        "compare": ["compare", run],
        "replay": ["replay", run, "7", "--no-model"],
        "history": ["history", str(folder / "runs")],
        "check": ["check", run],
    }[reader]


def wrong_with(reader: str, done: Damage, folder: Path, capsys: Captured) -> str | None:
    """What is wrong with how a reader takes a damage: silent, a traceback, or words that do not help."""
    capsys.readouterr()
    code = command(arguments(reader, folder))
    out, err = capsys.readouterr()
    if "Traceback" in err or code not in (0, 1, 2):
        return f"traceback: {err}"
    if reader == "check":
        return None if code == 1 and done.named_in(out) else f"silent: {code} {out}"
    if reader == "gate" and code == 0:  # which makes a verdict anew that has a checksum mismatch, or unknown
        return (
            None if "gate.json" in err and check_run(folder / "runs" / "run").is_intact else f"silent: {err}"
        )
    if reader == "replay" and code == 0:  # a manifest may be cut where a killed run leaves it
        return None if "is not finished" in err else "silent"
    if code != 2:
        return f"silent: {code}"
    helps = "is not finished" in err or done.named_in(err)
    return None if err.count("\n") == 1 and helps else f"no help: {err}"


def wrong_with_run(done: Damage, folder: Path, sound: Path) -> str | None:
    """The same of a run that is started again."""
    run, told = folder / "runs" / "run", list[str]()
    result = execute_plan(plan(), run, tell=told.append)
    if result.rows != open_run(sound).finished().rows:
        return "silent: other figures"
    health = check_run(run)
    if not health.is_intact:
        return f"not mended: {health}"
    for shard in (sound / "trials").iterdir():
        if (run / "trials" / shard.name).read_bytes() != shard.read_bytes():
            return f"silent: other trials in {shard.name}"
    may_go_on = "manifest.jsonl" in done.files  # which may be cut where a killed run leaves it
    return None if may_go_on or any(map(done.named_in, told)) else f"silent: {told}"


def readers_of(number: int) -> Sequence[str]:
    """All readers, or one, such that each kind of damage comes to each of them."""
    return READERS if EVERY else (READERS[number // KINDS % len(READERS)],)


def test_no_damage_is_silent_and_none_ends_in_a_traceback(
    folders: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = open_run(folders / "sound").finished()
    wrong: list[str] = []
    tried: Counter[str] = Counter()
    for number in range(NUMBER):
        if not EVERY and number % 50 == 1:  # what is found in trials that are alike is alike, and takes long
            monkeypatch.setattr("robustaudit.runs.execution.aggregate", lambda *_, **__: result)
        for reader in readers_of(number):
            folder = tmp_path / f"{number}-{reader}"
            shutil.copytree(folders / "sound", folder / "runs" / "run")
            shutil.copy(folders / "robustaudit.toml", folder)
            done = damage(folder / "runs" / "run", folders / "other", number % KINDS, number)
            if reader == "run":
                found = wrong_with_run(done, folder, folders / "sound")
            else:
                found = wrong_with(reader, done, folder, capsys)
            tried[reader] += 1
            wrong += [f"{done}, {reader}: {found}"] if found else []
            shutil.rmtree(folder)
    with capsys.disabled():
        if EVERY:
            print(dict(tried))  # noqa: T201
    assert wrong == []
    assert set(tried) == set(READERS)
