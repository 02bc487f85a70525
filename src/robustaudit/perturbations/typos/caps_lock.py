from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.sites import Lazy, Sites
from robustaudit.perturbations.spans import Span, columns
from robustaudit.perturbations.typos.capitals import inverted
from robustaudit.perturbations.words import Batch


@perturbation("caps_lock", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class CapsLock:
    """Type a word, or all from a word on, with caps lock on: `Great` becomes `gREAT`.

    All from a word on is one edit, however high the rate.
    """

    until: Literal["word", "end"] = "word"

    def sites(self, batch: Batch) -> Sites:
        return columns(_words(batch) if self.until == "word" else _ends(batch))


def _words(batch: Batch) -> Iterator[tuple[int, Span]]:
    words = batch.words
    other = [inverted(form) for form in words.forms]
    columns_ = (column.tolist() for column in (words.text, words.start, words.stop, words.form))
    for row, start, stop, form in zip(*columns_, strict=True):
        if other[form] != words.forms[form]:
            yield row, Span(start, stop, (other[form],))


def _ends(batch: Batch) -> Iterable[tuple[int, Span]]:
    starts: dict[int, list[int]] = {}
    for row, span in _words(batch):
        starts.setdefault(row, []).append(span.start)
    return [(row, _end(batch.texts[row], found)) for row, found in starts.items()]


def _end(text: str, starts: list[int]) -> Span:
    first = starts[0]

    def make(k: int) -> str:
        return text[first : starts[k]] + inverted(text[starts[k] :])

    return Span(first, len(text), Lazy(len(starts), make))
