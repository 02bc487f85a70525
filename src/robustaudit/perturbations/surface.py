"""Punctuation, spaces, and what surrounds a text: addresses, handles and hashtags."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Literal, final

import regex

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation, matches, rewritten, single_spaces
from robustaudit.perturbations.word_lists import changes, load_table

Place = Literal["start", "end"]


class OuterPerturbation(SpanPerturbation):
    """A perturbation that adds something before or after the whole text, separated by a space."""

    __slots__ = ()

    @abstractmethod
    def where(self) -> tuple[Literal["url", "handle", "hashtag"], Place]:
        """The addition, and where it goes."""

    @final
    def spans(self, text: str) -> Iterator[Span]:
        kind, place = self.where()
        things = load_table("outer.toml", "outer")[kind]
        if not text.strip():
            return
        if place == "start":
            yield Span(0, 0, [f"{thing} " for thing in things])
        else:
            end = len(text.rstrip())
            yield Span(end, end, [f" {thing}" for thing in things])


@perturbation("add_handle", family="surface", meaning="kept")
class AddHandle(OuterPerturbation):
    """Add a handle before or after a text, as replies do: `great` becomes `@user great`."""

    place: Place = "start"

    def where(self) -> tuple[Literal["handle"], Place]:
        return "handle", self.place


@perturbation("add_hashtag", family="surface", meaning="kept")
class AddHashtag(OuterPerturbation):
    """Add a common hashtag before or after a text: `great` becomes `great #today`."""

    place: Place = "end"

    def where(self) -> tuple[Literal["hashtag"], Place]:
        return "hashtag", self.place


@perturbation("add_url", family="surface", meaning="kept")
class AddUrl(OuterPerturbation):
    """Add a web address before or after a text: `great` becomes `great https://example.com`."""

    place: Place = "end"

    def where(self) -> tuple[Literal["url"], Place]:
        return "url", self.place


# What a tag may hold, with one letter at least; between spaces or punctuation that readers separate from it.
_TAGGABLE = regex.compile(
    r"(?<![\p{L}\p{N}\p{M}\p{P}\p{S}\p{Cf}])(?=\p{N}*\p{L})[\p{L}\p{N}\p{M}]++(?=[.,!?;:…]*+(?:\s|\Z))"
)


@perturbation("word_as_hashtag", family="surface", meaning="kept")
class WordAsHashtag(SpanPerturbation):
    """Make a word a hashtag: `great` becomes `#great`."""

    def spans(self, text: str) -> Iterator[Span]:
        return rewritten(_TAGGABLE, text, "#{}".format)


@perturbation("emphasize", family="surface", meaning="kept")
class Emphasize(WordPerturbation):
    """Emphasise a word as in chats and Markdown: `great` becomes `*great*`."""

    mark: Literal["any", "*", "**", "_"] = "any"

    def replacements(self, word: str) -> Sequence[str]:
        marks = ("*", "**", "_") if self.mark == "any" else (self.mark,)
        return [f"{mark}{word}{mark}" for mark in marks]


_AFTER_A_WORD = regex.compile(r"(?<=[\p{L}\p{N}][\p{M}\u200C\u200D]*+)(?=\s)")


@perturbation("add_mark", family="surface", meaning="kept")
class AddMark(SpanPerturbation):
    """Add punctuation after a word without any: `the food was great` becomes `the food, was great`."""

    mark: Literal["any", ",", ".", ";", "...", " -"] = "any"

    def spans(self, text: str) -> Iterator[Span]:
        marks = (",", ".", ";", "...", " -") if self.mark == "any" else (self.mark,)
        return matches(_AFTER_A_WORD, text, marks)


_LONE_MARK = regex.compile(r"(?<![.!?,…])[.!?,](?![.!?,…\p{L}\p{N}])")


@perturbation("repeat_mark", family="surface", meaning="kept")
class RepeatMark(SpanPerturbation):
    """Repeat a punctuation mark two or three times: `great!` becomes `great!!` or `great!!!`."""

    marks: Literal["any", "!", "?", "."] = "any"

    def spans(self, text: str) -> Iterator[Span]:
        for found in _LONE_MARK.finditer(text):
            if self.marks in ("any", found.group()):
                yield Span(found.start(), found.end(), (found.group() * 2, found.group() * 3))


# Marks within a word, a number or an address belong to it.
_MARK = r"[.,;:!?…\"'()\[\]“”‘’„«»¡¿—–。、，！？；：]"
_LETTER = r"[\p{L}\p{N}\p{M}]"
_MARKS = regex.compile(rf"(?<!{_MARK})(?:(?<!{_LETTER}){_MARK}++|{_MARK}++(?!{_LETTER}))")


@perturbation("drop_mark", family="surface", meaning="mostly kept")
class DropMark(SpanPerturbation):
    """Omit the punctuation next to a word: `great, really!` becomes `great really!`."""

    def spans(self, text: str) -> Iterator[Span]:
        return matches(_MARKS, text, ("",))


_FINAL = regex.compile(r"(?<=[^\s.!?…])[.!?…。！？।؟]++(?=[\p{Pe}\p{Pf}\"']*+(?:\s|\Z))")


@perturbation("drop_final_mark", family="surface", meaning="kept")
class DropFinalMark(SpanPerturbation):
    """End a sentence without punctuation: `It was great. I was glad.` becomes `It was great I was glad.`."""

    def spans(self, text: str) -> Iterator[Span]:
        return matches(_FINAL, text, ("",))


@perturbation("drop_apostrophe", family="surface", meaning="kept")
class DropApostrophe(WordPerturbation):
    """Write a word without its apostrophe: `don't` becomes `dont`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word.replace("'", "").replace("’", "")])


