from collections.abc import Iterable
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation
from robustaudit.perturbations.words import graphemes

_TEXT, _EMOJI = "\ufe0e", "\ufe0f"
_ONE = regex.compile(rf"\p{{Extended_Pictographic}}[{_TEXT}{_EMOJI}]?")


@perturbation("emoji_style", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class EmojiStyle(SpanPerturbation):
    """Ask for an emoji in colour, in black and white, or neither, as devices differ: `❤` becomes `❤️`."""

    def spans(self, text: str) -> Iterable[Span]:
        for start, run in _runs(text):
            signs = "".join(run)
            bare = [letter[0] for letter in run]
            forms = ("".join(sign + selector for sign in bare) for selector in ("", _TEXT, _EMOJI))
            yield Span(start, start + len(signs), [form for form in forms if form != signs])


def _runs(text: str) -> Iterable[tuple[int, list[str]]]:
    """The emojis of one character, those in a row together, and where they begin."""
    if not _ONE.search(text):
        return
    at, start, run = 0, 0, list[str]()
    for letter in (*graphemes(text), ""):
        if _ONE.fullmatch(letter):
            start = start if run else at
            run.append(letter)
        elif run:
            yield start, run
            run = []
        at += len(letter)
