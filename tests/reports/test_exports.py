import csv
import io
import json
from collections.abc import Iterable

import pyarrow.parquet as pq
import pytest

from robustaudit.reports.exports import figures_csv, result_json, trials_csv, trials_parquet
from robustaudit.reports.report import Report
from runs import HOSTILE


def rows(content: bytes | Iterable[bytes]) -> list[dict[str, str]]:
    whole = content if isinstance(content, bytes) else b"".join(content)
    return list(csv.DictReader(io.StringIO(whole.decode(), newline="")))


def test_no_cell_of_text_is_a_formula_and_no_text_is_lost(hostile: Report) -> None:
    found = rows(trials_csv(hostile))
    assert len(found) == len(hostile.run.trials())
    texts = {row["clean_text"] for row in found}
    assert texts == {f"'{text}" if text.startswith("=") else text for text in HOSTILE}
    for row in found:
        for name, cell in row.items():
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))
            assert not cell.startswith("-") or name.endswith(("probability", "share"))


@pytest.mark.parametrize("name", ["trial", "label", "clean_probability", "perturbed_probability"])
def test_numbers_stay_numbers(hostile: Report, name: str) -> None:
    stored = hostile.run.trials()[name].to_pylist()
    cells = [float(row[name]) if row[name] else None for row in rows(trials_csv(hostile))]
    assert cells == pytest.approx(stored)


def test_the_edits_of_a_cell_of_csv_give_the_perturbed_text(hostile: Report) -> None:
    row = next(row for row in rows(trials_csv(hostile)) if row["changed"] == "True")
    text = row["clean_text"].removeprefix("'")
    for edit in reversed(json.loads(row["edits"])):
        text = text[: edit["start"]] + edit["replacement"] + text[edit["stop"] :]
    assert text == row["perturbed_text"].removeprefix("'")


def test_parquet_holds_all_trials_in_one_file(hostile: Report) -> None:
    assert pq.read_table(io.BytesIO(b"".join(trials_parquet(hostile)))).equals(hostile.run.trials())


def test_json_is_the_result(hostile: Report) -> None:
    stored = json.loads((hostile.run.folder / "result.json").read_text(encoding="utf-8"))
    assert json.loads(result_json(hostile)) == stored


def test_the_figures_are_a_line_each_with_their_bounds(hostile: Report) -> None:
    found = rows(figures_csv(hostile))
    row = hostile.result.rows[0]
    assert row.drop is not None
    line = next(
        each
        for each in found
        if (each["model"], each["attack"], each["measure"], each["column"])
        == (row.model, row.attack, "drop", "")
    )
    assert float(line["estimate"]) == row.drop.value
    assert line["low"] == ("" if row.drop.low is None else str(row.drop.low))
