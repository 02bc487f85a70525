"""The hub, on folders in the same form; the hub itself is out of reach of a test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robustaudit.core.errors import MissingExtra, NetworkUnavailable, UserError
from robustaudit.datasets import Dataset, ReadOptions, load
from robustaudit.datasets import hub_datasets as our_hub
from robustaudit.datasets.hub_datasets import HubAddress
from robustaudit.datasets.read_options import USUAL

pytest.importorskip("datasets")

import datasets
import huggingface_hub
from datasets import ClassLabel, Features, Value, load_dataset_builder
from datasets.exceptions import DatasetNotFoundError

AMAZON = ReadOptions.parse(text_column="title,content")


@pytest.fixture(autouse=True)
def _with_an_empty_cache(hub_cache: Path) -> None:
    """Nothing of the developer's, and nothing left to them."""


def rows(word: str, number: int) -> list[dict[str, Any]]:
    return [{"text": f"{word} {i}", "label": i % 2} for i in range(number)]


def write(path: str, content: list[dict[str, Any]] | bytes) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        Path(path).write_bytes(content)
    else:
        pq.write_table(pa.Table.from_pylist(content), path)


@pytest.fixture
def yelp() -> str:
    """A folder with the files and columns of yelp_polarity."""
    write("yelp/plain_text/train-00000-of-00001.parquet", rows("train", 300))
    write("yelp/plain_text/test-00000-of-00001.parquet", rows("test", 40))
    return "hf:./yelp"


@pytest.fixture
def amazon() -> str:
    """A folder with the files and columns of amazon_polarity."""
    for split, number in (("train", 30), ("test", 4)):
        content = [{"label": i % 2, "title": f"Title {i}", "content": f"{split} {i}."} for i in range(number)]
        write(f"amazon/amazon_polarity/{split}-00000-of-00001.parquet", content)
    return "hf:./amazon"


def texts(dataset: Dataset, split: Any) -> set[str]:
    return {example.text.split()[0] for example in dataset.split(split)}


