"""What words say about the class of a text, by the labels of the data: where a search looks first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from robustaudit.core.arrays import Floats
from robustaudit.core.records import Example
from robustaudit.perturbations import Segmenter, TextBatch

_MOST_TEXTS = 50_000  # that are counted: more change little
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class WordEvidence:
    """For each word the log-odds by which it speaks for the class of a text that has it, as in naive Bayes.

    `log_odds`, shape (words, classes), are ln P(word | class) - ln P(word | another class), from the shares
    of texts that have the word: without the text itself, and with one more in the proportions of the classes.
    `words` and `classes` have the row of each word, in lower case, and the column of each class.
    """

    words: Mapping[str, int]
    classes: Mapping[int, int]
    log_odds: Floats

    @classmethod
    def of(cls, examples: Sequence[Example], segmenter: Segmenter) -> "WordEvidence":
        """What the labels of the examples say; of very many, evenly spaced ones."""
        some = examples[:: -(-len(examples) // _MOST_TEXTS) or 1]
        classes = {label: place for place, label in enumerate(sorted({example.label for example in some}))}
        column = np.array([classes[example.label] for example in some], dtype=np.int64)
        text, word, words = _words_of([example.text for example in some], segmenter)
        having = np.zeros((len(words), len(classes)))
        np.add.at(having, (np.array(word, dtype=np.int64), column[text]), 1.0)
        texts = np.bincount(column, minlength=len(classes)).astype(np.float64)
        return cls(words, classes, _log_odds(having, texts))

    def speaks_for(self, label: int, word: str) -> float:
        """The log-odds by which a word, in lower case, of a text of a class speaks for it; 0 if unknown."""
        row, column = self.words.get(word), self.classes.get(label)
        return 0.0 if row is None or column is None else float(self.log_odds[row, column])


def _words_of(texts: Sequence[str], segmenter: Segmenter) -> tuple[list[int], list[int], dict[str, int]]:
    """Which words each text has: texts and words by number, each pair once, and the numbers of the words."""
    batch = TextBatch(texts, segmenter=segmenter)
    columns = (batch.words.text, batch.words.start, batch.words.stop)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    pairs = list(dict.fromkeys((text, batch.texts[text][start:stop].lower()) for text, start, stop in rows))
    words: dict[str, int] = {}
    return [text for text, _ in pairs], [words.setdefault(word, len(words)) for _, word in pairs], words


def _log_odds(having: Floats, texts: Floats) -> Floats:
    share = texts / max(texts.sum(), 1.0)
    inside = (np.maximum(having - 1.0, 0.0) + share) / (np.maximum(texts - 1.0, 0.0) + share + _LEAST)
    others = having.sum(axis=1, keepdims=True) - having + 1.0 - share
    outside = others / (texts.sum() - texts + 1.0 - share + _LEAST)
    return np.asarray(np.log(inside + _LEAST) - np.log(outside + _LEAST))
