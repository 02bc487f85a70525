"""How long commands take to start, against importing the libraries that they cannot do without.

    python benchmarks/startup.py [--repeats 5]

One trial of model 1 and of model 8 against `import torch`; `--help` and `list` against `import typer, rich`.
Each command is a process of its own, with its files in the cache of the system and compiled, as pip installs
them: the first turn, which may compile them, is not counted. All are taken in turn. Printed are the medians
of wall time and of processor time (user and system, children included), and the medians of the ratios of each
turn. Figures of an idle machine alone mean anything in wall time.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ROBUSTAUDIT = [sys.executable, "-c", "from robustaudit.cli.entry import main; main()"]
TORCH = [sys.executable, "-c", "import torch"]
TERMINAL = [sys.executable, "-c", "import typer, rich"]
COMMANDS = (
    ("one trial of model 1", TORCH, [*ROBUSTAUDIT, "run", "--models", "1", "--trials", "1"], 1.5),
    ("one trial of model 8", TORCH, [*ROBUSTAUDIT, "run", "--models", "8", "--trials", "1"], None),
    ("--help", TERMINAL, [*ROBUSTAUDIT, "--help"], 2.5),
    ("list", TERMINAL, [*ROBUSTAUDIT, "list"], 2.5),
)


def main(repeats: int) -> None:
    print(f"{'':<22}{'wall':>9}{'ratio':>8}{'processor':>12}{'ratio':>8}{'at most':>10}")
    taken = [[once(base, command) for _, base, command, _ in COMMANDS] for _ in range(repeats + 1)][1:]
    for (name, base, _, most), turns in zip(COMMANDS, zip(*taken, strict=True), strict=True):
        wall, processor = (median(ours[of] for _, ours in turns) for of in (0, 1))
        ratios = [median(ours[of] / theirs[of] for theirs, ours in turns) for of in (0, 1)]
        limit = "" if most is None else f"{most:g}"
        print(f"{name:<22}{wall:>7.2f} s{ratios[0]:>8.2f}{processor:>10.2f} s{ratios[1]:>8.2f}{limit:>10}")
        against = base[-1]
        theirs = [median(each[of] for each, _ in turns) for of in (0, 1)]
        print(f"  {against:<20}{theirs[0]:>7.2f} s{'':>8}{theirs[1]:>10.2f} s")


def once(base: Sequence[str], command: Sequence[str]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Seconds of wall and of processor time, of importing and of the command."""
    return seconds(base), seconds(command)


def seconds(command: Sequence[str]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        before, begun = processor_time(), time.perf_counter()
        done = subprocess.run(  # noqa: S603  (commands of this file)
            command, capture_output=True, text=True, check=False, cwd=Path(folder), env=ENVIRONMENT
        )
        wall, spent = time.perf_counter() - begun, processor_time() - before
    if done.returncode not in (0, 2):  # a list of commands is a usage error without one
        raise SystemExit(f"{command}: {done.stderr}")
    return wall, spent


def processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--repeats", type=int, default=5)
    main(options.parse_args().repeats)
