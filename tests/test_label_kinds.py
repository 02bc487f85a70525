"""docs/labels.md says which kinds of labels are understood with which kinds of classes."""

import re
from pathlib import Path

import pytest

from label_kinds import CLASSES, LABELS, QUOTED, Knows, audited, data, tables
from robustaudit import audit

MARK = "<!-- output: python tests/label_kinds.py --markdown -->\n"


def test_the_docs_have_every_kind_of_labels_as_it_is_read_today() -> None:
    docs = (Path(__file__).parents[1] / "docs" / "labels.md").read_text(encoding="utf-8")

    made = tables()

    assert docs.partition(MARK)[2].partition("\n<!-- end -->")[0] == made, "scripts/update-docs kinds"
    assert "wrong" not in made


@pytest.mark.parametrize(("row", "head"), QUOTED)
def test_the_first_label_map_of_a_refusal_is_the_one_that_is_meant(row: str, head: str) -> None:
    kind, classes = LABELS[row], CLASSES[head]
    assert classes is not None
    _, message = audited(kind, classes)
    maps = re.findall(r"label_map=['\"](.*?)['\"] \(", message)
    found = [
        audit(
            {"m": Knows(classes)}, data(kind), label_map=each, attacks="upper_case", trials=len(kind.labels)
        )
        for each in maps
    ]
    right = [each.result.rows[0].on_all.clean_accuracy for each in found]
    assert [accuracy.value for accuracy in right if accuracy and accuracy.value == 1] == [1.0]
