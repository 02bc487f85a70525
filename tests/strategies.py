"""What users write, and what they never should: texts, perturbations and attacks for the laws."""

from collections.abc import Iterator
from dataclasses import fields
from functools import reduce
from operator import and_
from typing import get_args, get_type_hints

from hypothesis import strategies as st

from robustaudit.attacks import Attack, AttackSequence, Choice, Constraints, Mix
from robustaudit.attacks.algebra import constrained
from robustaudit.attacks.expression import parse_constraints
from robustaudit.perturbations import PERTURBATIONS, Perturbation, WeightedPerturbation, build

LONG = 10_000

WORDS = (
    *["I", "a", "is", "it", "not", "do", "am", "you", "will", "It", "IS", "It's", "It’s", "don’t", "can't"],
    *["Didn't", "AIN'T", "would've", "ma'am", "great", "GREAT", "loved", "food", "aaab", "aa", "mississippi"],
    *["well-known", "snake_case", "f**k", "a@b.com", "3.14", "2nd", "'tis", "“quoted”", "¡hola!", "…", "—"],
    *["naïve", "cafe\u0301", "e\u0301", "Übung", "Straße", "İstanbul", "ﬁne"],
    *["\u212a", "½", "x²", "ａｂ", "𝒌𝟕"],
    *["好吃的饭", "とても", "ของอร่อย", "العَرَبِيّة", "שלום", "हिन्दी", "한국어", "\u200fمرحبا"],
    *["😀", "👩\u200d👩\u200d👧", "👍🏽", "❤️", "🇩🇪", "1️⃣"],
    *["a\u200bb", "no\u200cjoin", "jo\u200din", "\u202eback\u202c", "\u2066apart\u2069", "so\u00adft"],
)
GAPS = (" ", "  ", "\t", "\n", "\u00a0", "\u3000", ", ", ". ", "! ", " - ", "…", "")


def any_unicode() -> st.SearchStrategy[str]:
    """Any text that UTF-8 can hold."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def sentences() -> st.SearchStrategy[str]:
    """Words of many scripts and habits, with all that may stand between them."""
    pieces = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=12)
    return pieces.map(lambda found: "".join(word + gap for word, gap in found))


def long_texts() -> st.SearchStrategy[str]:
    """Texts of 10,000 characters, one word among them."""
    units = st.one_of(sentences().filter(bool), st.sampled_from(["a", "ab", "好", "e\u0301", "don't "]))
    return units.map(lambda unit: (unit * (LONG // len(unit) + 1))[:LONG])


def texts() -> st.SearchStrategy[str]:
    """Texts as a user may give them: empty, short and of any letters, now and then very long."""
    short = st.one_of(st.just(""), sentences(), sentences(), any_unicode())
    return st.integers(0, 19).flatmap(lambda lot: long_texts() if lot == 19 else short)


def perturbations() -> st.SearchStrategy[Perturbation]:
    """Every perturbation that has a name, with each choice of its parameters."""
    by_name = [st.sampled_from(list(_variants(name))) for name in PERTURBATIONS]
    return st.sampled_from(by_name).flatmap(lambda variants: variants)


def _variants(name: str) -> Iterator[Perturbation]:
    """A perturbation as it is, and with each choice that one of its parameters has."""
    yield build(name, {})
    kinds = get_type_hints(PERTURBATIONS.get(name))
    for field in fields(PERTURBATIONS.get(name)):
        yield from (build(name, {field.name: choice}) for choice in get_args(kinds[field.name]))


def rates() -> st.SearchStrategy[float]:
    return st.sampled_from([0.001, 0.1, 0.125, 0.3, 0.5, 1.0])


def weights() -> st.SearchStrategy[float]:
    return st.sampled_from([0.05, 0.5, 1.0, 1.0, 2.0, 12.5])


def mixes() -> st.SearchStrategy[Mix]:
    one = st.builds(lambda perturbation: (WeightedPerturbation(perturbation, 1.0),), perturbations())
    several = st.lists(
        st.builds(WeightedPerturbation, perturbations(), weights()), min_size=2, max_size=4
    ).map(tuple)
    return st.builds(Mix, st.one_of(one, several), rates(), st.sampled_from(["parts", "parts", "edits"]))


CONSTRAINTS = (
    *["keep(stop_words)", "keep(first_letter)", "keep(last_letter)", "keep(first_letter, last_letter)"],
    *['keep("great", "It\'s", "not  do")', 'keep("好吃的饭", "naïve")', 'keep(pattern="[A-Z]{2,}|\\d+")'],
    *["protect(urls)", "protect(emails, numbers)", "protect(hashtags, handles, urls)"],
    *['only("great", "food", "IS", "do not")', 'only("a", "हिन्दी", "e\u0301")'],
    *["min_length(2)", "min_length(5)", "at_most(1)", "at_most(3)"],
)


def constraints() -> st.SearchStrategy[Constraints]:
    """One constraint, or several at once."""
    several = st.lists(st.sampled_from(CONSTRAINTS).map(parse_constraints), min_size=1, max_size=3)
    return several.map(lambda found: reduce(and_, found))


def attacks() -> st.SearchStrategy[Attack]:
    """Mixes, sequences, choices and constraints of each other."""
    return st.recursive(mixes(), _compositions, max_leaves=5)


def _compositions(inner: st.SearchStrategy[Attack]) -> st.SearchStrategy[Attack]:
    sequences = st.lists(inner, min_size=2, max_size=3).map(lambda steps: AttackSequence(tuple(steps)))
    options = st.lists(st.tuples(weights(), inner), min_size=2, max_size=3)
    limited = st.builds(constrained, inner, constraints())
    return st.one_of(sequences, options.map(lambda found: Choice(tuple(found))), limited)
