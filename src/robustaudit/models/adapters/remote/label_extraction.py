"""The label in a chat model's reply, however it is phrased.

Read is what can be read in one way: a label alone, a plain sentence that says no more than the label, or the
field of an object. All else is no answer, since refusals and denials name labels too.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from robustaudit.models.adapters.remote.exchange import TextPrediction

_SHOWN, _LONGEST = 80, 100_000  # characters of a reply, in a message and to be read
_MORE = "ask for the label alone, or say with pattern where it stands"

_WORD = re.compile(r"\w+(?:['’]\w+)*")

_ANNOUNCING = frozenset(
    _WORD.findall("answer category class classification label prediction sentiment verdict")
)
"""Words before an answer, in a sentence and in the name of a field."""

_PLAIN = _ANNOUNCING | frozenset(
    _WORD.findall("""
    a an and as assign assigned based be best boxed categorised categorized choose classified classify clearly
    comment content correct definitely document emotion expresses final fits for hence i i'd i'll in intent is
    it it's labeled labelled likely matches message most my of ok okay on output overall passage polarity post
    predict predicted rate rated rating reply response result review say sentence so stance statement sure
    text that the therefore think this thus to tone topic tweet with would
    """)
)
"""Words of a sentence that says no more than a label: any other word, in any language, may deny it."""

_JOINT = re.compile(r"(?<=[^\W_])[-_](?=[^\W\d_])")
_WHOLE = re.compile(r"(?<![\d.,])(\d+)\.0+(?!\d|[.,]\d)")
_NUMBERED = re.compile(r"^[ \t]*\d+[.)](?=[ \t]+\S)", re.MULTILINE)
_END = re.compile(r"([.!?;…]+)[\"'”’)\]}*_`]*(?=\s|$)|([。।۔؟])|\n")
_ASKED = frozenset("?؟")
_REASON = re.compile(r",?\s(?:because|since|due to)\s")
_DENIAL = re.compile(r"\W*(?:no|not|none|never|nope|false|wrong|neither|nor|without|absent)\b")
_MARKED = re.compile(r"\ue000(\d+)\ue001")
_TOKEN = re.compile(
    rf"(?P<label>\ue000\d+\ue001)|(?P<word>{_WORD.pattern})|(?<!\S)[-–—#]+>?(?!\S)|</|(?P<mark>\S)"
)
_DRESSING = frozenset("\"'`“”‘’«»„「」『』*_:,،、=()[]{}<>|→¡\\")
_FENCED = re.compile(r"```\w*(.*?)```", re.DOTALL)


def extract_label(content: str, labels: Sequence[str]) -> TextPrediction:
    """The class whose label a reply answers with, or why there is none."""
    if len(content) > _LONGEST:
        return f"answered with {len(content):,} characters, of which at most {_LONGEST:,} are read"
    names = _names(tuple(labels))
    answers, named = names.answers(content)
    found = _object_in(content)
    if found is not None:
        answers = _answers_of(found, names)
    if len(answers) == 1:
        return answers.pop()
    shown = repr(shortened(content))
    if not named:
        return f"answered {shown}, which names none of {', '.join(labels)}"
    which = " and ".join(labels[number] for number in sorted(named))
    return f"answered {shown}, which names {which} but is no plain answer: {_MORE}"


def shortened(content: str) -> str:
    """As much of a reply as a message shows."""
    return content if len(content) <= _SHOWN else f"{content[: _SHOWN - 1]}…"


class _LabelPatterns:
    """Patterns of a model's labels in sentences."""

    def __init__(self, labels: Sequence[str]) -> None:
        keys = [_key(_loosely(label)) for label in labels]
        self._folded = _loosely if len(set(keys)) == len(labels) else _strictly
        self._numbers = {_key(self._folded(label)): number for number, label in enumerate(labels)}
        # The longest of those that begin at one place is what is named.
        longest = sorted(filter(None, self._numbers), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_as_words, longest)))
        self._plain = {number for key, number in self._numbers.items() if key.casefold() in _PLAIN}

    def answers(self, content: str) -> tuple[set[int], set[int]]:
        """The classes that a text answers with, one if it is plain, and all that it names."""
        text = self._pattern.sub(self._marked, _NUMBERED.sub("•", self._folded(content)))
        named = {int(number) for number in _MARKED.findall(text)}
        announced, said = set[int](), set[int]()
        for sentence, end in _sentences(text):
            if _DENIAL.match(sentence):
                return set(), named
            words, stated = self._stated(sentence)
            if stated is not None and not _ASKED.intersection(end):
                firm = not words or not _ANNOUNCING.isdisjoint(words)
                (announced if firm else said).add(stated)
        if announced:
            return announced, named
        return (said if said == named else set()), named

    def _stated(self, sentence: str) -> tuple[list[str], int | None]:
        """The words around the only label of a sentence that says nothing else; otherwise no label."""
        tokens = list(_TOKEN.finditer(_REASON.split(sentence, maxsplit=1)[0]))
        words = [token["word"] for token in tokens if token["word"]]
        marks = {token["mark"] for token in tokens if token["mark"]}
        labels = [token for token in tokens if token["label"]]
        if len(labels) != 1 or not marks <= _DRESSING or not _PLAIN.issuperset(map(str.casefold, words)):
            return words, None
        number = int(labels[0]["label"][1:-1])
        spoken = [token for token in tokens if token["word"] or token["label"]]
        if number in self._plain and spoken[-1] is not labels[0]:
            return words, None  # `a` before other words is an article
        return words, number

    def _marked(self, found: re.Match[str]) -> str:
        return f"\ue000{self._numbers[_key(found[0])]}\ue001"


