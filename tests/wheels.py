"""Packages as they are installed: built, and unpacked into a folder for PYTHONPATH."""

from contextlib import chdir
from pathlib import Path
from zipfile import ZipFile

from hatchling.build import build_wheel


def unpacked_wheel(project: Path, folder: Path) -> Path:
    """Build the wheel of a project; the folder in which its modules and its entry points lie then."""
    folder.mkdir(exist_ok=True)
    with chdir(project):
        name = build_wheel(str(folder))
    with ZipFile(folder / name) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"
