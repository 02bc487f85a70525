"""A disk that fills up, or can no longer be written to, ends each command in one line with exit code 2."""

import errno
import os
from pathlib import Path

import pytest

from full_disk import Filling
from robustaudit.cli.main import run

RUN = ("run", "--data", "tiny", "--attack", "qwerty", "--offline", "--trials", "60", "--quiet")
COMMANDS = {
    "run": (*RUN, "--models", "tfidf", "--output", "new"),
    "report": ("report", "run", "--format", "html,json,csv", "--output", "out"),
    "plots": ("report", "run", "--format", "json", "--plots", "--output", "out"),
    "gate": ("gate", "run"),
    "junit": ("gate", "run", "--junit", "a.xml"),
    "init": ("init", "run", "--output", "new.toml"),
    "baseline": ("baseline", "save", "run"),
    "augment": ("augment", "tiny", "--attack", "qwerty", "--output", "more.csv"),
    "train": ("train", "--models", "tfidf", "--data", "tiny", "--output", "models", "--quiet"),
    "history": ("history", ".", "--format", "html,json", "--output", "out"),
    "compose": ("compose", "qwerty,delete", "--save", "mine.toml"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run in it."""
    made = tmp_path_factory.mktemp("disk")
    assert run([*RUN, "--models", "tfidf", "--output", str(made / "run")]) == 0
    (made / "robustaudit.toml").write_text("[gate]\nmax_drop = 1.0\n", encoding="utf-8")
    return made


@pytest.mark.parametrize("room", [0, 1, 2])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_without_room_says_so_in_one_line(
    command: tuple[str, ...],
    room: int,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(place)
    disk = Filling(room, (errno.ENOSPC, errno.EROFS, errno.EDQUOT)[room])
    with disk.filling():
        code = run(command)
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert disk.refused
    assert os.strerror(disk.error) in said
    if command == COMMANDS["gate"]:  # the verdict is printed, and its exit code stays
        assert (code, said.partition(":")[0]) == (0, "the verdict is not written")
    else:
        assert (code, said.partition(":")[0]) == (2, "robustaudit")
    assert not list(place.rglob("*.part"))
