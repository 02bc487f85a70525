"""Why models fail, and their weak spots, as the template of a sweep shows them."""

from collections.abc import Mapping
from typing import Any

from robustaudit.reports.page.explorer import lookalikes_in, written_out
from robustaudit.reports.reasons_report import predicts, reading_text, shortened, spots_note, words_note
from robustaudit.worst_case.reasons import FailureReasons

Written = list[tuple[str, str | None]]
"""A text in pieces: what may stand as it is, with None, and characters to write out, with their names."""

_WORDS = 8  # of a model under an attack


def reasons_view(found: FailureReasons | None) -> Mapping[str, Any]:
    """The names that the template knows; of a sweep of some edits alone the lists are empty."""
    return {
        "explanations": [each for each in found.explanations if each.words] if found else [],
        "weak_spots": [each for each in found.weak_spots if each.spots] if found else [],
        "words_note": " ".join(words_note(found)) if found else "",
        "spots_note": " ".join(spots_note(found)) if found else "",
        "words_shown": _WORDS,
        "written_edit": written_edit,
        "predicts": predicts,
        "reading_text": reading_text,
    }


def written_edit(before: str, after: str) -> tuple[Written, Written]:
    """The words of an edit, before and after, as they can be shown."""
    alike = lookalikes_in(before, after)
    return list(written_out(shortened(before))), list(written_out(shortened(after), alike=alike))
