"""Errors of scanning, copying and converting: OCR, PDFs, web pages, quotes, encodings."""

import html
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html.entities import codepoint2name
from typing import Literal, NamedTuple

import regex

from robustaudit.perturbations.protocol import LetterPerturbation, WordPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy, inserted
from robustaudit.perturbations.spans import Span, SpanPerturbation, rewritten, single_spaces
from robustaudit.perturbations.word_lists import changes, load_map
from robustaudit.perturbations.words import graphemes


def breaks(letters: Sequence[str]) -> Sequence[int]:
    """Positions with at least two letters on either side, as typesetters require; syllables are not known."""
    is_letter = [letter[0].isalpha() for letter in letters]
    return [at for at in range(2, len(letters) - 1) if all(is_letter[at - 2 : at + 2])]


@perturbation("ocr", family="copying", meaning="mostly kept")
class Ocr(WordPerturbation):
    """Misread a shape, as OCR does: `clean` becomes `dean`, `modern` becomes `modem`."""

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        misread = list(_misread(letters))

        def make(k: int) -> str:
            start, stop, new = misread[k]
            return "".join((*letters[:start], new, *letters[stop:]))

        return Lazy(len(misread), make)


class _Misread(NamedTuple):
    start: int
    stop: int
    new: str


def _misread(letters: Sequence[str]) -> Iterator[_Misread]:
    for start, letter in enumerate(letters):
        for shape, others in _shapes().get(letter, ()):
            stop = start + len(shape)
            if "".join(letters[start:stop]) == shape:
                yield from (_Misread(start, stop, other) for other in others)


@cache
def _shapes() -> dict[str, list[tuple[str, list[str]]]]:
    """The shapes that begin with each letter, and what each may be misread as."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for shape, others in load_map("ocr.toml", "shapes").items():
        found.setdefault(shape[0], []).append((shape, others.split()))
    return found


_LIGATURES = {unicodedata.normalize("NFKC", chr(point)): chr(point) for point in range(0xFB00, 0xFB05)}
_JOINED = regex.compile("ff[il]?|f[il]")


@perturbation("ligatures", family="copying", meaning="kept")
class Ligatures(WordPerturbation):
    """Keep a ligature, as in text copied from a PDF: `fine` becomes `ﬁne`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [_JOINED.sub(lambda found: _LIGATURES[found.group()], word)])


_AFTER = {"newline": "\n", "blank": " ", "nothing": ""}


@perturbation("line_hyphen", family="copying", meaning="kept")
class LineHyphen(LetterPerturbation):
    """Keep a line-end hyphen, as in text copied from a PDF: `wonderful` becomes `won- derful`."""

    then: Literal["blank", "newline", "nothing"] = "blank"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, ["-" + _AFTER[self.then]], breaks(letters))


@perturbation("line_wrap", family="copying", meaning="kept")
class LineWrap(SpanPerturbation):
    """Keep a line break, as in mails and PDFs: `the best` becomes `the<U+000A>best`."""

    quoted: bool = False

    def spans(self, text: str) -> Iterable[Span]:
        return single_spaces(text, ("\n> " if self.quoted else "\n",))


_SOFT_HYPHEN = "\u00ad"


