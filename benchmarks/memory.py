"""How much memory and processor time an audit takes besides its model, by its number of trials.

    python benchmarks/memory.py [--plot FILE] [TRIALS …]

The model costs nothing, so that all else is measured: drawing, storing, counting, figures, a gate and the
report page. Each number of trials has a process of its own. Linux counts memory in KiB.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from zlib import crc32

from robustaudit import audit
from robustaudit.reports.plots.kit import COLOURS, plotting

TRIALS = (1_000, 10_000, 100_000, 300_000, 1_000_000)
EXAMPLES = 1_000
WORDS = "the food was great and service fast but our room cold loud so i would come again"


def predict(texts: Sequence[str]) -> list[list[float]]:
    """Probabilities of two classes that hang on all letters of a text."""
    shares = (crc32(text.encode()) % 1000 / 1000 for text in texts)
    return [[1 - share, share] for share in shares]


def examples() -> list[tuple[str, int]]:
    """Different texts of some 18 words, with the class that the model takes them for or the other one."""
    texts = (f"{WORDS[n % 80 :]} {WORDS[: n % 80]} {n}" for n in range(EXAMPLES))
    return [(text, crc32(text.encode()) % 2) for text in texts]


def measured(trials: int) -> dict[str, float]:
    """MB at most above what a small audit leaves behind, and seconds of processor time."""

    def run(number: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            began = time.process_time()
            found = audit(predict, examples(), attacks=["qwerty"], trials=number, jobs=1, output=folder)
            found.gate(max_drop=0.05)
            found.report(Path(folder, "report.html"))
            return time.process_time() - began

    run(100)
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    seconds = run(trials)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return {"trials": trials, "before": before, "above": peak - before, "seconds": seconds}


def plot(found: Sequence[Mapping[str, float]], path: Path) -> None:
    """Peak memory by the number of trials."""
    with plotting():
        from matplotlib.figure import Figure  # noqa: PLC0415  (an extra)

        figure = Figure(figsize=(5.6, 2.6), layout="constrained")
        axes = figure.subplots()
        axes.plot(
            [each["trials"] for each in found], [each["above"] for each in found], "o-", color=COLOURS[0]
        )
        axes.set(xscale="log", ylim=(0, 320), xlabel="trials", ylabel="MB above the loaded model")
        axes.set_title("Peak memory of an audit whose model costs nothing", loc="left")
        figure.savefig(path, dpi=160)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--one", type=int)
    parser.add_argument("trials", type=int, nargs="*")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.one)))
        return
    found = []
    print("| trials | peak MB above the loaded model | µs of a processor a trial |\n|---:|---:|---:|")
    for trials in given.trials or TRIALS:
        command = [sys.executable, __file__, "--one", str(trials)]
        one = json.loads(subprocess.check_output(command))  # noqa: S603
        print(f"| {trials:,} | {one['above']:.0f} | {1e6 * one['seconds'] / trials:.0f} |", flush=True)
        found.append(one)
    if given.plot:
        plot(found, given.plot)


if __name__ == "__main__":
    main()
