"""Files that are something else than their names say, told by how they begin."""

import re

from robustaudit.datasets.table import BadRow

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (rb"PK\x03\x04", "a zip archive, as files of Excel (.xlsx) are: save it as CSV"),
    (rb"\xd0\xcf\x11\xe0", "a file of an old Excel or Word: save it as CSV"),
    (rb"\x1f\x8b", "packed by gzip: let its name end in .gz"),
    (rb"BZh[1-9]1AY&SY", "packed by bzip2: let its name end in .bz2"),
    (rb"\xfd7zXZ\x00", "packed by xz: let its name end in .xz"),
    (rb"\x28\xb5\x2f\xfd", "packed by zstd: let its name end in .zst"),
    (rb"PAR1", "Parquet: give --format parquet"),
    (rb"ARROW1", "an Arrow or Feather file: save it as Parquet"),
    (rb"SQLite format 3\x00", "a database of SQLite: export a table as CSV"),
    (rb"%PDF-", "a PDF"),
    (rb"\x80[\x02-\x05]", "a pickle of Python, which could run any code: save it as Parquet or CSV"),
    (rb"version https://git-lfs", "not the file but a pointer of Git LFS: git lfs pull fetches it"),
    (rb"\s*<(?i:!doctype html|html)", "a web page, perhaps one that asks to sign in: fetch the file itself"),
)


def check_native(head: bytes) -> None:
    """Refuse what begins as a known file of another kind.

    Raises:
        BadRow: it does; the message says what it is.
    """
    for beginning, what in _BEGINNINGS:
        if re.match(beginning, head):
            raise BadRow("its beginning", f"it is {what}", broken=True)
