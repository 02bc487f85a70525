"""What is written is read back the same, however hostile it is, or refused in one line."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.datasets.writing import WRITERS, format_of
from strategies import any_unicode, sentences

signs = st.text(st.sampled_from('",;\t|\n\r abé=\u2028\x85\ufeff'), max_size=12)
texts = st.one_of(any_unicode(), sentences(), signs).filter(lambda text: "\0" not in text)


def table(found: list[tuple[str, Any]]) -> pa.Table:
    return pa.table(
        {
            "id": [f"r{n}" for n in range(len(found))],
            "text": pa.array([text for text, _ in found], pa.string()),
            "label": [label for _, label in found],
            "augmented_from": pa.array([None] * len(found), pa.string()),
        }
    )


@pytest.mark.parametrize("form", WRITERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(st.tuples(texts, st.integers(0, 3)), min_size=1, max_size=8))
def test_texts_and_labels_are_read_back_as_they_were(
    form: str, found: list[tuple[str, int]], tmp_path: Path
) -> None:
    path = tmp_path / f"mine.{form}"
    path.write_bytes(WRITERS[form](table(found)))
    assert [(each.text, each.label) for each in load(str(path)).examples] == found


@pytest.mark.parametrize("text", ["a\0b", "a" * 131_073])
def test_what_a_delimited_file_cannot_hold_is_refused_and_json_lines_and_parquet_hold_it(
    text: str, tmp_path: Path
) -> None:
    for form in ("csv", "tsv"):
        with pytest.raises(UserError, match=r"^row 2, column 'text' has .*: write .jsonl or .parquet$"):
            WRITERS[form](table([("fine", 0), (text, 1)]))
    for form in ("jsonl", "parquet"):
        path = tmp_path / f"mine.{form}"
        path.write_bytes(WRITERS[form](table([(text, 1)])))
        assert load(str(path)).examples[0].text == text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mine", "output 'mine' must end in one of .csv, .tsv, .jsonl, .parquet"),
        ("mine.cvs", "unknown format of output 'mine.cvs': 'cvs': did you mean 'csv'?"),
    ],
)
def test_a_name_without_a_known_ending_is_refused(name: str, message: str) -> None:
    assert format_of(Path("a.b/MINE.CSV")) == "csv"
    with pytest.raises(UserError) as error:
        format_of(Path(name))
    assert str(error.value) == message
