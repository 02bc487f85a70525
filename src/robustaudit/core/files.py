"""Files that are either whole or not there."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from robustaudit.core.errors import UserError

_READABLE = 32  # characters of a name that are kept, so that a person knows it again
_DIGITS = 10


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that neither a reader nor a killed writer ever meets half of it.

    Raises:
        UserError: it cannot be written there: no space, no right, or something else in its place.
    """
    try:
        _write_atomically(path, data)
    except OSError as error:
        raise UserError(f"cannot write {str(path)!r}: {error.strerror or error}") from error


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        UserError: it is there, or cannot be written.
    """
    if not write_first(path, data):
        raise UserError(f"{str(path)!r} is there already: nothing is overwritten")


def write_first(path: Path, data: bytes) -> bool:
    """Write a file unless there is one: of several that try, one alone is told that it did.

    Raises:
        UserError: it cannot be written.
    """
    try:
        with _written_beside(path, data) as temporary:
            _link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise UserError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
    return True


def _link(written: Path, path: Path) -> None:
    """Let a file that was written be found at `path`, where there is none."""
    try:
        os.link(written, path)
    except FileExistsError:
        raise
    except OSError:  # the file system has no links: a reader may meet half of the file
        with path.open("xb") as stream:
            stream.write(written.read_bytes())


def _write_atomically(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _written_beside(path, data) as temporary:
        temporary.replace(path)


@contextmanager
def _written_beside(path: Path, data: bytes) -> Iterator[Path]:
    """A whole file in the same folder, which is gone afterwards unless it was moved."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            # Not synced: a rename is whole whoever is killed, and what a power cut empties shows.
            stream.write(data)
        # mkstemp makes the file private; a report is as readable as any other new file
        temporary.chmod(0o666 & ~_umask())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(folder: Path) -> None:
    """Make `folder` and prove that a file can be written into it, before work is spent."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"output folder {str(folder)!r} is not writable: {reason}") from error


def is_file(path: Path) -> bool:
    """Whether a file lies there; no name that a user may give makes it raise."""
    return _answers(path.is_file)


def is_folder(path: Path) -> bool:
    """Whether a folder lies there; no name that a user may give makes it raise."""
    return _answers(path.is_dir)


def _answers(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except (OSError, ValueError):  # a name that is too long, or holds a zero byte
        return False


def safe_name(name: str) -> str:
    """A name that any file system takes: short lower-case words as they are, others cut and with a digest."""
    if re.fullmatch(r"[a-z0-9_]{1,32}", name):
        return name
    readable = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:_READABLE].strip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{readable}-{digest}" if readable else digest


def from_home(path: str | Path) -> Path:
    """A path, from the user's home where it begins with `~`.

    Raises:
        UserError: that is the home of nobody.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UserError(f"path {str(path)!r} begins with a home that is not known") from error


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
