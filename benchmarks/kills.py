"""Commands that are killed at random moments and then run again: what they end with, and what stays behind.

    python benchmarks/kills.py KILLS [SEED]

Each command is a copy of one process that has imported what it needs, in a session of its own: the process
that a shell would wait for, the one that works, and its workers. SIGKILL goes to one of them by chance;
SIGTERM and SIGINT to the first or, as from a terminal, to all. The same command is then run to its end, and
what it made is compared with what it makes uninterrupted. On Linux, which says who is in a session.
"""

import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from robustaudit.cli import main as commands
from robustaudit.cli.entry import main
from robustaudit.datasets import reviews
from robustaudit.gate.run_health import check_run
from robustaudit.runs.manifest import NAME
from robustaudit.runs.store import ASIDE

MODEL = """
import time
def judge(texts: list[str]) -> list[str]:
    time.sleep(0.02)
    return ["positive" if text.count("e") % 2 else "negative" for text in texts]
"""
TRIALS = 1500
RUN = ["run", "--data", "tiny", "--models", "mine.py:judge", "--trials", str(TRIALS), "--batch-size", "64"]
RUN += ["--attack", "qwerty", "--attack", "delete"]
RUN += ["--output", "run", "--offline", "--quiet", "--trust-models"]
REPORT = ["report", "run", "--format", "html,markdown,json,csv,parquet", "--output", "out"]
BASELINE = ["baseline", "save", "run"]
TRAIN = ["train", "--models", "tfidf,1", "--data", "tiny", "--epochs", "2", "--output", "models", "--quiet"]
AUGMENT = ["augment", "tiny", "--attack", "qwerty", "--copies", "50", "--output", "more.csv"]
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ENDS = 60.0  # seconds after which a process that was sent a signal counts as left behind


@dataclass(frozen=True)
class Command:
    """A command, how often it is tried among all, and what is to be the same in the end."""

    name: str
    arguments: list[str]
    share: int
    made: Callable[[Path], dict[str, bytes]]
    before: list[str] = field(default_factory=list)
    may_exist: bool = False  # a file that is there is not written again


MEASURED = re.compile(rb'("(?:\w*seconds|peak_rss_bytes)": )[0-9.e-]+')  # differs from time to time


def files(folder: Path) -> dict[str, bytes]:
    """The bytes of the files below a folder, except measured seconds and memory, and a run's journal."""
    return {
        str(path.relative_to(folder)): MEASURED.sub(rb"\1?", path.read_bytes())
        for path in folder.rglob("[!.]*")
        if path.is_file() and path.name != NAME and ASIDE not in path.parts and path.suffix != ".pyc"
    }


def run_made(folder: Path) -> dict[str, bytes]:
    """The files of an intact run, each of whose trials is there once."""
    health = check_run(folder / "run")
    assert health.is_intact, health
    trials = pq.read_table(folder / "run" / "trials", columns=["model", "attack", "trial"]).to_pylist()
    assert len({tuple(trial.values()) for trial in trials}) == len(trials) == 2 * TRIALS
    return files(folder / "run")


def models_made(folder: Path) -> dict[str, bytes]:
    return files(folder / "models")


def out_made(folder: Path) -> dict[str, bytes]:
    return files(folder / "out")


def cache_made(folder: Path) -> dict[str, bytes]:
    return files(folder / "cache")


def file_made(name: str) -> Callable[[Path], dict[str, bytes]]:
    return lambda folder: {name: (folder / name).read_bytes()}


COMMANDS = (
    Command("audit, 1 worker", [*RUN, "--jobs", "1"], 5, run_made),
    Command("audit, 2 workers", [*RUN, "--jobs", "2"], 5, run_made),
    Command("report", REPORT, 2, out_made, before=[*RUN, "--jobs", "1"]),
    Command(
        "baseline save", ["baseline", "save", "run"], 1, file_made("robustaudit-baseline.json"), before=RUN
    ),
    Command("train", TRAIN, 2, models_made),
    Command("data get", ["data", "get", "reviews"], 1, cache_made),
    Command("augment", AUGMENT, 1, file_made("more.csv"), may_exist=True),
)


def archive(wanted: reviews.Archive, folder: Path) -> Path:
    """A stand-in for the package index, which takes a moment."""
    sys.path.append(str(Path(__file__).parents[1] / "tests" / "datasets"))
    from test_reviews import archive as packed  # noqa: PLC0415

    del wanted
    lines = "".join(f"{n}_1\t{1 - n % 2 * 2}.0\tText {n}.\n" for n in range(5000))
    time.sleep(0.1)
    (folder / "it.tar.gz").write_bytes(packed(lines, lines))
    return folder / "it.tar.gz"


