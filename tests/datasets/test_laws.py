"""What holds for every file: it reads back as it was written, in any format, and never shifts a label."""

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fakes import FakeSource
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, ReadOptions, SampleSpec, load
from robustaudit.runs.plan import make_plan, sample_examples
from strategies import any_unicode, sentences

FORMATS = ("csv", "tsv", "jsonl", "json", "parquet")
SKIP = ReadOptions.parse(on_bad_row="skip")

signs = st.text(st.sampled_from('",;\t|\n\r abé'), max_size=12)
texts = st.one_of(any_unicode(), sentences(), signs)
written = texts.filter(lambda text: "\0" not in text)  # which only JSON and Parquet can hold
rows = st.lists(st.tuples(written, st.integers(0, 3)), min_size=1, max_size=8)

each_format = pytest.mark.parametrize("form", FORMATS)
anywhere = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(form: str, found: list[tuple[str, int]], *, ids: bool = True) -> str:
    """A file as other programs write it."""
    table = [{"id": f"r{n}", "text": text, "label": label} for n, (text, label) in enumerate(found)]
    if not ids:
        table = [{name: row[name] for name in ("text", "label")} for row in table]
    path = Path(f"mine.{form}")
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(table), path)
    elif form == "json":
        path.write_text(json.dumps(table, indent=len(table) % 2 or None), encoding="utf-8")
    elif form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in table), encoding="utf-8")
    else:
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, list(table[0]), delimiter="\t" if form == "tsv" else ",")
        writer.writeheader()
        writer.writerows(table)
        path.write_bytes(stream.getvalue().encode("utf-8"))
    return str(path)


def read(dataset: Dataset) -> list[tuple[str, int]]:
    return [(each.text, each.label) for each in dataset.examples]


@each_format
@anywhere
@given(found=rows)
def test_what_is_written_is_read_back(form: str, found: list[tuple[str, int]]) -> None:
    dataset = load(write(form, found))
    assert read(dataset) == found
    assert [each.id for each in dataset.examples] == [f"r{n}" for n in range(len(found))]


@anywhere
@given(found=rows)
def test_the_format_says_nothing_about_the_examples(found: list[tuple[str, int]]) -> None:
    assert len({load(write(form, found, ids=False)).digest for form in FORMATS}) == 1


@anywhere
@example(found=[("Ā", 0)], encoding="utf-16-le")
@example(found=[("好吃的饭" * 20, 0)], encoding="utf-16-le")
@given(found=rows, encoding=st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]))
def test_the_encoding_says_nothing_about_the_examples(found: list[tuple[str, int]], encoding: str) -> None:
    path = Path(write("csv", found))
    path.write_bytes(path.read_bytes().decode("utf-8").encode(encoding))
    assert read(load(str(path))) == found


@anywhere
@given(
    found=st.lists(
        st.tuples(written, st.integers(0, 1)), min_size=1, max_size=8, unique_by=lambda row: row[0]
    ),
    number=st.integers(1, 9),
    seed=st.integers(0, 3),
    order=st.randoms(use_true_random=False),
)
def test_neither_order_nor_sampling_changes_what_is_audited(
    found: list[tuple[str, int]], number: int, seed: int, order: object
) -> None:
    def audited(dataset: Dataset) -> tuple[Example, ...]:
        attack = parse_attack("qwerty")
        return make_plan(dataset, [FakeSource()], [attack], trials=number, seed=seed).examples

    sample = SampleSpec(number, seed)
    whole = load(write("jsonl", found, ids=False))
    sampled = load("mine.jsonl", sample=sample)
    shuffled = list(found)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert audited(sampled) == audited(whole) == sample_examples(whole.examples, number, seed=seed)
    assert audited(load(write("csv", shuffled, ids=False), sample=sample)) == audited(whole)
    assert (sampled.digest, sampled.size, sampled.statistics) == (whole.digest, whole.size, whole.statistics)
    assert len(sampled.examples) == min(number, len(found))


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl"])
@anywhere
@given(found=rows, data=st.data())
def test_a_file_that_lost_or_gained_a_sign_never_shifts_a_label(
    form: str, found: list[tuple[str, int]], data: st.DataObject
) -> None:
    """Either it is refused, or all but one of the examples read are those written, each with its label.

    A sign may change one text or label unnoticed, and a line break that is lost joins two.
    """
    path = Path(write(form, found, ids=False))
    content = path.read_bytes().decode("utf-8")
    begin = content.index("\n") + 1 if form != "jsonl" else 0
    place = data.draw(st.integers(begin, len(content) - 1))
    sign = data.draw(st.sampled_from(["", '"', ",", "\t", "\n", "x"]))
    path.write_bytes((content[:place] + sign + content[place + (not sign) :]).encode("utf-8"))
    try:
        examples = read(load(str(path), SKIP))
    except UserError:
        return
    assert len([each for each in examples if each not in found]) <= 1


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "json"])
@anywhere
@given(found=rows, bad=st.integers(0, 7))
def test_a_row_that_is_skipped_leaves_the_others_as_they_are(
    form: str, found: list[tuple[str, int]], bad: int
) -> None:
    place = min(bad, len(found))
    with_one = [*found[:place], ("broken", "0.5"), *found[place:]]
    dataset = load(write(form, with_one, ids=False), SKIP)  # type: ignore[arg-type]
    assert read(dataset) == found
    assert (dataset.statistics.rows, dataset.statistics.skipped) == (len(found) + 1, 1)


@anywhere
@given(content=st.binary(max_size=300), form=st.sampled_from(FORMATS))
def test_bytes_are_data_or_one_line(content: bytes, form: str) -> None:
    path = Path(f"mine.{form}")
    path.write_bytes(b"text,label\n" + content if form == "csv" else content)
    said: list[str] = []
    try:
        load(str(path), SKIP, announce=said.append)
    except UserError as error:
        said.append(str(error))
    assert not any("\n" in line for line in said)
