"""The trials that a reader of the page can browse, as JSON that no parser of HTML can misread."""

import json
import math
import shlex
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import regex
from markupsafe import Markup
from numpy.typing import NDArray

from robustaudit.core.display import hidden_positions, is_hidden, visible
from robustaudit.core.edits import as_words
from robustaudit.core.records import Edit
from robustaudit.reports.commands import consent
from robustaudit.reports.report import Report
from robustaudit.runs.plan_record import pickled_models

_PICTURE = regex.compile(r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]")


def names_of_hidden(text: str) -> dict[str, str]:
    """The names of the characters of a text that a browser would obey or hide, by character."""
    if text.isascii() and text.isprintable():
        return {}
    return {character: name_of(character) for character in set(text) if is_hidden(character)}


def lookalikes_in(text: str, replacement: str) -> str:
    """The characters of a replacement that the text has not, and that may be taken for others.

    They are of a script or kind that the text does not use, or Latin letters with no plain one within: `ɑ`.
    What hides is not among them, nor are emoji.
    """
    return "".join(
        dict.fromkeys(
            character
            for character in replacement
            if not (character.isascii() and not character.isalpha())
            and character not in text
            and not is_hidden(character)
            and not _PICTURE.match(character)
            and (_kind(character) not in _kinds(text) or _is_odd(character))
        )
    )


def written_out(text: str, *, alike: str = "") -> Iterator[tuple[str, str | None]]:
    """A text in pieces: what may stand as it is, with None, and characters to write out, with their names.

    What is `alike` others stands, with itself to write out behind.
    """
    run, hidden = "", hidden_positions(text)
    for place, character in enumerate(text):
        if character in alike:
            run += character
        if character in alike or place in hidden:
            yield run, None
            yield character, name_of(character)
            run = ""
        else:
            run += character
    yield run, None


def name_of(character: str) -> str:
    """Its name in Unicode; control characters have none, and are called so."""
    kind = "control character" if unicodedata.category(character) == "Cc" else "no character"
    return unicodedata.name(character, kind)


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    """`LATIN`, `CYRILLIC`, `FULLWIDTH`, `COMBINING`: the first word of its name, most often its script."""
    return unicodedata.name(character, "").partition(" ")[0]


def _is_odd(character: str) -> bool:
    return _kind(character) == "LATIN" and not unicodedata.normalize("NFKD", character)[0].isascii()


@lru_cache(maxsize=1024)
def _kinds(text: str) -> Collection[str]:
    return frozenset(_kind(character) for character in text if character.isalpha())


MOST_TRIALS = 20_000
MOST_CHARACTERS = 8_000_000

K = TypeVar("K")

_COLUMNS = (
    "model",
    "attack",
    "trial",
    "example",
    "clean_text",
    "edits",
    "smallest_edits",
    "clean_probability",
    "perturbed_probability",
)
_CLASSES = ("label", "clean_prediction", "perturbed_prediction", "smallest_prediction")
_SHOWN = (*_COLUMNS, "changed", *(name for each in _CLASSES for name in (each, f"{each}_name")))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedTrials:
    """The trials in a page: `shown` of the `total` trials, at most `quota` of each model and attack."""

    data: Markup
    total: int
    shown: int
    quota: int


def embedded_trials(report: Report, *, most: int = MOST_TRIALS) -> EmbeddedTrials:
    """The trials of a run for the page's script; of a large run a part, by a rule that the page states."""
    browsed = _Browsed(most)
    for shard in report.run.shards():
        browsed.add(shard)
    chosen, quota = browsed.chosen()
    data = (
        _Embedding()
        .add(chosen.to_pylist())
        .as_json(run=str(report.run.folder), pickled=pickled_models(report.result.plan))
    )
    return EmbeddedTrials(data=script_json(data), total=browsed.total, shown=len(chosen), quota=quota)