def complaint(name: str, reading: ReadOptions = USUAL, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        load(name, reading, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_audit_reads_the_test_split(yelp: str) -> None:
    dataset = load(yelp)
    assert [(e.text, e.label) for e in dataset.audited] == [(f"test {i}", i % 2) for i in range(40)]
    assert dataset.title == "hf:./yelp, test split, 40 examples"
    assert dataset.examples == dataset.audited


def test_a_training_learns_from_train_alone_and_is_tested_on_test(yelp: str) -> None:
    dataset = load(yelp, training=True)
    assert [texts(dataset, split) for split in ("train", "validation", "test")] == [
        {"train"},
        {"train"},
        {"test"},
    ]
    assert len(dataset.split("train")) + len(dataset.split("validation")) == 300
    assert 15 <= len(dataset.split("validation")) <= 45
    assert dataset.audited == load(yelp).audited


def test_a_validation_split_of_their_own_is_used() -> None:
    for split in ("train", "validation", "test"):
        write(f"theirs/data/{split}-00000-of-00001.parquet", rows(split, 10))
    dataset = load("hf:./theirs", training=True)
    assert [texts(dataset, split) for split in ("train", "validation", "test")] == [
        {"train"},
        {"validation"},
        {"test"},
    ]


def test_without_a_test_split_validation_is_audited_and_that_is_said() -> None:
    for split in ("train", "validation"):
        write(f"theirs/data/{split}-00000-of-00001.parquet", rows(split, 50))
    said: list[str] = []
    dataset = load("hf:./theirs", announce=said.append)
    assert dataset.title == "hf:./theirs, validation split, 50 examples"
    assert said == ["data 'hf:./theirs' has no test split: its validation split is audited"]
    assert texts(load("hf:./theirs", training=True), "test") == {"validation"}


def test_one_split_alone_is_audited_whole_and_parted_for_training() -> None:
    write("theirs/mine.parquet", rows("train", 300))
    said: list[str] = []
    assert len(load("hf:./theirs", announce=said.append).audited) == 300
    assert said == ["data 'hf:./theirs' has no test split: its train split is audited"]
    dataset = load("hf:./theirs", training=True)
    assert all(len(dataset.split(split)) >= 15 for split in ("train", "validation", "test"))


def test_content_is_the_text_of_amazon_polarity_unless_more_is_asked_for(amazon: str) -> None:
    assert load(amazon).audited[1].text == "test 1."
    assert load(amazon, AMAZON).audited[1].text == "Title 1\ntest 1."


def test_the_same_rows_have_the_same_digest_and_ids(yelp: str) -> None:
    assert load(yelp).digest == load(yelp).digest
    assert load(yelp).digest != load(yelp, ReadOptions(max_examples=39)).digest
    assert load(yelp, ReadOptions(max_examples=3)).audited == load(yelp).audited[:3]


def test_a_file_that_is_not_needed_is_never_opened() -> None:
    write("theirs/data/train-00000-of-00002.parquet", rows("train", 30))
    write("theirs/data/train-00001-of-00002.parquet", b"broken")
    write("theirs/data/test-00000-of-00002.parquet", rows("test", 30))
    write("theirs/data/test-00001-of-00002.parquet", b"broken")
    assert len(load("hf:./theirs", ReadOptions(max_examples=30)).audited) == 30
    assert len(load("hf:./theirs", ReadOptions(max_examples=30), training=True).examples) == 60
    assert complaint("hf:./theirs", ReadOptions(max_examples=31)).startswith(
        "data 'hf:./theirs' cannot be read: "
    )


def test_the_first_examples_of_each_split_are_taken(yelp: str) -> None:
    dataset = load(yelp, ReadOptions(max_examples=20), training=True)
    assert len(dataset.split("train")) + len(dataset.split("validation")) == 20
    assert [example.text for example in dataset.split("test")] == [f"test {i}" for i in range(20)]


def test_a_configuration_is_named_after_a_colon() -> None:
    for config in ("one", "two"):
        write(f"theirs/{config}/test-00000-of-00001.parquet", rows(config, 3))
    Path("theirs/README.md").write_text(
        "---\nconfigs:\n"
        "- config_name: one\n  data_files:\n  - split: test\n    path: one/test-*\n"
        "- config_name: two\n  data_files:\n  - split: test\n    path: two/test-*\n---\n"
    )
    assert load("hf:./theirs:two").audited[0].text == "two 0"
    assert "'one', 'two'" in complaint("hf:./theirs")
    assert "'three' not found" in complaint("hf:./theirs:three")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("hf:yelp_polarity", HubAddress("yelp_polarity", None, None)),
        ("hf:nyu-mll/glue:sst2", HubAddress("nyu-mll/glue", None, "sst2")),
        ("hf:imdb@v1", HubAddress("imdb", "v1", None)),
        ("hf:glue@v1:sst2", HubAddress("glue", "v1", "sst2")),
        ("hf:./a@b:c", HubAddress("./a@b", None, "c")),
    ],
)
def test_addresses(given: str, address: HubAddress) -> None:
    assert HubAddress.parse(given) == address


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hf:", "data of the hub is hf:NAME, hf:NAME:CONFIG or hf:NAME@REVISION, got 'hf:'"),
        ("hf:./gone", "data folder './gone' does not exist"),
        ("hf:./a.txt", "data folder './a.txt' is a file"),
        ("hf:./empty", "data 'hf:./empty' cannot be read: "),
        ("hf:a/b/c", "data 'hf:a/b/c' cannot be read: Repo id must be in the form"),
        ("hf:\udcff", "the name of the data must be valid Unicode"),
    ],
)
def test_what_is_no_data_is_one_line(name: str, message: str) -> None:
    Path("a.txt").write_text("a file")
    Path("empty").mkdir()
    assert complaint(name).startswith(message)


