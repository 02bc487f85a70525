"""Audits of models that misbehave, each in a copy of one process that has imported what they need.

    python tests/copies.py FOLDER < runs.json

prints how they ended.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path

from misbehaving import KINDS, write_models
from robustaudit.cli.entry import main
from robustaudit.cli.main import run
from robustaudit.runs import error_policy

_ON_TINY = ("--data", "tiny", "--attack", "qwerty", "--trials", "60", "--offline", "--quiet", "--json")


@dataclass(frozen=True)
class Asked:
    """An audit of one kind of model, and how it is done."""

    kind: str
    on_error: str
    jobs: int = 1


@dataclass(frozen=True)
class Ended:
    """What became of it: exit code and streams, and whether there is a result, and a verdict."""

    code: int
    out: str
    err: str
    result: bool
    verdict: bool


def carried_out(asked: Sequence[Asked], folder: Path) -> list[Ended]:
    """What becomes of audits, as the shell sees it."""
    done = subprocess.run(
        [sys.executable, __file__, str(folder)],
        input=json.dumps([asdict(each) for each in asked]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [Ended(**each) for each in json.loads(done.stdout)]


def _started(asked: Asked, place: Path) -> int:
    """A copy of this process that carries it out; its streams are files, which no process can hold open."""
    place.mkdir()
    child = os.fork()
    if child:
        return child
    os.setsid()
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(place / name, os.O_WRONLY | os.O_CREAT), number)
    kind = KINDS[asked.kind]
    if not kind.is_cut_off:  # however slow this machine is
        error_policy._GRACE = 300.0
    os.environ["KIND"] = asked.kind
    options = ("--on-error", asked.on_error, "--jobs", str(asked.jobs), "--output", str(place / "run"))
    sys.argv = ["robustaudit", "run", "--gate", "--models", kind.model, *_ON_TINY, *options, *kind.options]
    try:
        main()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 99)
    os._exit(99)


def _ended(child: int, place: Path) -> Ended:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    out, err = (place.joinpath(name).read_text(encoding="utf-8") for name in ("out", "err"))
    return Ended(code, out, err, *((place / "run" / name).exists() for name in ("result.json", "gate.json")))


def _all(asked: Sequence[Asked], folder: Path) -> list[Ended]:
    os.chdir(folder)
    write_models(folder)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        assert run(["run", "--gate", "--models", "tfidf", *_ON_TINY, "--output", "warm"]) == 0
    gc.freeze()  # so that copies share what they do not touch
    found = []
    for start in range(0, len(asked), _AT_ONCE):
        places = [folder / f"{start + number}" for number, _ in enumerate(asked[start : start + _AT_ONCE])]
        children = [_started(each, place) for each, place in zip(asked[start:], places, strict=False)]
        found += [_ended(child, place) for child, place in zip(children, places, strict=True)]
    return found


_AT_ONCE = 4

if __name__ == "__main__":
    ended = _all([Asked(**each) for each in json.load(sys.stdin)], Path(sys.argv[1]))
    json.dump([asdict(each) for each in ended], sys.stdout)
