"""A disk that fills up, or cannot be written to any more, ends a run in one line; what is finished stays."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

from crashes import CASES, Interrupted
from full_disk import Filling
from robustaudit.core.errors import UserError

AUDIT = CASES[0]
ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
SAYS = r"No space left on device|Disk quota exceeded|Read-only file system|Input/output error"


def kept_until(case: Interrupted, folder: Path, disk: Filling) -> int:
    """How much work was finished when the disk was full."""
    finished = [0]
    with disk.filling():
        try:
            case.work(folder, finished.append)
        except UserError as error:
            assert re.fullmatch(rf"[^\n]*({SAYS})", str(error))  # noqa: PT017  (or it had room for all)
            assert disk.refused
    return finished[-1]


def test_whenever_the_disk_is_full_a_run_ends_in_one_line_and_resumes_when_there_is_room(
    tmp_path: Path,
) -> None:
    (tmp_path / "whole").mkdir()
    AUDIT.work(tmp_path / "whole", lambda _: None)
    sound = AUDIT.outcome(tmp_path / "whole")
    room = kept = 0
    while True:
        folder = tmp_path / str(room)
        folder.mkdir()
        disk = Filling(room, ERRORS[room % len(ERRORS)])
        finished = kept_until(AUDIT, folder, disk)
        if not disk.refused:
            break
        before = AUDIT.work(folder, lambda _: None)
        assert before >= finished
        kept += before > 0
        assert AUDIT.outcome(folder) == sound
        room += 1
    assert room > 15
    assert kept > 3


def test_a_line_of_which_the_disk_takes_a_part_is_no_line(tmp_path: Path) -> None:
    """As a file system does that is almost full."""
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from crashes import CASES\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "CASES[0].work(Path(sys.argv[1]), lambda _: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1].endswith(
        f"cannot write '{tmp_path}/run/manifest.jsonl': File too large"
    )
    assert AUDIT.work(tmp_path, lambda _: None) == 510
    assert AUDIT.outcome(tmp_path)
