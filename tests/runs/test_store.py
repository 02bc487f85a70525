import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import CallLimitReached, ModelError, UserError
from robustaudit.datasets import load
from robustaudit.models import Classifier
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.events import Event
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.manifest import NAME, read_manifest
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.store import claim_folder
from robustaudit.runs.stored_run import open_run

SHARD = "trials/fake-000000-000000.parquet"


def plan(
    seed: int = 0, *, trials: int = 3, make: Callable[[], Classifier] = LetterCounter, **error_policy: Any
) -> Plan:
    return make_plan(
        load("tiny"),
        [FakeSource(make=make)],
        [parse_attack("qwerty")],
        trials=trials,
        seed=seed,
        error_policy=ErrorPolicy(**error_policy),
    )


def status(folder: Path) -> str:
    turn = read_manifest((folder / NAME).read_bytes()).turn
    assert turn
    return turn.status if turn.reason is None else f"{turn.status}: {turn.reason}"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_takes_one_plan_and_says_what_another_has_otherwise(tmp_path: Path) -> None:
    execute_plan(plan(), tmp_path)
    execute_plan(plan(), tmp_path)
    before = files(tmp_path)
    with pytest.raises(UserError, match=r"another plan \(seed 0 there, 1 here\): choose another --output"):
        execute_plan(plan(seed=1), tmp_path)
    with pytest.raises(UserError, match=r"examples 3 there, 4 here; trials 3 there, 4 here"):
        execute_plan(plan(trials=4), tmp_path)
    assert files(tmp_path) == before


def test_what_a_run_tolerates_is_part_of_its_plan(tmp_path: Path) -> None:
    execute_plan(plan(on_error="skip"), tmp_path)
    with pytest.raises(UserError, match="on error skip there, stop here"):
        execute_plan(plan(), tmp_path)
    execute_plan(plan(), tmp_path / "stops")
    execute_plan(plan(time_limit=1.0), tmp_path / "stops")  # an answer that came is in time
    with pytest.raises(UserError, match=r"time limit None there, 1\.0 here"):
        execute_plan(plan(on_error="skip", time_limit=1.0), tmp_path)


def test_a_folder_in_use_takes_no_second_run(tmp_path: Path) -> None:
    with (
        claim_folder(tmp_path, plan()),
        pytest.raises(UserError, match="being worked on by this process since 20"),
    ):
        execute_plan(plan(), tmp_path)
    execute_plan(plan(), tmp_path)


