"""`tiny`: short reviews written for this project; it ships in the package."""

import csv
from importlib.resources import files

from robustaudit.core.records import Example
from robustaudit.datasets.dataset import Dataset


def load_tiny() -> Dataset:
    """All of `tiny`: no shipped model was trained on it, so that it is audited whole."""
    content = files(__package__).joinpath("data", "tiny.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(content.splitlines())
    return Dataset("tiny", tuple(Example(r["id"], r["text"], int(r["label"]), r["id"]) for r in rows))