_BEFORE_A_MARK = regex.compile(r"(?<=[\p{L}\p{N}\p{M}])(?=[.!?,;:…](?![\p{L}\p{N}]))")


@perturbation("space_before_mark", family="surface", meaning="kept")
class SpaceBeforeMark(SpanPerturbation):
    """Type a space before a punctuation mark: `great!` becomes `great !`."""

    def spans(self, text: str) -> Iterator[Span]:
        return matches(_BEFORE_A_MARK, text, (" ",))


_AFTER_A_MARK = regex.compile(r"(?<=[\p{L}\p{N}\p{M}][.!?,;:…]++)[ ]++(?=\S)")


@perturbation("drop_blank_after_mark", family="surface", meaning="kept")
class DropBlankAfterMark(SpanPerturbation):
    """Omit the space after a punctuation mark: `great, really` becomes `great,really`."""

    def spans(self, text: str) -> Iterator[Span]:
        return matches(_AFTER_A_MARK, text, ("",))


@perturbation("double_blank", family="surface", meaning="kept")
class DoubleBlank(SpanPerturbation):
    """Type a space two or three times: `so great` becomes `so  great`."""

    def spans(self, text: str) -> Iterator[Span]:
        return single_spaces(text, ("  ", "   "))


_SPACES = regex.compile(r"(?<=\S)[ ]++(?=\S)")


@perturbation("tab_for_blank", family="surface", meaning="kept")
class TabForBlank(SpanPerturbation):
    """Separate words by a tab, as in text from tables: `so great` becomes `so<U+0009>great`."""

    def spans(self, text: str) -> Iterator[Span]:
        return matches(_SPACES, text, ("\t",))


_OUTER_SPACES = (" ", "  ", "\t", "\n")


@perturbation("outer_blank", family="surface", meaning="kept")
class OuterBlank(SpanPerturbation):
    """Add a space, tab or line break before or after a text, as in forms: `great` becomes ` great`."""

    def spans(self, text: str) -> Iterator[Span]:
        if text:
            yield Span(0, 0, _OUTER_SPACES)
            yield Span(len(text), len(text), _OUTER_SPACES)
