"""How long Chromium takes to open the HTML report of a large run, beside the 2 s it may take.

    python benchmarks/report_page.py [TRIALS]

It makes a run of so many trials (100,000) of a stand-in model, writes its report, and opens the file three
times: until the first trials are on the page. What is printed are seconds and their share of the limit.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright

from robustaudit.attacks import parse_attack
from robustaudit.datasets import load
from robustaudit.models import Classifier
from robustaudit.reports.page.document import html
from robustaudit.reports.report import Report
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.stored_run import open_run, read_result

LIMIT = 2.0
ATTACKS = ("qwerty", "delete", "homoglyph", "zero_width")


class EvenLetters:
    """A model that says 1 where a text has an even number of `e`s."""

    name, title, labels, digest, accuracy = "even", "counts letters", ("negative", "positive"), "0", None

    def load(self) -> Classifier:
        return self

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        positive = np.array([0.9 if text.count("e") % 2 == 0 else 0.2 for text in texts])
        return np.stack([1 - positive, positive], axis=1)


def main(trials: int) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        attacks = [parse_attack(each) for each in ATTACKS]
        plan = make_plan(load("reviews"), [EvenLetters()], attacks, trials=trials // len(ATTACKS))
        execute_plan(plan, folder)
        begun = time.perf_counter()
        page = html(Report(run=open_run(folder), result=read_result(folder)))
        made = time.perf_counter() - begun
        print(f"report of {trials:,} trials: {len(page) / 1e6:.1f} MB, made in {made:.1f} s")
        path = folder / "report.html"
        path.write_bytes(page)
        seconds = median(opening(path) for _ in range(3))
        print(f"opened in {seconds:.2f} s, {seconds / LIMIT:.2f} of the {LIMIT:g} s it may take")
    finally:
        shutil.rmtree(folder)


def opening(path: Path) -> float:
    """Seconds from asking for the page until its trials are there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox"],
        )
        page = browser.new_page()
        started = time.perf_counter()
        page.goto(path.as_uri())
        page.locator("#list li").first.wait_for()
        seconds = time.perf_counter() - started
        browser.close()
    return seconds


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