def script_json(data: object) -> Markup:
    """JSON for a script element: no `</script>`, no `<!--`, and only ASCII."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  (nothing is left in it that HTML could read)


class _Browsed:
    """The trials that a page may show, of those added: few more than it has room for."""

    def __init__(self, most: int) -> None:
        self.total = 0
        self._most = most
        self._characters = 0
        self._cells: dict[tuple[str, str], int] = {}
        self._kept: list[pa.Table] = []
        self._rows = 0

    def add(self, trials: pa.Table) -> None:
        self.total += len(trials)
        self._characters += pc.sum(pc.utf8_length(trials["clean_text"])).as_py() or 0
        names = zip(trials["model"].to_pylist(), trials["attack"].to_pylist(), strict=True)
        cells = [
            self._cells.setdefault((str(model), str(attack)), len(self._cells)) for model, attack in names
        ]
        self._kept.append(trials.select(_SHOWN).append_column("cell", pa.array(cells, pa.int64())))
        self._rows += len(trials)
        if self._rows > 2 * self._most + len(self._cells):
            kept = pa.concat_tables(self._kept)
            self._kept = [kept.take(np.sort(_first(kept, max(1, self._most // len(self._cells)))))]
            self._rows = len(self._kept[0])

    def chosen(self) -> tuple[pa.Table, int]:
        """The trials to show, and how many of each model and attack there is room for."""
        characters = self._characters / max(self.total, 1) or 1.0
        quota = max(1, int(min(self._most, MOST_CHARACTERS / characters) // max(len(self._cells), 1)))
        kept = pa.concat_tables(self._kept)
        places = _first(kept, quota)
        cell, number = (kept[name].to_numpy()[places] for name in ("cell", "trial"))
        return kept.take(places[np.lexsort((cell, number))]), quota


def _first(trials: pa.Table, quota: int) -> NDArray[np.int64]:
    """Of each cell the flipped trials before the changed ones before the others, each by number."""
    cells, number, changed = (trials[name].to_numpy() for name in ("cell", "trial", "changed"))
    flips = pc.not_equal(trials["clean_prediction"], trials["perturbed_prediction"])
    flipped = np.array(flips.to_pylist(), dtype=bool)  # null, where the model gave no prediction, is no flip
    order = np.lexsort((number, ~changed, ~flipped, cells))
    begins = np.searchsorted(cells[order], cells[order], side="left")
    return order[np.arange(len(order)) - begins < quota]


class _Embedding:
    """Texts and draws once each, the predictions of each model, and the name of each class by its number."""

    def __init__(self) -> None:
        self.classes: dict[int, str] = {}
        self.models: dict[str, int] = {}
        self.attacks: dict[str, int] = {}
        self.examples: dict[tuple[str, int, str], int] = {}
        self.draws: dict[tuple[int, int, int], int] = {}
        self.edits: list[list[list[Any]]] = []
        self.predictions: list[list[Any]] = []
        self.names: dict[str, str] = {}

    def add(self, rows: Iterable[dict[str, Any]]) -> "_Embedding":
        for row in rows:
            example = _number(self.examples, (row["example"], row["label"], row["clean_text"]))
            attack = _number(self.attacks, row["attack"])
            draw = _number(self.draws, (attack, row["trial"], example))
            if draw == len(self.edits):
                self.edits.append(self._edits(row["clean_text"], row["edits"]))
            for name in _CLASSES:
                if row[name] is not None:
                    self.classes[row[name]] = visible(row[f"{name}_name"])
            self.predictions.append(
                [
                    draw,
                    _number(self.models, row["model"]),
                    row["clean_prediction"],
                    row["perturbed_prediction"],
                    _rounded(row["clean_probability"]),
                    _rounded(row["perturbed_probability"]),
                    *self._smallest(row),
                ]
            )
        return self

    def as_json(self, *, run: str, pickled: Sequence[str]) -> dict[str, Any]:
        """The values that the script shows; models and attacks also as words of a command."""
        loaded = [" ".join([_quoted([each])[0], *consent(pickled=each in pickled)]) for each in self.models]
        for _, _, text in self.examples:
            self.names.update(names_of_hidden(text))
        draws = zip(self.draws, self.edits, strict=True)
        return {
            "run": _quoted([run])[0],
            "models": list(zip(map(visible, self.models), loaded, strict=True)),
            "attacks": list(zip(map(visible, self.attacks), _quoted(self.attacks), strict=True)),
            "classes": dict(sorted(self.classes.items())),
            "examples": [
                [visible(name), label, text, sorted(hidden_positions(text))]
                for name, label, text in self.examples
            ],
            "draws": [[*draw, edits] for draw, edits in draws],
            "predictions": self.predictions,
            "names": self.names,
        }

    def _smallest(self, row: dict[str, Any]) -> list[Any]:
        """Of a trial that fewer edits fail: the class, the numbers of edits, and these edits."""
        smallest = row["smallest_edits"]
        if smallest is None or len(smallest) == len(row["edits"]):
            return []
        edits = self._edits(row["clean_text"], smallest)
        return [row["smallest_prediction"], len(smallest), len(row["edits"]), edits]

    def _edits(self, text: str, edits: Iterable[dict[str, Any]]) -> list[list[Any]]:
        return [self._edit(text, edit) for edit in as_words(text, [Edit(**edit) for edit in edits])]

    def _edit(self, text: str, edit: Edit) -> list[Any]:
        """Its start, stop and replacement, and what to mark in that: look-alikes, and places that hide."""
        replacement = edit.replacement
        alike = lookalikes_in(text, replacement)
        self.names.update(
            {character: name_of(character) for character in alike} | names_of_hidden(replacement)
        )
        hidden = sorted(hidden_positions(replacement))
        marks = [alike, hidden] if alike or hidden else []
        return [edit.start, edit.stop, replacement, *marks]


def _number(known: dict[K, int], key: K) -> int:
    return known.setdefault(key, len(known))


def _rounded(probability: float | None) -> float | None:
    return None if probability is None or math.isnan(probability) else round(probability, 4)


def _quoted(names: Iterable[str]) -> Sequence[str]:
    """The names as a shell reads them, safe to show."""
    return [visible(shlex.quote(name)) for name in names]
