"""Folders of data: saved by the library `datasets`, which is not needed to read them, or of Parquet files."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robustaudit.core.errors import UserError
from robustaudit.datasets import Dataset, ReadOptions, SampleSpec, load

CLASSES = {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}


def rows(word: str, number: int) -> pa.Table:
    return pa.table({"text": [f"{word} {i}" for i in range(number)], "label": [i % 2 for i in range(number)]})


def save(folder: str, table: pa.Table) -> None:
    """A split as `save_to_disk` writes it, in two files."""
    Path(folder).mkdir(parents=True)
    table = table.replace_schema_metadata({"huggingface": json.dumps(CLASSES)})
    names = ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]
    for name, part in zip(names, (table.slice(0, 2), table.slice(2)), strict=True):
        with pa.OSFile(f"{folder}/{name}", "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(part)
    state = {"_data_files": [{"filename": name} for name in names]}
    Path(folder, "state.json").write_text(json.dumps(state))


def texts(dataset: Dataset) -> list[str]:
    return [example.text for example in dataset.examples]


def complaint(name: str, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        load(name, **options)
    return str(caught.value)


@pytest.fixture
def saved() -> str:
    """A folder with splits."""
    save("theirs/train", rows("train", 30))
    save("theirs/test", rows("test", 5))
    Path("theirs/dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    return "theirs"


def test_a_saved_folder_is_audited_on_its_test_split(saved: str) -> None:
    dataset = load(saved)
    assert texts(dataset) == [f"test {i}" for i in range(5)]
    assert dataset.title == "theirs, test split, 5 examples"
    assert dataset.label_names == ("neg", "pos")
    assert load(saved, sample=SampleSpec(2, 0)).digest == dataset.digest


def test_a_training_learns_from_its_train_split(saved: str) -> None:
    dataset = load(saved, training=True)
    assert all(example.text.startswith("train") for example in dataset.split("train"))
    assert [example.text for example in dataset.split("test")] == [f"test {i}" for i in range(5)]


def test_one_that_was_saved_without_splits_is_read_whole() -> None:
    save("theirs", rows("x", 5))
    assert texts(load("theirs")) == [f"x {i}" for i in range(5)]


@pytest.mark.usefixtures("hub_cache")
def test_what_the_library_saves_is_read() -> None:
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    made = datasets.Dataset.from_list(rows("x", 5).to_pylist())
    datasets.DatasetDict({"test": made, "train": made}).save_to_disk("theirs")
    datasets.enable_progress_bars()
    assert texts(load("theirs")) == [f"x {i}" for i in range(5)]


def test_parquet_files_are_splits_where_their_names_say_so() -> None:
    Path("mine").mkdir()
    for name in ("train-0", "test-00000-of-00002", "test-00001-of-00002"):
        pq.write_table(rows(name, 3), f"mine/{name}.parquet")
    assert texts(load("mine")) == [f"test-0000{part}-of-00002 {i}" for part in (0, 1) for i in range(3)]


def test_parquet_files_of_other_names_are_one_table() -> None:
    Path("mine").mkdir()
    for name in ("b", "a", "tested"):
        pq.write_table(rows(name, 2), f"mine/{name}.parquet")
    assert texts(load("mine")) == ["a 0", "a 1", "b 0", "b 1", "tested 0", "tested 1"]


def test_a_bad_row_is_named_with_its_file() -> None:
    Path("mine").mkdir()
    pq.write_table(rows("a", 2), "mine/a.parquet")
    pq.write_table(pa.table({"text": ["x", None], "label": [1, 1]}), "mine/b.parquet")
    assert complaint("mine").startswith("data folder 'mine', b.parquet row 2, column 'text': missing")
    assert len(load("mine", ReadOptions.parse(on_bad_row="skip")).examples) == 3


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"dataset_dict.json": b"{}"}, "file 'dataset_dict.json': not as save_to_disk writes it"),
        ({"dataset_dict.json": b'{"splits": ["other"]}'}, "has no split train, validation or test"),
        ({"dataset_dict.json": b'{"splits": ["test"]}'}, "file 'mine/test/state.json' does not exist"),
        ({"state.json": b"[1]"}, "file 'state.json': not as save_to_disk writes it"),
        ({"state.json": b'{"_data_files": []}'}, "file 'state.json': not as save_to_disk writes it"),
        ({"a.parquet": b"PAR1"}, "its end: the file is truncated"),
        ({"a.csv": b"text,label\n"}, "holds neither a saved data set nor .parquet files"),
    ],
)
def test_a_folder_that_cannot_be_read_is_one_line(files: dict[str, bytes], message: str) -> None:
    Path("mine").mkdir()
    for name, content in files.items():
        Path("mine", name).write_bytes(content)
    assert message in complaint("mine")


def test_files_of_other_columns_do_not_go_together() -> None:
    Path("mine").mkdir()
    pq.write_table(rows("a", 2), "mine/a.parquet")
    pq.write_table(rows("b", 2).append_column("more", pa.array([1, 2])), "mine/b.parquet")
    assert "file 'b.parquet': other columns than a.parquet has" in complaint("mine")