def test_code_that_comes_with_data_is_never_run() -> None:
    write("theirs/test.parquet", rows("test", 3))
    Path("theirs/theirs.py").write_text("raise SystemExit('it ran')")
    assert "scripts are no longer supported" in complaint("hf:./theirs")


def test_splits_of_other_names_are_named() -> None:
    write("theirs/data/unsupervised-00000-of-00001.parquet", rows("x", 3))
    assert complaint("hf:./theirs") == (
        "data 'hf:./theirs' has no split train, validation or test: it has unsupervised"
    )


def test_training_needs_a_train_split() -> None:
    write("theirs/data/test-00000-of-00001.parquet", rows("x", 3))
    assert complaint("hf:./theirs", training=True) == "data 'hf:./theirs' has no train split: it has test"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": None, "label": 1}, "column 'text': missing"),
        ({"text": "x", "label": None}, "column 'label': missing"),
        ({"text": "x", "label": 0.5}, "column 'label': must be a whole number, or a name, got 0.5"),
    ],
)
def test_a_row_that_is_no_example_is_named(row: dict[str, Any], message: str) -> None:
    write("theirs/data/test-00000-of-00001.parquet", [{"text": "y", "label": 1}, row])
    assert complaint("hf:./theirs").startswith(f"data 'hf:./theirs', test row 2, {message}")


def test_labels_that_are_words_are_numbered_by_their_names(yelp: str) -> None:
    write("theirs/test.parquet", [{"text": "x", "label": "pos"}, {"text": "y", "label": "neg"}])
    assert load("hf:./theirs").label_names == ("neg", "pos")
    assert [example.label for example in load("hf:./theirs").audited] == [1, 0]
    examples = load("hf:./theirs", ReadOptions.parse(label_map="neg=0,pos=1")).audited
    assert [example.label for example in examples] == [1, 0]
    assert "has no column 'words': it has text, label" in complaint(yelp, ReadOptions(text_column=("words",)))


def test_half_a_surrogate_pair_is_named() -> None:
    Path("theirs").mkdir()
    Path("theirs/test.jsonl").write_text('{"text": "no \\ud800", "label": 1}\n')
    assert complaint("hf:./theirs").startswith("data 'hf:./theirs'")


def test_texts_of_any_kind_arrive_as_they_are() -> None:
    hostile = ["", " \n", "naïve 👍\u200d", "\x00\x1b[31m", "a\r\nb", "ﷺ" * 1000, "\u202eabc"]
    write("theirs/test.parquet", [{"text": text, "label": 0} for text in hostile])
    assert [example.text for example in load("hf:./theirs").audited] == hostile


def test_nothing_is_shown_and_settings_are_put_back(yelp: str, capfd: pytest.CaptureFixture[str]) -> None:

    before = (datasets.are_progress_bars_disabled(), datasets.config.HF_HUB_OFFLINE)
    load(yelp, offline=True)
    assert capfd.readouterr() == ("", "")
    assert (datasets.are_progress_bars_disabled(), datasets.config.HF_HUB_OFFLINE) == before
    assert not huggingface_hub.constants.HF_HUB_OFFLINE


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(MissingExtra, match=r"datasets is not installed: pip install 'robustaudit\[hub\]'"):
        load("hf:yelp_polarity")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | None], None]:
    """What the hub answers to the question whether it has a data set."""

    def answer(error: Exception | None) -> None:
        def info(*_: object, **__: object) -> None:
            if error is not None:
                raise error

        monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", info)

    return answer


def test_no_network_is_one_line(asked: Callable[[Exception | None], None]) -> None:
    asked(ConnectionError("Name or service not known"))
    with pytest.raises(NetworkUnavailable) as caught:
        load("hf:yelp_polarity")
    assert str(caught.value) == (
        "data 'hf:yelp_polarity' is not on this machine, and the Hugging Face hub did not answer: "
        "Name or service not known"
    )