def started(arguments: list[str], folder: Path) -> int:
    """A copy of this process that carries a command out, in a session of its own."""
    child = os.fork()
    if not child:
        try:
            _become(arguments, folder)
        except SystemExit as end:
            os._exit(end.code if isinstance(end.code, int) else 99)
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        os._exit(99)
    return child


def _become(arguments: list[str], folder: Path) -> None:
    os.setsid()
    os.chdir(folder)
    for number, name in ((0, os.devnull), (1, folder / "printed"), (2, folder / "said")):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND), number)
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["robustaudit", *arguments]
    main()


def code_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def session(leader: int) -> Iterator[int]:
    """The processes of a session that live."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            state, _, _, of, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(of) == leader and state not in "ZX":
                yield int(folder.name)


@dataclass
class Found:
    """What became of the kills of one command."""

    kills: int = 0
    amid: int = 0  # the command had not ended before
    same: int = 0
    left_behind: int = 0
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def killed(command: Command, folder: Path, takes: float, chance: random.Random, found: Found) -> None:
    """Kill one command at a random moment, and run it again."""
    child = started(command.arguments, folder)
    time.sleep(chance.uniform(0, takes))
    number = chance.choice(SIGNALS)
    there = list(session(child))
    began = time.monotonic()
    with suppress(ProcessLookupError):
        if number == signal.SIGKILL:
            os.kill(chance.choice(there or [child]), number)
        elif number == signal.SIGINT and chance.random() < 0.5:  # noqa: PLR2004
            os.killpg(child, number)
        else:
            os.kill(child, number)
    code = code_of(child)
    while (living := list(session(child))) and time.monotonic() - began < ENDS:
        time.sleep(0.005)
    found.kills += 1
    if code != 0:
        found.amid += 1
        found.seconds.append(time.monotonic() - began)
    found.left_behind += len(living)
    again = code_of(started(command.arguments, folder))
    found.same += again == 0 or (command.may_exist and again == 2)  # noqa: PLR2004
    if again and not command.may_exist:
        found.wrong.append((folder / "said").read_text()[-300:])


def prepared(command: Command, folder: Path) -> Path:
    folder.mkdir()
    (folder / "mine.py").write_text(MODEL)
    if command.before:
        assert code_of(started(command.before, folder)) == 0, (folder / "said").read_text()
    return folder


def tried(command: Command, kills: int, chance: random.Random, root: Path) -> Found:
    whole = prepared(command, root / "whole")
    before = shutil.copytree(whole, root / "before")
    began = time.monotonic()
    assert code_of(started(command.arguments, whole)) == 0, (whole / "said").read_text()
    takes, sound = time.monotonic() - began, command.made(whole)
    found = Found()
    for number in range(kills):
        folder = shutil.copytree(before, root / str(number))
        same = found.same
        killed(command, folder, takes, chance, found)
        if found.same > same:
            try:
                wrong = "" if command.made(folder) == sound else "differs"
            except AssertionError as error:
                wrong = str(error)
            found.same -= bool(wrong)
            found.wrong += [wrong] * bool(wrong)
        shutil.rmtree(folder)
    return found


def warm(root: Path) -> None:
    """Import what commands need, so that their copies start at once."""
    place = prepared(COMMANDS[0], root / "warm")
    here = Path.cwd()
    os.chdir(place)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        sys.stdout = sys.stderr = nowhere
        (place / "mine.py").rename(place / "warm.py")  # Python would know it by its name
        run = ["warm.py:judge" if each == "mine.py:judge" else each for each in RUN]
        for arguments in ([*run, "--jobs", "1"], REPORT, ["baseline", "save", "run"], AUGMENT):
            commands.run(arguments)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    os.chdir(here)


def sweep(kills: int, seed: int) -> None:
    total = sum(command.share for command in COMMANDS)
    chance = random.Random(seed)  # noqa: S311
    reviews.download = archive
    print("| | kills | before its end | same result | left behind | median s to end | most |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    scratch = Path(tempfile.mkdtemp())  # a TemporaryDirectory would be removed by each copy as it ends
    warm(scratch)
    for number, command in enumerate(COMMANDS):
        root = scratch / str(number)
        root.mkdir()
        found = tried(command, max(1, round(kills * command.share / total)), chance, root)
        show(command.name, found)
        for wrong in found.wrong:
            print(f"{command.name}: {wrong}", file=sys.stderr)
    shutil.rmtree(scratch)


def show(name: str, found: Found) -> None:
    ordered = sorted(found.seconds) or [0.0]
    took = f"{ordered[len(ordered) // 2]:.2f} | {ordered[-1]:.2f}"
    counts = f"{found.kills} | {found.amid} | {found.same} | {found.left_behind}"
    print(f"| {name} | {counts} | {took} |", flush=True)


if __name__ == "__main__":
    sweep(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)  # noqa: PLR2004