@perturbation("soft_hyphen", family="copying", meaning="kept")
class SoftHyphen(LetterPerturbation):
    """Keep a soft hyphen, as in text copied from a web page: `wonderful` becomes `won<U+00AD>derful`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, _SOFT_HYPHEN, breaks(letters))


_NO_BREAK_SPACE = "\u00a0"


@perturbation("no_break_space", family="copying", meaning="kept")
class NoBreakSpace(SpanPerturbation):
    """Keep a no-break space, as in text copied from a web page: `5 stars` becomes `5<U+00A0>stars`."""

    def spans(self, text: str) -> Iterable[Span]:
        return single_spaces(text, (_NO_BREAK_SPACE,))


# Hyphen-minus, typed twice, hyphen, no-break hyphen, figure, en and em dash, bar, minus.
_FORMS = ("-", "--", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212")
_DASHES = regex.compile(r"[-\u2010-\u2015\u2212]+")


@perturbation("dashes", family="copying", meaning="kept")
class Dashes(SpanPerturbation):
    """Use another hyphen, dash or minus, as editors do: `well-known` becomes `well–known`."""

    def spans(self, text: str) -> Iterable[Span]:
        for run in _DASHES.finditer(text):
            if run.group() in {*_FORMS, "---"}:
                forms = [form for form in _FORMS if form != run.group()]
                yield Span(run.start(), run.end(), forms)


_STRAIGHT_QUOTES = regex.compile("[\"']+")
_BEFORE_OPENING = "([{<-–—/"


class _Quotes(NamedTuple):
    opening: str
    closing: str
    single_opening: str
    single_closing: str
    apostrophe: str = "’"


_STYLES = {
    "english": _Quotes("“", "”", "‘", "’"),
    "german": _Quotes("„", "“", "‚", "‘"),
    "french": _Quotes("«\u00a0", "\u00a0»", "‹\u00a0", "\u00a0›"),
}


@perturbation("smart_quotes", family="copying", meaning="kept")
class SmartQuotes(SpanPerturbation):
    """Curl a quote or an apostrophe, as word processors do: `don't` becomes `don’t`."""

    style: Literal["english", "german", "french"] = "english"

    def spans(self, text: str) -> Iterable[Span]:
        quotes = _STYLES[self.style]
        for run in _STRAIGHT_QUOTES.finditer(text):
            before, after = text[: run.start()][-1:], text[run.end() :][:1]
            yield Span(run.start(), run.end(), (_curled(run.group(), quotes, before=before, after=after),))


def _curled(run: str, quotes: _Quotes, *, before: str, after: str) -> str:
    """The curly form of a run of straight quotes, by its neighbours, as in a word processor."""
    if run == "'" and before.isalnum() and after.isalnum():
        return quotes.apostrophe
    if not before or before.isspace() or before in _BEFORE_OPENING:
        return "".join(quotes.opening if mark == '"' else quotes.single_opening for mark in run)
    return "".join(quotes.closing if mark == '"' else quotes.single_closing for mark in run)


_TO_STRAIGHT = str.maketrans(dict.fromkeys("‘’‚‛′‹›", "'") | dict.fromkeys("“”„‟″«»", '"'))
_CURLED = regex.compile(f"[{''.join(map(chr, _TO_STRAIGHT))}]+")


@perturbation("straight_quotes", family="copying", meaning="kept")
class StraightQuotes(SpanPerturbation):
    """Straighten a quote or an apostrophe, as in plain text: `don’t` becomes `don't`."""

    def spans(self, text: str) -> Iterable[Span]:
        return rewritten(_CURLED, text, lambda run: run.translate(_TO_STRAIGHT))


_REFERABLE = regex.compile(r"""[&<>"'\x80-\U0010ffff]+""")


@perturbation("html_entities", family="copying", meaning="kept")
class HtmlEntities(SpanPerturbation):
    """Show a character as an HTML entity: `R&B` becomes `R&amp;B`, `don't` becomes `don&#39;t`."""

    form: Literal["named", "decimal", "hexadecimal"] = "named"
    times: Literal[1, 2] = 1

    def spans(self, text: str) -> Iterable[Span]:
        return rewritten(_REFERABLE, text, self._escaped)

    def _escaped(self, run: str) -> str:
        escaped = "".join(map(self._entity, run))
        return html.escape(escaped) if self.times > 1 else escaped

    def _entity(self, character: str) -> str:
        point = ord(character)
        if self.form == "hexadecimal":
            return f"&#x{point:X};"
        if self.form == "named" and point in codepoint2name:
            return f"&{codepoint2name[point]};"
        return f"&#{point};"


_ESCAPES = str.maketrans({"'": r"\'", '"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})
_ESCAPABLE = regex.compile(r"""['"\\\n\t\r]+""")


@perturbation("backslashes", family="copying", meaning="kept")
class Backslashes(SpanPerturbation):
    r"""Show a character with a backslash, as scraped data does: `don't` becomes `don\'t`."""

    def spans(self, text: str) -> Iterable[Span]:
        return rewritten(_ESCAPABLE, text, lambda run: run.translate(_ESCAPES))


_BEYOND_ASCII = regex.compile(r"[^\x00-\x7f]+")


@perturbation("mojibake", family="copying", meaning="mostly kept")
class Mojibake(SpanPerturbation):
    """Decode UTF-8 in another encoding, once or twice: `café` becomes `cafÃ©`, or `cafÃƒÂ©`."""

    read_as: Literal["cp1252", "latin-1", "cp1250", "cp1251", "mac-roman", "cp437"] = "cp1252"
    times: Literal[1, 2] = 1

    def spans(self, text: str) -> Iterable[Span]:
        return rewritten(_BEYOND_ASCII, text, self._misread)

    def _misread(self, run: str) -> str:
        characters = _characters(self.read_as)
        for _ in range(self.times):
            run = "".join(characters[byte] for byte in run.encode("utf-8"))
        return run


@cache
def _characters(encoding: str) -> list[str]:
    """The character of each byte; bytes that the encoding lacks are control characters, as in browsers."""
    read = (bytes([byte]).decode(encoding, errors="ignore") for byte in range(256))
    return [character or chr(byte) for byte, character in enumerate(read)]


_MARKS = {"replacement": "\ufffd", "question mark": "?", "nothing": ""}


@perturbation("lost_characters", family="copying", meaning="mostly kept")
class LostCharacters(SpanPerturbation):
    """Lose characters that an encoding lacks: `café` becomes `caf�`, or `caf?`, or `caf`."""

    mark: Literal["replacement", "question mark", "nothing"] = "replacement"

    def spans(self, text: str) -> Iterable[Span]:
        return rewritten(_BEYOND_ASCII, text, lambda run: _MARKS[self.mark] * len(run))
