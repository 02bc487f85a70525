"""Two changes of a small reference model 4, each trained and checked against the committed baseline.

One epoch less on a quarter of the data must fail, another seed must pass; `make gate-demo` runs it.
With `--baseline`, it retrains the model of the baseline and saves the baseline again.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from robustaudit.datasets import load
from robustaudit.training.preset import load_preset
from robustaudit.training.train import train

HERE = Path(__file__).resolve().parent
WORK = HERE.parents[1] / "reports" / "gate-demo"
# Smaller than the model that ships, so that a training takes half a minute on two cores.
SMALL = ("lstm.model.hidden=64", "lstm.model.head_size=32", "lstm.model.max_tokens=64")


@dataclass(frozen=True, slots=True)
class Change:
    """A change to the model, and the exit code that the gate must return."""

    name: str
    title: str
    code: int
    seed: int = 0
    epochs: int = 4
    every: int = 1


BASELINE = Change("baseline", "the model of the baseline", 0)
CHANGES = (
    Change("worse", "one epoch less, on a quarter of the data", 1, epochs=3, every=4),
    Change("reseeded", "another seed", 0, seed=1),
)


def make(change: Change) -> Path:
    """Train the changed model in a working folder of its own."""
    folder = WORK / change.name
    shutil.rmtree(folder, ignore_errors=True)
    reviews = load("reviews", training=True)
    train(
        ["4"],
        dataset=replace(reviews, examples=reviews.examples[:: change.every]),
        preset=load_preset("compact", changes=SMALL),
        seed=change.seed,
        epochs=change.epochs,
        changes=SMALL,
        output=folder / "trained_models",
    )
    return folder


def robustaudit(folder: Path, *arguments: str, silent: bool = False) -> int:
    code = "from robustaudit.cli.entry import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    stdout = subprocess.DEVNULL if silent else None
    return subprocess.run(command, cwd=folder, check=False, stdout=stdout).returncode


def passes(change: Change) -> bool:
    """Whether the gate returns the expected exit code."""
    print(f"\n=== {change.title} ===\n", flush=True)
    folder = make(change)
    config = os.path.relpath(HERE / "robustaudit.toml", folder)
    # `run --gate` does both in one; apart, the verdict is printed alone.
    code = robustaudit(folder, "run", "--config", config, "--output", "run", "--quiet", silent=True)
    code = code or robustaudit(folder, "gate", "run", "--config", config)
    print(f"exit code {code}, wanted {change.code}", flush=True)
    return code == change.code


def main(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--baseline"]:
        folder = make(BASELINE)
        config, output = str(HERE / "robustaudit.toml"), str(HERE / "robustaudit-baseline.json")
        asked = ("run", "--config", config, "--output", "run", "--quiet")
        return robustaudit(folder, *asked) or robustaudit(
            folder, "baseline", "save", "run", "--output", output
        )
    done = [passes(change) for change in CHANGES]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
