"""Answers that were given before, on disk."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import platformdirs

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.remote.exchange import TextPrediction

_SECONDS = 60  # to wait for other processes
_AT_ONCE = 500  # keys in one question


class ReplyCache:
    """Predictions by the digest of the request; neither texts nor headers are stored.

    Each asking of a text has an answer of its own: one that is asked again is not told what it said before.

    SQLite keeps each write whole, whichever processes write and are killed.
    """

    def __init__(self, model: str, *, asking: str = "") -> None:
        """A cache for the model whose settings have that digest; `asking` names a repeated query."""
        self._asked = [model, asking] if asking else [model]
        self._path = Path(platformdirs.user_cache_dir("robustaudit", appauthor=False)) / "answers.sqlite"

    def __enter__(self) -> Self:
        with self._explained():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(self._path, timeout=_SECONDS, isolation_level=None)
            try:
                self._file.execute("PRAGMA journal_mode = WAL")
                self._file.execute("PRAGMA synchronous = NORMAL")
                self._file.execute(
                    "CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, answer TEXT) WITHOUT ROWID"
                )
            except BaseException:
                self._file.close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def find(self, texts: Sequence[str]) -> dict[str, TextPrediction]:
        """The cached predictions for these texts."""
        keys = {self._key(text): text for text in texts}
        found: dict[str, TextPrediction] = {}
        wanted = list(keys)
        with self._explained():
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, answer FROM answers WHERE key IN ({marks})"  # noqa: S608  (marks alone)
                with closing(self._file.execute(query, some)) as rows:
                    found |= {keys[key]: json.loads(answer) for key, answer in rows}
        return found

    def keep(self, answers: Mapping[str, TextPrediction]) -> None:
        """Write answers of texts, all or none of them."""
        rows = [(self._key(text), json.dumps(answer)) for text, answer in answers.items()]
        with self._explained():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                self._file.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", rows)
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(json.dumps([*self._asked, text]).encode()).digest()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            raise UserError(
                f"the cache of answers {str(self._path)!r} cannot be used: {error}; "
                "remove it, or set cache = false"
            ) from error