def test_of_plans_that_are_started_at_the_same_moment_one_gets_the_folder(tmp_path: Path) -> None:
    together, tried = Barrier(8), Barrier(8)

    def start(made: Plan) -> bool:
        together.wait()
        try:
            with claim_folder(tmp_path, made):
                tried.wait()
        except UserError as error:
            tried.wait()
            assert "another plan" in str(error) or "by this process since" in str(error)  # noqa: PT017  (the other outcome is a store)
            return False
        return True

    plans = [plan(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as starters:
        started = list(starters.map(start, plans))
    assert started.count(True) == 1
    digest = json.loads((tmp_path / "plan.json").read_text())["digest"]
    assert digest == plans[started.index(True)].digest


@pytest.mark.parametrize("name", ["result.json", "trials", "plan.json", NAME])
def test_what_is_there_of_something_else_is_left_as_it_is(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("keep")
    with pytest.raises(UserError, match=f"holds a '{name}' of something else"):
        execute_plan(plan(), tmp_path)
    assert files(tmp_path) == {name: b"keep"}


def test_a_folder_that_is_a_file_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserError, match="is not writable"):
        execute_plan(plan(), tmp_path / "taken")


def deleted(path: Path) -> None:
    path.unlink()


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("damage", [deleted, flipped, emptied, piped, made_a_folder, linked])
@pytest.mark.parametrize("name", [SHARD, "result.json", "plan.json"])
def test_what_is_damaged_is_named_set_aside_and_done_again(
    name: str, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    execute_plan(plan(), folder)
    sound = files(folder)[SHARD]
    damage(folder / name)
    with pytest.raises(UserError, match=f"run '.*' is damaged: {name} .*the command that made the run"):
        open_run(folder)
    told: list[str] = []
    execute_plan(plan(), folder, tell=told.append)
    assert [line.split()[0] for line in told] == [name]
    assert ("set aside in " in told[0]) == (damage is not deleted)
    assert (folder / "set-aside" / "1" / name).exists() == (damage is not deleted)
    assert files(folder)[SHARD] == sound
    assert open_run(folder).finished()


def test_shards_that_were_copied_swapped_or_added_are_done_again(tmp_path: Path) -> None:
    execute_plan(plan(trials=2000), tmp_path)
    shards = sorted((tmp_path / "trials").iterdir())
    sound = files(tmp_path / "trials")
    shutil.copy(shards[0], shards[1])
    shutil.copy(shards[0], tmp_path / "trials" / "extra.parquet")
    told: list[str] = []
    execute_plan(plan(trials=2000), tmp_path, tell=told.append)
    assert [line.split(" of run")[0] for line in told] == [f"trials/{shards[1].name}", "trials/extra.parquet"]
    assert files(tmp_path / "trials") == sound


@pytest.mark.parametrize("line", [0, 1, 3])
def test_a_damaged_manifest_is_believed_up_to_the_damage(line: int, tmp_path: Path) -> None:
    execute_plan(plan(trials=2000), tmp_path)
    sound = files(tmp_path / "trials")
    lines = (tmp_path / NAME).read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b'"check":"', b'"check":"0')
    (tmp_path / NAME).write_bytes(b"".join(lines))
    with pytest.raises(UserError, match=rf"{NAME} .*has a checksum mismatch"):
        open_run(tmp_path)
    told: list[str] = []
    execute_plan(plan(trials=2000), tmp_path, tell=told.append)
    assert NAME in told[0]
    assert (tmp_path / "set-aside" / "1" / NAME).is_file()
    assert files(tmp_path / "trials") == sound
    assert open_run(tmp_path).finished()


def test_a_line_that_a_killed_writer_left_half_done_costs_its_unit(tmp_path: Path) -> None:
    execute_plan(plan(), tmp_path)
    data = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(data[:-10])
    told: list[str] = []
    source = FakeSource()
    again = make_plan(load("tiny"), [source], [parse_attack("qwerty")], trials=3)
    execute_plan(again, tmp_path, tell=told.append)
    assert len(told) == 1
    assert "is cut short at its last line" in told[0]
    assert source.loaded == []
    assert open_run(tmp_path).finished()


def test_without_its_manifest_a_run_is_made_anew_beside_what_is_kept(tmp_path: Path) -> None:
    execute_plan(plan(), tmp_path)
    before = files(tmp_path)
    (tmp_path / NAME).unlink()
    with pytest.raises(UserError, match=f"{NAME} is missing: run the command that made the run again"):
        open_run(tmp_path)
    told: list[str] = []
    execute_plan(plan(), tmp_path, tell=told.append)
    assert len(told) == 1
    kept = files(tmp_path / "set-aside" / "1")
    assert kept == {name: before[name] for name in ("plan.json", "result.json", SHARD)}


def test_nothing_but_whole_files_is_left(tmp_path: Path) -> None:
    execute_plan(plan(), tmp_path)
    assert set(files(tmp_path)) == {".lock", NAME, "plan.json", "result.json", SHARD}
    assert status(tmp_path) == "finished"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModelError("no more"), "failed: no more"),
        (CallLimitReached("all calls"), "stopped: all calls"),
        (KeyboardInterrupt(), "stopped: KeyboardInterrupt"),
    ],
)
def test_the_manifest_says_how_a_run_ended(error: BaseException, said: str, tmp_path: Path) -> None:
    def end(_: Event) -> None:
        raise error

    with pytest.raises(type(error)):
        execute_plan(plan(), tmp_path, listener=end)
    assert status(tmp_path) == said
    with pytest.raises(UserError, match="is not finished: run its command again to resume"):
        open_run(tmp_path).finished()


class Does(LetterCounter):
    """A model that does something else when it is asked."""

    def __init__(self, what: Callable[[], object]) -> None:
        super().__init__()
        self.what = what

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.what()
        return super().predict(texts)


def test_a_model_that_changes_the_working_folder_moves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    execute_plan(plan(trials=2000, make=lambda: Does(lambda: os.chdir(tmp_path / "elsewhere"))), Path("run"))
    assert Path.cwd() == tmp_path
    assert not list((tmp_path / "elsewhere").iterdir())
    assert open_run(Path("run")).finished()


@pytest.mark.parametrize("then_made_again", [False, True])
def test_a_folder_that_is_deleted_meanwhile_ends_the_run_and_is_not_made_again(
    then_made_again: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "run"

    def delete() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if then_made_again:
            folder.mkdir()

    with pytest.raises(UserError, match="was deleted or moved while the run worked: start it again"):
        execute_plan(plan(make=lambda: Does(delete)), folder)
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no numbers for files")
def test_a_manifest_whose_number_a_model_takes_for_a_file_of_its_own_is_not_written_there(
    tmp_path: Path,
) -> None:
    manifest, other = tmp_path / "run" / NAME, tmp_path / "other"

    def take() -> None:
        for number in range(3, 256):
            with suppress(OSError):
                if os.path.samestat(os.fstat(number), manifest.stat()):
                    with other.open("wb") as stream:
                        os.dup2(stream.fileno(), number)

    with pytest.raises(ModelError, match=r"^a model closed files of robustaudit's own, as by os.closerange$"):
        execute_plan(plan(make=lambda: Does(take)), tmp_path / "run")
    assert other.read_bytes() == b""
    assert status(tmp_path / "run") == "started"
