"""Error channels: which spelling errors people make, as learnt from words and their misspellings.

A channel has a weight for each rewrite of one letter or two, as the confusion matrices of Kernighan, Church
and Gale 1990 have it: `a>e` writes another letter, `ab>ba` swaps two, `ab>a` omits a letter, `a>ab` adds one,
and so `aa>a` and `a>aa` undouble and double it; `^` is the beginning of a word.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from robustaudit.core.documents import parse_toml, read_bounded, to_toml
from robustaudit.core.errors import UserError
from robustaudit.core.files import digest_of
from robustaudit.core.typed_values import parse_typed
from robustaudit.perturbations.keyboards import beside
from robustaudit.perturbations.letters import WeightedStrings

START = "^"
SHIPPED = "shipped"

Position = Literal["first", "inner", "last"]

_LARGEST = 1_000_000  # bytes of a channel's file
_DIGITS = 8  # of a checksum that an expression names
_LONGEST = 20  # letters; longer words count as this long
_SHORTEST = 2  # letters of a word that may be misspelt
_PRIOR = 50  # places at which a rewrite is taken to have been seen at the rate of its kind
_HEAVIEST = 1e6


class Misspelling(NamedTuple):
    """A word as somebody wrote it, and as it should be."""

    wrong: str
    right: str


class Rewrite(NamedTuple):
    """An error at one place of a word: what stands there, from which letter on, and what is written."""

    at: int
    old: str
    new: str

    @property
    def name(self) -> str:
        return f"{self.old}>{self.new}"


@dataclass(frozen=True, slots=True)
class ChannelFile:
    """A channel as its file has it: where it is from, and relative weights."""

    source: str
    licence: str
    misspellings: int
    not_one_edit: int
    letters: str
    kinds: Mapping[str, int]
    positions: Mapping[str, float]
    lengths: Mapping[str, float]
    rewrites: Mapping[str, float]


@dataclass(frozen=True)
class ErrorChannel:
    """Which errors are likely in a word, against each other and against those of other words."""

    file: ChannelFile

    @cached_property
    def letters(self) -> frozenset[str]:
        """The letters of the words that were seen; a word with any other is left as it is."""
        return frozenset(self.file.letters)

    @cached_property
    def _by_old(self) -> Mapping[str, Sequence[tuple[str, float]]]:
        found: dict[str, list[tuple[str, float]]] = {}
        for name, weight in self.file.rewrites.items():
            old, _, new = name.partition(">")
            found.setdefault(old, []).append((new, weight))
        return found

    def misspellings(self, word: str) -> WeightedStrings:
        """What may become of a word by one error, each with its weight."""
        weights: dict[str, float] = {}
        small = word.lower()
        if len(small) == len(word) >= _SHORTEST and self.letters.issuperset(small):
            for rewrite, weight in self.rewrites(small):
                wrong = _written(word, rewrite)
                if weight > 0 and wrong != word:
                    weights[wrong] = weights.get(wrong, 0.0) + weight
        return WeightedStrings(tuple(weights), tuple(weights.values()))

    def rewrites(self, word: str) -> Iterator[tuple[Rewrite, float]]:
        """The errors that may be made in a word in lower case, each with its weight."""
        of_length = self.file.lengths.get(_length(word), 1.0)
        for at, old in _places(word):
            for new, weight in self._by_old.get(old, ()):
                rewrite = Rewrite(at, old, new)
                place = self.file.positions[_position(rewrite, len(word))]
                yield rewrite, weight * place * of_length


def one_edit(pair: Misspelling) -> Rewrite | None:
    """The rewrite of one letter or two that makes the wrong word of the right one; None if none does."""
    wrong, right = START + pair.wrong.lower(), START + pair.right.lower()
    head = _common(wrong, right)
    tail = _common(wrong[head:][::-1], right[head:][::-1])
    old, new = right[head : len(right) - tail], wrong[head : len(wrong) - tail]
    if len(old) == len(new) == 1 or (len(old) == 2 and new == old[::-1]):  # noqa: PLR2004
        return Rewrite(head - 1, old, new)
    if len(old) + len(new) == 1:
        before = right[head - 1]
        return Rewrite(head - 2, before + old, before + new)
    return None


def learn(pairs: Iterable[Misspelling], *, source: str, licence: str) -> ErrorChannel:
    """The channel of a list of misspellings, in which each right word counts as one place for each error.

    Raises:
        UserError: no misspelling is one edit away from its word.
    """
    distinct = dict.fromkeys(Misspelling(wrong.lower(), right.lower()) for wrong, right in pairs)
    found = [(pair.right, rewrite) for pair in distinct if (rewrite := one_edit(pair))]
    if not found:
        raise UserError(f"{source!r} has no misspelling that is one edit away from its word")
    words = sorted({right for right, _ in found})
    counts = Counter(rewrite.name for _, rewrite in found)
    file = ChannelFile(
        source=source,
        licence=licence,
        misspellings=len(found),
        not_one_edit=len(distinct) - len(found),
        letters="".join(sorted({letter for word in words for letter in word})),
        kinds=_sorted(kind_of(rewrite.old, rewrite.new) for _, rewrite in found),
        positions=dict.fromkeys(_PLACES, 1.0),
        lengths={},
        rewrites=_rates(counts, Counter(old for word in words for _, old in _places(word))),
    )
    expected_at, expected_of = _expected(ErrorChannel(file), words)
    seen_at = Counter(_position(rewrite, len(right)) for right, rewrite in found)
    seen_of = Counter(_length(right) for right, _ in found)
    return ErrorChannel(
        replace(
            file,
            positions={place: _ratio(seen_at[place], expected_at[place]) for place in _PLACES},
            lengths={
                length: _ratio(seen_of[length], expected_of[length]) for length in sorted(seen_of, key=int)
            },
        )
    )


def kind_of(old: str, new: str) -> str:
    """The kind of a rewrite; whether the wrong key touches the right one is a part of it."""
    if len(old) == len(new):
        if len(old) > 1:
            return "transpose"
        return "substitute, key beside" if new in beside("qwerty", old) else "substitute"
    longer = max(old, new, key=len)
    doubled = longer[0] == longer[1]
    if len(old) > len(new):
        return "undouble" if doubled else "delete"
    if doubled:
        return "double"
    return "insert, key beside" if longer[1] in beside("qwerty", longer[0]) else "insert"


def channel_text(channel: ErrorChannel) -> bytes:
    """The channel as the content of a file."""
    return to_toml(asdict(channel.file)).encode()


@lru_cache(maxsize=16)
def load_channel(name: str, checksum: str) -> ErrorChannel:
    """The channel that ships, or that of a file with that checksum.

    Raises:
        UserError: it cannot be read, is none, or is another than the checksum says.
    """
    if name == SHIPPED:
        path = files(__package__).joinpath("data", "human.toml")
        return parse_channel(path.read_bytes(), "the channel that ships")
    content = read_bounded(Path(name), "channel", most=_LARGEST)
    is_ = checksum_of(content)
    if checksum != is_:
        raise UserError(
            f"channel {name!r} has another content than the attack says, checksum {checksum!r}: "
            f'write human(channel="{name}", checksum="{is_}")'
        )
    return parse_channel(content, f"channel {name!r}")


def checksum_of(content: bytes) -> str:
    """The checksum by which an attack names the content of a channel."""
    return digest_of(content)[:_DIGITS]


def parse_channel(content: bytes, where: str) -> ErrorChannel:
    """A channel from the content of its file; a UserError says what is wrong with it."""
    file = parse_typed(ChannelFile, parse_toml(content, where), where=where)
    for table in (file.positions, file.lengths, file.rewrites):
        for key, weight in table.items():
            if not 0 <= weight <= _HEAVIEST:
                raise UserError(f"{where}: {key!r} must be from 0 to {_HEAVIEST:,.0f}, got {weight}")
    if set(file.positions) != set(_PLACES):
        raise UserError(f"{where}: positions must be {', '.join(_PLACES)}, got {', '.join(file.positions)}")
    for name in file.rewrites:
        _check_rewrite(name, where)
    return ErrorChannel(file)


def as_json(channel: ErrorChannel) -> dict[str, Any]:
    """What a channel was learnt from and what it found, for programs."""
    return asdict(channel.file)


_PLACES: tuple[Position, ...] = get_args(Position)


def _check_rewrite(name: str, where: str) -> None:
    old, _, new = name.partition(">")
    if old == new or one_edit(Misspelling(new.removeprefix(START), old.removeprefix(START))) is None:
        raise UserError(f"{where}: a rewrite is of one letter or two, such as 'ab>ba', got {name!r}")


def _places(word: str) -> Iterator[tuple[int, str]]:
    """Each letter and each pair of letters with its position, the beginning of the word at -1."""
    marked = START + word
    for at in range(len(marked)):
        yield at - 1, marked[at]
        if at + 1 < len(marked):
            yield at - 1, marked[at : at + 2]


def _position(rewrite: Rewrite, length: int) -> Position:
    """Where the first letter is that is not as it should be."""
    moved = len(rewrite.old) != len(rewrite.new)
    at = rewrite.at + moved
    return "first" if at <= 0 else "last" if at + len(rewrite.old) - moved >= length else "inner"


def _written(word: str, rewrite: Rewrite) -> str:
    """The word with the error, in upper case or capitalised as it was."""
    start, stop = max(rewrite.at, 0), rewrite.at + len(rewrite.old)
    new = rewrite.new.removeprefix(START)
    if word.isupper():
        return word[:start] + new.upper() + word[stop:]
    wrong = word[:start] + new + word[stop:]
    return wrong[:1].upper() + wrong[1:] if word[0].isupper() else wrong


def _rates(counts: Counter[str], places: Counter[str]) -> dict[str, float]:
    """How often each rewrite is made where it could be; rare ones near the rate of their kind."""
    split = {name: (name.partition(">")[0], name.partition(">")[2]) for name in counts}
    made: Counter[str] = Counter()
    could: Counter[str] = Counter()
    for name, (old, new) in split.items():
        made[kind_of(old, new)] += counts[name]
        could[kind_of(old, new)] += places[old]
    rates = {}
    for name, (old, new) in sorted(split.items()):
        usual = made[kind_of(old, new)] / could[kind_of(old, new)]
        rates[name] = _rounded((counts[name] + _PRIOR * usual) / (places[old] + _PRIOR))
    return rates


def _expected(
    channel: ErrorChannel, words: Iterable[str]
) -> tuple[Mapping[Position, float], Mapping[str, float]]:
    """The errors at each position, and in words of each length, if neither mattered."""
    at: defaultdict[Position, float] = defaultdict(float)
    of: defaultdict[str, float] = defaultdict(float)
    for word in words:
        for rewrite, weight in channel.rewrites(word):
            at[_position(rewrite, len(word))] += weight
            of[_length(word)] += weight
    return at, of


def _length(word: str) -> str:
    """The length of a word, as a key of a table."""
    return str(min(len(word), _LONGEST))


def _sorted(kinds: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(kinds).items()))


def _ratio(seen: int, expected: float) -> float:
    return _rounded(seen / expected) if expected else 0.0


def _rounded(weight: float) -> float:
    return float(f"{weight:.4g}")


def _common(one: str, other: str) -> int:
    """The length of the common beginning."""
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
