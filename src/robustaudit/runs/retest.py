"""Whether a model answers a text alike when it is asked again: alone, among others, and in any order."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.core.randomness import key_of
from robustaudit.core.validation import parse
from robustaudit.runs.prediction import Again, Replies
from robustaudit.statistics.intervals import Floats
from robustaudit.statistics.measures import Estimate

SHARE = 0.03
"""So many clean texts are asked again, of the texts that a unit asks."""
TOLERANCE = 0.01
"""How far apart two answers that are the same may have a probability: half precision takes that much."""

_TIE = 0.001  # where two classes are as likely as each other, either may come first
_MIXED = 4  # texts of several lengths, asked together, in the other order, and each alone
_REPEATS = 8
_AFFORDABLE = 0.03  # of a unit's texts, where calls may cost something
_KEY = b"retest"

Company = Literal["no matter", "matters", "unknown"]
"""Whether an answer depends on the texts beside it; unknown where it changes with the same ones too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retest:
    """What came of asking a model again: of so many clean `texts`, some `differed` in their answer.

    `difference` is the largest in any probability. `company` is what was seen of texts of mixed lengths, None
    where they were not asked, and `company_difference` theirs. `calls` counts every text asked for this.

    Where a model is noisy, the clean text of `each_draw` was asked once more: that says how large its `noise`
    is, how often a clean text has another answer.
    """

    model: str
    texts: int = 0
    differed: int = 0
    difference: float | None = None
    company: Company | None = None
    company_difference: float | None = None
    calls: int = 0
    each_draw: bool = False
    noise: Estimate | None = None

    @property
    def is_noisy(self) -> bool:
        """Whether a text had two answers, and not only in other company."""
        return self.differed > 0 or self.company == "unknown"


def retest(
    again: Again,
    clean: Mapping[str, Replies],
    texts: Iterable[str],
    *,
    flips: Mapping[str, int],
    asking: str,
    mixed: bool,
) -> Retest:
    """Ask some of a unit's texts again: clean ones, whose answers are known, and if so `mixed` ones.

    First those that had the most flips: a model is unsure of them. Which others follows from `asking`, a name
    that no other unit has.
    """
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    company, company_difference = _company(again, distinct, asking) if mixed else (None, None)
    answered = (text for text in clean if not clean[text].failed.any())
    known = sorted(answered, key=lambda text: (-flips.get(text, 0), key_of(asking, text)))
    wanted = math.ceil(SHARE * len(distinct)) if known else 0
    asked = list(islice(cycle(known), wanted))
    rounds = [asked[start : start + len(known)] for start in range(0, wanted, len(known) or 1)]
    second = [again.ask(part, f"{asking}, {number}") for number, part in enumerate(rounds)]
    apart, gaps = _compared([clean[text] for text in asked], second)
    return Retest(
        model=again.model,
        texts=len(apart),
        differed=int(apart.sum()),
        difference=_largest(gaps),
        company=company,
        company_difference=company_difference,
        calls=again.texts,
    )


def differ(first: Replies, second: Replies) -> NDArray[np.bool_]:
    """Which texts have two answers; one that has none does not count as another."""
    gaps = distances(first, second)
    another_class = first.predictions != second.predictions
    apart = (gaps > TOLERANCE) | (another_class & ~(gaps <= _TIE))
    both: NDArray[np.bool_] = apart & ~first.failed & ~second.failed
    return both


def distances(first: Replies, second: Replies) -> Floats:
    """The largest difference in a probability of each text; NaN where a model knows none."""
    gaps: Floats = np.abs(first.probabilities - second.probabilities).max(axis=1)
    return gaps


def _company(again: Again, texts: Sequence[str], asking: str) -> tuple[Company | None, float | None]:
    """Whether texts of mixed lengths have the same answers together, in the other order and alone."""
    most = min(_MIXED, again.at_once, len(texts))
    if again.keeps_answers:  # three askings of each
        most = min(most, int(_AFFORDABLE * len(texts)) // 3)
    if most < 2:  # noqa: PLR2004  (what is alone has no company)
        return None, None
    chosen = [texts[place] for place in np.linspace(0, len(texts) - 1, most).round().astype(int)]

    def answers(number: int) -> list[Replies]:
        """Their answers together, in the other order, and each alone."""
        name = f"{asking}, company {number}"
        together = again.ask(chosen, f"{name}, together")
        turned = again.ask(chosen[::-1], f"{name}, turned").take(slice(None, None, -1))
        return [together, turned, Replies.joined([again.ask([text], f"{name}, alone") for text in chosen])]

    first = answers(0)
    gap = _largest(np.concatenate([distances(first[0], other) for other in first[1:]]))
    if not any(differ(first[0], other).any() for other in first[1:]):
        return "no matter", gap
    # A model that answers by chance would differ as well, but seldom be the same so often.
    for number in range(1, _REPEATS + 1):
        if any(differ(*pair).any() for pair in zip(first, answers(number), strict=True)):
            return "unknown", gap
    return "matters", gap


def _compared(first: Sequence[Replies], second: Sequence[Replies]) -> tuple[NDArray[np.bool_], Floats]:
    """Of texts that were answered both times, which had two answers, and how far apart they are."""
    if not first:
        return np.zeros(0, dtype=bool), np.zeros(0)
    before, after = Replies.joined(first), Replies.joined(second)
    answered = ~after.failed
    return differ(before, after)[answered], distances(before, after)[answered]


def _largest(gaps: Floats) -> float | None:
    known = gaps[~np.isnan(gaps)]
    return float(known.max()) if len(known) else None


def attached(trials: pa.Table, found: Retest) -> pa.Table:
    """The trials of a unit with what came of asking its model again."""
    return trials.replace_schema_metadata({_KEY: json.dumps(asdict(found)).encode()})


def retest_of(trials: pa.Table) -> Retest:
    """What `attached` has attached to the trials of a unit."""
    return parse(Retest, json.loads(trials.schema.metadata[_KEY]), where="retest of a shard")


def altogether(model: str, found: Iterable[Retest]) -> Retest:
    """What came of asking a model again in all of its units."""
    units = [unit for unit in found if unit.model == model]
    tried = [unit for unit in units if unit.company is not None]
    gaps = [unit.difference for unit in units if unit.difference is not None]
    return Retest(
        model=model,
        texts=sum(unit.texts for unit in units),
        differed=sum(unit.differed for unit in units),
        difference=max(gaps, default=None),
        company=tried[0].company if tried else None,
        company_difference=tried[0].company_difference if tried else None,
        calls=sum(unit.calls for unit in units),
        each_draw=any(unit.each_draw for unit in units),
    )
