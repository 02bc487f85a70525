"""docs/answers.md says what is read and what is refused."""

from pathlib import Path

import pytest

from answer_kinds import tables

MARK = "<!-- output: python tests/answer_kinds.py --markdown -->\n"


def test_the_docs_have_every_kind_of_answer_as_it_is_read_today() -> None:
    for library in ("pandas", "polars", "torch", "onnxruntime", "onnx", "transformers", "httpx2"):
        pytest.importorskip(library)
    docs = (Path(__file__).parents[1] / "docs" / "answers.md").read_text(encoding="utf-8")

    made = tables()

    assert docs.partition(MARK)[2].partition("\n<!-- end -->")[0] == made, (
        "make it: scripts/update-docs kinds"
    )
    assert "wrong" not in made
