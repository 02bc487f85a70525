"""Why models fail, and their weak spots, as tables and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.models import WordPieces
from robustaudit.reports.layout import legend, section, strong, table
from robustaudit.reports.text import count, figure, value
from robustaudit.worst_case.explanation import EditCost, EditPredictor, FailureExplanation
from robustaudit.worst_case.reasons import FailureReasons
from robustaudit.worst_case.weak_spots import WeakSpots

_WORDS = 5
_LONGEST = 24  # characters of a word that a table shows


def render_reasons(found: FailureReasons) -> RenderableType:
    """For each attack and model the costliest words, what predicts failures, and weak spots."""
    parts = [*(_explained(each) for each in found.explanations if each.words)]
    spots = [_spots(each) for each in found.weak_spots if each.spots]
    return Group(*parts, *spots, legend(_legend(found)))


def _explained(found: FailureExplanation) -> RenderableType:
    title = f"Why model {visible(found.model)} fails under {visible(found.attack)}: its costliest words"
    return section(title, _words(found), *(Text(line) for line in predicts(found)))


def _words(found: FailureExplanation) -> Table:
    unit = "log-odds" if found.in_log_odds else "share"
    made = table("word", "costliest edit", figures=("edits", "fail\n%", f"mean\n{unit}", "most"))
    for word in found.words[:_WORDS]:
        costs = (f"{word.mean:.2f}", f"{word.costliest.cost:.2f}")
        made.add_row(
            strong(shortened(word.word)),
            _edit(word.costliest),
            f"{word.edits:,}",
            percent(word.fails / word.edits),
            *costs,
        )
    return made


def _edit(edit: EditCost) -> Text:
    shown = Text(visible(f"{shortened(edit.before)} → {shortened(edit.after)}"))
    if edit.reading:
        before, after = map(reading_text, edit.reading)
        shown.append("\n").append(visible(f"read as {before} → {after}"), style="dim")
    return shown


def reading_text(reading: WordPieces) -> str:
    """How a model reads words: their pieces."""
    pieces = shortened(" ".join(reading.pieces)) or "nothing"
    return pieces if reading.known else f"{pieces} (unknown)"


def shortened(text: str) -> str:
    """The beginning of a long word."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def predicts(found: FailureExplanation) -> Iterator[str]:
    """How well words predict which edits of a text fail, and what adds to that; nothing of few texts."""
    if found.words_auc is None:
        return
    yield (
        f"Of an edit that fails and one that holds in the same text, the costlier word tells which: "
        f"AUC {_area(found.words_auc.value)} [{_area(found.words_auc.low)}, {_area(found.words_auc.high)}]."
    )
    yield from map(_adds, (each for each in found.predictors if each.adds))


def _adds(found: EditPredictor) -> str:
    gain = found.gain
    return (
        f"With {found.name}: AUC {_area(found.auc.value)}, higher by {_area(gain.value)} "
        f"[{_area(gain.low)}, {_area(gain.high)}]."
    )


def _area(area: float | None) -> str:
    return "–" if area is None else f"{area:.3f}"


def _spots(found: WeakSpots) -> RenderableType:
    others = [model for model in found.spots[0].together if model != found.model]
    together = ("fails with those\nabove, % [95% CI]", *(f"model {visible(each)}\n%" for each in others))
    made = table("edit", "kind", figures=("chosen\non", "fails", *together))
    for each in found.spots:
        made.add_row(
            strong(f"{shortened(each.edit.before)} → {shortened(each.edit.after)}"),
            visible(each.edit.kind),
            f"{each.chosen_fails:,}",
            f"{each.fails:,} of {each.texts:,}",
            figure(each.together[found.model]),
            *(value(each.together[other]) for other in others),
        )
    title = f"Weak spots of model {visible(found.model)} under {visible(found.attack)}"
    return section(title, made)


def _legend(found: FailureReasons) -> Iterator[str]:
    yield from words_note(found)
    yield from spots_note(found)


def words_note(found: FailureReasons) -> Iterator[str]:
    """What costs and AUC are, of what is shown."""
    if any(each.words for each in found.explanations):
        yield (
            "Costs: by how much an edit lowers the log-odds of the predicted class, mean and maximum over "
            "all edits of the word."
            if all(each.in_log_odds for each in found.explanations)
            else "Costs: log-odds, or, of models that give classes alone, the share of edits that fail."
        )
    if any(each.words_auc for each in found.explanations):
        yield (
            "AUC: what words cost is learned on other groups than those it is tried on; what adds nothing to "
            "the words is not shown."
        )


def spots_note(found: FailureReasons) -> Iterator[str]:
    """How weak spots were chosen and tried, if there are any."""
    if spots := next((each for each in found.weak_spots if each.spots), None):
        yield (
            f"Weak spots are chosen on one half of the groups ({count(spots.chosen_on, 'text')}): each is "
            "the edit that fails most texts that none before it fails. Fails: on the other half "
            f"({count(spots.tried_on, 'text')}), of the texts in which the edit can be made; shares are of "
            "all texts of that half."
        )


def reasons_as_json(found: FailureReasons) -> dict[str, Any]:
    """All words and predictors, and all weak spots."""
    return {
        "explanations": [_explanation_as_json(each) for each in found.explanations],
        "weak_spots": [asdict(each) for each in found.weak_spots],
    }


def _explanation_as_json(found: FailureExplanation) -> dict[str, Any]:
    return {
        "model": found.model,
        "attack": found.attack,
        "in_log_odds": found.in_log_odds,
        "texts_with_both": found.texts_with_both,
        "words_auc": found.words_auc and asdict(found.words_auc),
        "predictors": [asdict(each) | {"adds": each.adds} for each in found.predictors],
        "words": [asdict(each) for each in found.words],
    }