_names = cache(_LabelPatterns)


def _strictly(text: str) -> str:
    """A text with one form of each character, and none of those that mark labels."""
    text = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")
    return re.sub("[\ue000\ue001]", "\N{REPLACEMENT CHARACTER}", text)


def _loosely(text: str) -> str:
    """Normalised: no case, hyphens and underscores as spaces, and `1` for `1.0`."""
    return _WHOLE.sub(r"\1", _JOINT.sub(" ", _strictly(text).casefold()))


def _key(label: str) -> str:
    return " ".join(label.split())


def _as_words(label: str) -> str:
    """A pattern of a label that is no part of a longer word."""
    return r"(?<!\w)" + r"\s+".join(map(re.escape, label.split())) + r"(?!\w)"


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Each sentence or line of a text, and the marks at its end."""
    start = 0
    for end in _END.finditer(text):
        yield text[start : end.start()], end[1] or end[2] or ""
        start = end.end()
    yield text[start:], ""


def _object_in(content: str) -> Any:  # noqa: ANN401
    """The first JSON object or list that a reply is or holds; None where there is none."""
    for text in (content, *_FENCED.findall(content), content[content.find("{") :]):
        try:
            found, _ = _DECODER.raw_decode(text.strip())
        except _TwiceError:
            return []
        except (ValueError, RecursionError):
            continue
        if isinstance(found, (dict, list)):
            return found
    return None


def _answers_of(found: Any, names: _LabelPatterns) -> set[int]:  # noqa: ANN401
    """The classes that an object answers with in the fields that are for it."""
    answers = set[int]()
    for value in _fields(found):
        said, _ = names.answers(value if isinstance(value, str) else json.dumps(value))
        if len(said) != 1:
            return set()
        answers |= said
    return answers


def _fields(found: Any) -> Iterator[Any]:  # noqa: ANN401
    """The values of an object's fields whose names announce an answer, or its only value."""
    if isinstance(found, list) and len(found) == 1:
        yield from _fields(found[0])
    elif isinstance(found, dict):
        announced = [value for name, value in found.items() if _announces(name)]
        for value in announced or (found.values() if len(found) == 1 else ()):
            yield from _fields(value)
    else:
        yield found


def _announces(name: str) -> bool:
    words = _JOINT.sub(" ", name).casefold().split()
    return not _ANNOUNCING.isdisjoint(words) and _PLAIN.issuperset(words)


class _TwiceError(Exception):
    """An object in which a name is given twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each of whose names must occur once."""
    if len(dict(pairs)) < len(pairs):
        raise _TwiceError
    return dict(pairs)


_DECODER = json.JSONDecoder(object_pairs_hook=_once)
