"""Work that writes files, and what is to be the same however a crash interrupts it.

    python tests/crashes.py

tries each state that a crash may leave, with every 32nd byte of a line, or of thirty parts of a file, as the
last that reached the disk, and prints a table.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crash_states import Cuts, State, crash_states, lay_out, many_cuts, recorded
from fakes import FakeSource
from robustaudit.api.augmenting import augment
from robustaudit.attacks import parse_attack
from robustaudit.core import consent_file
from robustaudit.core.documents import parse_json_object
from robustaudit.core.errors import UserError
from robustaudit.core.files import write_atomically, write_new, write_to
from robustaudit.datasets import Dataset, load
from robustaudit.gate.run_health import check_run
from robustaudit.runs.events import Event, RunStarted, UnitDone
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.manifest import NAME, RESULT
from robustaudit.runs.plan import make_plan
from robustaudit.runs.store import ASIDE, keep_verdict
from robustaudit.statistics.sequential import SequentialTest
from robustaudit.training.preset import load_preset
from robustaudit.training.train import train
from robustaudit.training.training_events import EpochDone, ModelEvent, ModelUpToDate, Resumed
from robustaudit.worst_case.sweep import execute_sweep
from sweeps import sweep_plan

Promise = Callable[[int], None]
"""Called with the amount of work that is finished for good."""

Files = dict[str, bytes]


def nothing(*_: object) -> None:
    pass


@dataclass(frozen=True)
class Interrupted:
    """Work in a folder that a crash interrupts and the same command then finishes.

    `work` returns how much of it was finished when it started, and `outcome` what it made. `before` is done
    first, and is on the disk.
    """

    name: str
    work: Callable[[Path, Promise], int]
    outcome: Callable[[Path], Files]
    before: Callable[[Path], object] = nothing
    refuses: bool = False  # to go on where it is finished


@dataclass
class Found:
    """How many states there are, and what is wrong with how the work went on from some."""

    changes: int
    states: int
    wrong: list[str] = field(default_factory=list)


def crashed(case: Interrupted, folder: Path, cuts: Cuts) -> Found:
    """Go on from each state that a crash may leave."""
    root = folder / "whole"
    root.mkdir(parents=True)
    with recorded(root) as disk:
        case.before(root)
        disk.settle()
        case.work(root, disk.promise)
    sound = case.outcome(root)
    states = crash_states(disk, cuts=cuts)
    found = Found(len(disk.changes) - disk.start, len(states))
    for state in states:
        place = folder / "crashed"
        lay_out(state.tree, place)
        if wrong := _goes_on(case, place, state, sound):
            found.wrong.append(f"{wrong}: {sorted(state.tree)}")
        shutil.rmtree(place)
    return found


def _goes_on(case: Interrupted, place: Path, state: State, sound: Files) -> str:
    try:
        kept = case.work(place, nothing)
    except UserError as error:
        if not case.refuses or "already exists" not in str(error):
            return f"refused, {error}"
        kept = state.promised
    if kept < state.promised:
        return f"{kept} of {state.promised} were kept"
    made = case.outcome(place)
    return "" if made == sound else f"differs in {[name for name in sound if made.get(name) != sound[name]]}"


def audit(trials: int = 700, **options: Any) -> Callable[[Path, Promise], int]:
    """An audit of two shards in `run`; work is counted in trials."""

    def work(root: Path, promise: Promise) -> int:
        kept = done = 0

        def listen(event: Event) -> None:
            nonlocal kept, done
            if isinstance(event, RunStarted):
                kept = done = event.done
            if isinstance(event, UnitDone) and not options:  # others take shards back
                done += event.trials
                promise(done)

        data = load("tiny")
        if "slices" in options:
            data = Dataset("mine", tuple(replace(each, columns={"source": "web"}) for each in data.examples))
        plan = make_plan(data, [FakeSource()], [parse_attack("qwerty")], trials=trials, **options)
        execute_plan(plan, root / "run", listener=listen)
        return kept

    return work


def swept(root: Path, promise: Promise) -> int:
    """A sweep of one shard in `run`; work is counted in texts."""
    kept = done = 0

    def listen(event: Event) -> None:
        nonlocal kept, done
        if isinstance(event, RunStarted):
            kept = done = event.done
        if isinstance(event, UnitDone):
            done += event.trials
            promise(done)

    execute_sweep(sweep_plan("qwerty", texts=["a tea", "odd"]), root / "run", listener=listen)
    return kept


def damaged(root: Path) -> None:
    """A run that was interrupted, of which a shard was altered since."""
    with suppress(KeyboardInterrupt):
        execute_plan(
            make_plan(load("tiny"), [FakeSource()], [parse_attack("qwerty")], trials=700),
            root / "run",
            listener=_interrupt,
        )
    (shard,) = (root / "run" / "trials").iterdir()
    with shard.open("r+b") as stream:
        stream.write(b"PAR2")


def _interrupt(event: Event) -> None:
    if isinstance(event, UnitDone):
        raise KeyboardInterrupt


def run_of(root: Path) -> Files:
    """The files of an intact run, except for what a clock says."""
    health = check_run(root / "run")
    assert health.is_intact, health
    files = {
        str(path.relative_to(root)): path.read_bytes()
        for path in (root / "run").rglob("[!.]*")
        if path.is_file() and ASIDE not in path.parts and path.name != NAME
    }
    result = parse_json_object(files[f"run/{RESULT}"], RESULT)
    return files | {f"run/{RESULT}": json.dumps(result | {"seconds": 0}).encode()}


def judged(root: Path, promise: Promise) -> int:
    keep_verdict(root / "run", b'{"passed": true}')
    promise(0)
    return 0


def judged_before(root: Path) -> None:
    audit()(root, nothing)
    keep_verdict(root / "run", b'{"passed": false}')


def verdict_of(root: Path) -> Files:
    return {"gate.json": (root / "run" / "gate.json").read_bytes()}


def augmented(root: Path, promise: Promise) -> int:
    del promise
    augment([{"text": "this is good", "label": 1}], "qwerty", offline=True).save(root / "out" / "a.csv")
    return 0


def consented(root: Path, promise: Promise) -> int:
    del promise
    os.environ["XDG_CONFIG_HOME"] = str(root)
    consent_file.give_consent(Path("/"), {"models": ["a.py:b"]}, ["a.py:b"])
    return 0


OLD, NEW = b"the old one, which was longer " * 60, b"new " * 300


def written(write: Callable[[Path, bytes], None]) -> Callable[[Path, Promise], int]:
    """A report, a baseline, weights, a card, a checkpoint: one file, in a folder that may be missing."""

    def work(root: Path, promise: Promise) -> int:
        del promise
        path = root / "reports" / "report.html"
        assert not path.exists() or path.read_bytes() in (OLD, NEW), "half of a file can be read"
        write(path, NEW)
        return 0

    return work


def old_file(root: Path) -> None:
    write_atomically(root / "reports" / "report.html", OLD)


def trained(root: Path, promise: Promise) -> int:
    """Two models, one with a checkpoint after each epoch; work is counted in epochs."""
    compact = load_preset("compact")
    sizes = replace(compact.lstm.model, hidden=4, num_heads=2, head_size=4)
    preset = replace(
        compact,
        name="small",
        lstm=replace(compact.lstm, model=sizes),
        transformer=replace(compact.transformer, model=replace(compact.transformer.model, head_size=1)),
        embeddings=replace(compact.embeddings, learned=True, width=4),
        settings={},
    ).with_epochs(2)
    kept = 0

    def listen(event: object) -> None:
        nonlocal kept
        match event:
            case ModelEvent(name="1", event=Resumed(epoch=epoch)):
                kept = epoch
            case ModelEvent(name="1", event=EpochDone(record=record)):
                promise(record.epoch)
            case ModelUpToDate(card=card) if card.name == "1":
                kept = 2

    train(["tfidf", "1"], dataset=load("tiny"), preset=preset, output=root, listener=listen)
    return kept


def models_of(root: Path) -> Files:
    """Weights and predictions; cards and histories have times."""
    return {
        name: data for name, data in all_of(root).items() if not name.endswith(("card.json", "history.jsonl"))
    }


def all_of(root: Path) -> Files:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("[!.]*") if path.is_file()}


def made_new(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    write_new(path, data)


def audited(root: Path) -> None:
    audit()(root, nothing)


_SEQUENTIAL = SequentialTest(max_drop=0.5)
CASES = (
    Interrupted("an audit", audit(), run_of),
    Interrupted("an audit that finds a damaged shard", audit(), run_of, before=damaged),
    Interrupted("an audit that queries a noisy model again", audit(400, examples=1), run_of),
    Interrupted("an audit with slices", audit(3, slices=("source",)), run_of),
    Interrupted("an audit that stops early", audit(400, sequential_test=_SEQUENTIAL), run_of),
    Interrupted("an audit that is started again", audit(), run_of, before=audited),
    Interrupted("a verdict", judged, verdict_of, before=audited),
    Interrupted("a second verdict", judged, verdict_of, before=judged_before),
    Interrupted("a consent", consented, all_of),
    Interrupted("a report, a baseline, a model card, weights", written(write_atomically), all_of),
    Interrupted("one that replaces another", written(write_atomically), all_of, before=old_file),
    Interrupted("a file that the user named", written(write_to), all_of, before=old_file),
    Interrupted("a file that replaces none", written(made_new), all_of, refuses=True),
    Interrupted("augmented data", augmented, all_of, refuses=True),
    Interrupted("a sweep", swept, all_of),
)
TRAINING = Interrupted("a training of two models", trained, models_of)


def main() -> None:
    sys.stdout.write("| | changes | states | resumed to the same result |\n| --- | ---: | ---: | ---: |\n")
    for case in (*CASES, TRAINING):
        with tempfile.TemporaryDirectory() as folder:
            found = crashed(case, Path(folder), many_cuts)
        sys.stderr.writelines(f"{each}\n" for each in found.wrong[:3])
        sound = found.states - len(found.wrong)
        sys.stdout.write(f"| {case.name} | {found.changes} | {found.states:,} | {sound:,} |\n")


if __name__ == "__main__":
    main()