def test_offline_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr("socket.getaddrinfo", forbidden)
    monkeypatch.setattr("socket.socket.connect", forbidden)
    with pytest.raises(NetworkUnavailable) as caught:
        load("hf:yelp_polarity", offline=True)
    assert str(caught.value) == ("data 'hf:yelp_polarity' is not on this machine, and network access is off")


def test_what_the_hub_has_no_data_in_is_one_line(
    asked: Callable[[Exception | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def empty(*_: object, **__: object) -> None:
        raise FileNotFoundError("no data files")

    asked(None)
    monkeypatch.setattr("datasets.load_dataset_builder", empty)
    assert complaint("hf:someone/empty") == "data 'hf:someone/empty' cannot be read: no data files"


def test_a_name_that_the_hub_does_not_know_is_told(asked: Callable[[Exception | None], None]) -> None:
    asked(DatasetNotFoundError("no such data"))
    assert complaint("hf:yelp_polarty") == (
        "data 'hf:yelp_polarty' is not on the Hugging Face hub, or not open to you"
    )


def test_the_hub_is_asked_for_the_name_as_it_is_given(
    yelp: str, asked: Callable[[Exception | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def builder(path: str, config: str | None, *, revision: str | None) -> Any:
        assert (path, config, revision) == ("hf://datasets/yelp_polarity", "plain_text", "v1")
        return theirs

    theirs, expected = load_dataset_builder("./yelp"), load(yelp).audited
    asked(None)
    monkeypatch.setattr("datasets.load_dataset_builder", builder)
    Path("yelp_polarity").mkdir()  # no folder is taken for a name
    said: list[str] = []
    dataset = load("hf:yelp_polarity@v1:plain_text", announce=said.append)
    assert dataset.name == "hf:yelp_polarity@v1:plain_text"
    assert said == ["reading data 'hf:yelp_polarity' from the Hugging Face hub"]
    assert dataset.audited == expected


@pytest.mark.usefixtures("yelp")
def test_small_data_is_kept_and_read_from_the_cache_without_a_network(
    asked: Callable[[Exception | None], None], monkeypatch: pytest.MonkeyPatch, hub_cache: Path
) -> None:
    builder = load_dataset_builder("./yelp")
    builder.info.download_size = our_hub._SMALL
    asked(None)
    with monkeypatch.context() as patch:
        patch.setattr("datasets.load_dataset_builder", lambda *_, **__: builder)
        fetched = load("hf:yelp", announce=lambda _: None)
    assert list(hub_cache.rglob("*.arrow"))

    asked(ConnectionError("no network"))
    said: list[str] = []
    assert load("hf:yelp", announce=said.append).audited == fetched.audited
    assert said == ["the Hugging Face hub did not answer: data 'hf:yelp' is read from its cache"]
    assert load("hf:yelp", offline=True).digest == fetched.digest


@pytest.mark.usefixtures("yelp")
def test_large_data_is_streamed(
    asked: Callable[[Exception | None], None], monkeypatch: pytest.MonkeyPatch, hub_cache: Path
) -> None:
    builder = load_dataset_builder("./yelp")
    builder.info.download_size = our_hub._SMALL + 1
    asked(None)
    monkeypatch.setattr("datasets.load_dataset_builder", lambda *_, **__: builder)
    assert len(load("hf:yelp").audited) == 40
    assert not list(hub_cache.rglob("*.arrow"))


def test_classes_with_names_are_their_numbers() -> None:
    features = Features({"text": Value("string"), "label": ClassLabel(names=["neg", "pos"])})
    Path("theirs").mkdir()
    datasets.Dataset.from_list(rows("test", 4), features=features).to_parquet("theirs/test.parquet")
    dataset = load("hf:./theirs")
    assert [example.label for example in dataset.audited] == [0, 1, 0, 1]
    assert dataset.label_names == ("neg", "pos")
    assert dataset.numbered
