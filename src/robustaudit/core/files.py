"""Files that are either complete or absent, even after a power cut."""

import errno
import hashlib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import option

_READABLE = 32  # characters of a name that are kept, so that a person knows it again
_DIGITS = 10
_STREAMS = {
    f"{place}{end}": name
    for name, number in (("stdout", 1), ("stderr", 2))
    for place, end in (("/dev/", name), ("/dev/fd/", number), ("/proc/self/fd/", number))
}
"""Paths of this process's own streams, which may be redirected to a file: opening it would truncate it."""
_KEPT_IN_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)
_NOT_SYNCED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)  # what file systems without a disk answer


Content: TypeAlias = bytes | Iterable[bytes]
"""The content of a file, as a whole or part by part."""


def write_atomically(path: Path, data: Content, *, make_folder: bool = True) -> None:
    """Write a file so that no reader, killed writer or power cut ever leaves half of it.

    An existing file or link is replaced; links are not followed, as the folder may be someone else's. A
    missing folder is created, unless `make_folder` is false.

    Raises:
        UserError: it cannot be written: no space, no permission, or a folder of that name.
    """
    with _explained(path):
        if make_folder:
            create_folder(path.parent)
        _replace(path, data)


def write_to(path: Path, data: bytes) -> None:
    """Write to a path that the user named: links are followed, devices and pipes are written into.

    A regular file is replaced by a complete one of the same mode; or written in place, if it cannot be
    replaced because its folder is read-only or it is a mount point.

    Raises:
        UserError: it cannot be written.
    """
    with _explained(path):
        if (name := _STREAMS.get(str(path))) is not None:
            _write_to_stream(name, data)
        elif _is_special(path):
            _write_into(path, data)
        else:
            target = Path(os.path.realpath(path))
            try:
                create_folder(target.parent)
                _replace(target, data)
            except OSError as error:
                if error.errno not in _KEPT_IN_PLACE or not target.is_file():
                    raise
                _write_into(target, data)


def write_new(path: Path, data: bytes) -> None:
    """Write a new file; of several processes that try, exactly one does.

    Raises:
        UserError: it exists, or cannot be written.
    """
    with _explained(path):
        try:
            with _written_beside(path, data) as temporary:
                _link(temporary, path)
        except FileExistsError:
            raise UserError(f"{str(path)!r} already exists; nothing is overwritten") from None
        sync_folder(path.parent)


def save(path: Path, data: bytes, *, force: bool) -> None:
    """Write a file that is not there yet; any, if forced to.

    Raises:
        UserError: it exists and `force` is false, or it cannot be written.
    """
    if not force and is_file(path):
        raise UserError(f"{str(path)!r} already exists: give {option('force', value=True)} to replace it")
    if force or exists(path):
        write_to(path, data)
    else:
        check_writable(path.parent)
        write_new(path, data)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn errors of the file system into one clear line, but not a pipe whose reader is gone."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(f"cannot write {str(path)!r}: {error.strerror or error}") from error


def _link(written: Path, path: Path) -> None:
    """Link a complete file to `path`, which must not exist."""
    try:
        os.link(written, path)
    except FileExistsError:
        raise
    except OSError:  # the file system has no links: an empty file takes the name first
        path.open("xb").close()
        try:
            written.replace(path)
        except BaseException:
            path.unlink()
            raise


def _replace(path: Path, data: Content) -> None:
    with _written_beside(path, data) as temporary:
        temporary.replace(path)
    sync_folder(path.parent)


@contextmanager
def _written_beside(path: Path, data: Content) -> Iterator[Path]:
    """A complete temporary file in the same folder, removed afterwards unless it was moved."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines([data] if isinstance(data, bytes) else data)
            _sync(stream)
        temporary.chmod(_mode(path))
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def remove_unfinished(folder: Path, name: str = "*") -> None:
    """Remove what killed writers left of files of that name, which no process may be writing now."""
    for left in folder.glob(f".{name}.*.part"):
        with suppress(OSError):
            left.unlink()


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, or of an ordinary new file: mkstemp makes private ones."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return 0o666 & ~_umask()
    return stat.S_IMODE(there.st_mode) if stat.S_ISREG(there.st_mode) else 0o666 & ~_umask()


def _sync(stream: BinaryIO) -> None:
    """Flush the content to the disk: a rename may reach it first."""
    stream.flush()
    sync_handle(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where folders can be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        sync_handle(handle)
    finally:
        os.close(handle)


def sync_handle(handle: int) -> None:
    """Flush what a file descriptor refers to to the disk, where the file system can."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NOT_SYNCED:
            raise


def _is_special(path: Path) -> bool:
    """Whether the path is a device, a pipe or a socket, or a link to one."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _write_into(path: Path, data: bytes) -> None:
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags & ~os.O_CREAT)) as stream:
        stream.write(data)


def _write_to_stream(name: str, data: bytes) -> None:
    stream = getattr(sys, name)
    stream.flush()
    stream.buffer.write(data)
    stream.flush()


def create_folder(folder: Path) -> None:
    """Create a folder unless it is there, with those that it lies in, so that no power cut takes it back."""
    missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


def check_writable(folder: Path) -> None:
    """Create `folder` and check that a file can be written into it, before any work is done."""
    try:
        create_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"output folder {str(folder)!r} is not writable: {reason}") from error


def check_creatable(folder: Path) -> None:
    """Check that `folder` is one that can be written to, or can be created; nothing is."""
    nearest = next(each for each in (folder.absolute(), *folder.absolute().parents) if exists(each))
    if not is_folder(nearest):
        raise UserError(f"output folder {str(folder)!r} is not writable: {str(nearest)!r} is a file")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UserError(f"output folder {str(folder)!r} is not writable: no permission in {str(nearest)!r}")


def is_file(path: Path) -> bool:
    """Whether the path is a file; raises for no name that a user may give."""
    return _answers(path.is_file)


def is_folder(path: Path) -> bool:
    """Whether the path is a folder; raises for no name that a user may give."""
    return _answers(path.is_dir)


def exists(path: Path) -> bool:
    """Whether the path exists; raises for no name that a user may give."""
    return _answers(path.exists)


def _answers(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except (OSError, ValueError):  # a name that is too long, or holds a zero byte
        return False


def safe_name(name: str) -> str:
    """A file name for any file system: short lower-case words unchanged, others cut, with a digest."""
    if re.fullmatch(r"[a-z0-9_]{1,32}", name):
        return name
    readable = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:_READABLE].strip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{readable}-{digest}" if readable else digest


def expand_home(path: str | Path) -> Path:
    """A path with `~` expanded.

    Raises:
        UserError: there is no such home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UserError(f"path {str(path)!r} has an unknown home folder") from error


def digest_of(data: bytes) -> str:
    """SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: Literal["attacks", "trained_models"]) -> Path:
    """The folder of that name that ships, in a wheel or in the repository."""
    in_wheel = _PACKAGE / "shipped" / name
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parents[1] / name
