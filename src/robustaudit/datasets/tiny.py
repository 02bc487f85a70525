"""`tiny`: short reviews written for this project; it ships in the package."""

import csv
from importlib.resources import files

from robustaudit.core.records import Example
from robustaudit.datasets.dataset import SENTIMENTS, Dataset


def load_tiny() -> Dataset:
    """All of `tiny`: no shipped model was trained on it, so that it is audited whole."""
    content = files(__package__).joinpath("data", "tiny.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(content.splitlines())
    examples = tuple(Example(row["id"], row["text"], int(row["label"]), row["id"]) for row in rows)
    return Dataset("tiny", examples, label_names=SENTIMENTS)
