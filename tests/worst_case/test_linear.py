"""Fewest edits of linear models, against every set of at most two edits, through the models themselves."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from elsewhere import reviews
from robustaudit.attacks import Attack, parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.errors import UserError
from robustaudit.core.records import Edit, Example
from robustaudit.datasets import load
from robustaudit.models.adapters.scikit_learn import SklearnClassifier
from robustaudit.models.classifier import Classifier
from robustaudit.models.linear_text import linear_text
from robustaudit.models.reference_models import resolve_trained
from robustaudit.perturbations import TextBatch
from robustaudit.worst_case import fewest_edits, token_lattice
from robustaudit.worst_case.linear import ExactVerdict, certify

WORDS = (
    "a",
    "to",
    "too",
    "so",
    "not",
    "no",
    "on",
    "it",
    "is",
    "it's",
    "isn't",
    "good",
    "God",
    "bad",
    "Dab-good",
)
ATTACKS = (
    "neighbor_swap",
    "delete",
    "homoglyph",
    "contract + merge_words + neighbor_swap",
    "split_word + drop_word",
    "(swap_words | delete) & at_most(2)",
    "(delete + double_word) & keep(first_letter)",
    "extend | merge_words",
    "neighbor_swap & at_most(1)",
)


def single_edits(attack: Attack, text: str) -> list[tuple[tuple[int, int], Edit]]:
    """The site of each single edit, and the edit, sorted by site."""
    found = attack.single_edits(TextBatch([text]))
    sites = zip(found.site_start.tolist(), found.site_stop.tolist(), strict=True)
    return sorted(zip(sites, (edits[0] for edits in found.edits), strict=True), key=lambda pair: pair[0])


def sets_of_edits(attack: Attack, text: str) -> Iterator[tuple[Edit, ...]]:
    """Every set of one edit, then of two whose sites do not overlap."""
    for option in attack.alternatives():
        yield from ((edit,) for _, edit in single_edits(option, text))
    for option in attack.alternatives():
        if "at_most(1)" not in str(option):
            for (one, first), (other, second) in combinations(single_edits(option, text), 2):
                if one != other and not (one[0] < other[1] and other[0] < one[1]):
                    yield first, second


def predict(classifier: Classifier, texts: Sequence[str]) -> list[int]:
    given = classifier.predict(texts)
    return (given if given.ndim == 1 else given.argmax(axis=1)).tolist()


def fewest_by_brute_force(classifier: Classifier, attack: Attack, text: str) -> int | None:
    """The fewest edits that fail, of one or two."""
    sets = list(sets_of_edits(attack, text))
    if not sets:
        return None
    classes = predict(classifier, [text, *(apply(text, edits) for edits in sets)])
    return min(
        (len(e) for e, found in zip(sets, classes[1:], strict=True) if found != classes[0]), default=None
    )


def verify(
    classifier: Classifier, attack: Attack, texts: Sequence[str], *, edits: int = 2
) -> list[ExactVerdict]:
    examples = [Example(str(i), text, 0, str(i)) for i, text in enumerate(texts)]
    return list(certify(classifier, attack, examples, edits=edits).examples)


def check(classifier: Classifier, attack: Attack, texts: Sequence[str]) -> None:
    for text, verdict in zip(texts, verify(classifier, attack, texts), strict=True):
        fewest = fewest_by_brute_force(classifier, attack, text)
        assert not verdict.is_open(2)
        assert (verdict.failing and len(verdict.failing)) == fewest, text
        assert verdict.stable == (2 if fewest is None else fewest - 1)
        if verdict.failing_text is not None:
            assert predict(classifier, [text]) != predict(classifier, [verdict.failing_text])
            assert verdict.failing in set(sets_of_edits(attack, text))


@st.composite
def pipelines(draw: st.DrawFn, most_classes: int = 3) -> Any:
    """A pipeline with the terms of some random texts and random weights."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    chosen: Callable[..., Any] = lambda *options: draw(st.sampled_from(options))  # noqa: E731
    counting = {
        "ngram_range": chosen((1, 1), (1, 2), (1, 2), (2, 2)),
        "binary": chosen(False, False, True),
        "token_pattern": chosen(r"(?u)\b\w\w+\b", r"(?u)\b\w+\b", r"[\w'-]+", r"\S+"),
        "strip_accents": chosen(None, "unicode"),
        "stop_words": chosen(None, ["is", "to"]),
        "lowercase": chosen(True, False),
    }
    weighing = {
        "norm": chosen("l2", "l2", "l1", None),
        "sublinear_tf": chosen(False, True),
        "use_idf": chosen(False, True),
    }
    vectorizers = chosen(
        [TfidfVectorizer(**counting, **weighing)],
        [CountVectorizer(**counting), TfidfTransformer(**weighing)],
        [CountVectorizer(**counting)],
    )
    seen = (*WORDS, *WORDS, "to so", "ot", "os", "nto", "ogod", "dab", "oto", "ti", "tobad", "goo", "i", "n")
    texts = [" ".join(rng.choice(seen, 12)) for _ in range(20)]
    classes = most_classes if most_classes == 2 else draw(st.integers(2, most_classes))
    pipeline = make_pipeline(*vectorizers, chosen(LogisticRegression(), LinearSVC()))
    pipeline.fit(texts, np.arange(20) % classes)
    weights = pipeline[-1].coef_
    pipeline[-1].coef_ = np.round(rng.normal(size=weights.shape), chosen(0, 3))
    pipeline[-1].intercept_ = chosen(0.0, 0.3, 1.0) * rng.normal(size=len(weights))
    return pipeline


def short_texts() -> st.SearchStrategy[str]:
    pieces = st.lists(st.sampled_from([*WORDS, "known", "Σ", ", ", "  "]), min_size=1, max_size=6)
    return st.tuples(pieces, st.integers(1, 2)).map(lambda drawn: " ".join(drawn[0] * drawn[1]))


@given(pipelines(), st.sampled_from(ATTACKS), short_texts())
@settings(max_examples=60)
def test_verdicts_equal_every_set_of_two_edits_for_random_models(
    pipeline: Any, expression: str, text: str
) -> None:
    check(SklearnClassifier(pipeline, "model"), parse_attack(expression).attack, [text])


@given(pipelines(most_classes=2), st.sampled_from(ATTACKS), short_texts())
@settings(max_examples=60)
def test_the_worst_margin_decides_however_near_it_is_to_zero(
    pipeline: Any, expression: str, text: str
) -> None:
    attack, classifier = parse_attack(expression).attack, SklearnClassifier(pipeline, "model")
    sets = list(sets_of_edits(attack, text))
    margins = pipeline.decision_function([text, *(apply(text, edits) for edits in sets)])
    for most in (1, 2):
        worst = max([*margins[:1], *margins[1:][[len(edits) <= most for edits in sets]]])
        if worst > margins[0] + 2e-6:
            for shift in (-1e-6, 1e-6):
                intercept, pipeline[-1].intercept_ = (
                    pipeline[-1].intercept_,
                    pipeline[-1].intercept_ - worst + shift,
                )
                (verdict,) = verify(classifier, attack, [text], edits=most)
                assert (verdict.failing is not None) == (shift > 0)
                check(classifier, attack, [text])
                pipeline[-1].intercept_ = intercept


REVIEWS = [example.text for example in load("tiny").examples]
SHORT = [" ".join(text.split()[:6]) for text in REVIEWS[:100]]
PIPELINES = {
    "log counts, norm l2": (TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression()),
    "counts, no stop words": (CountVectorizer(stop_words="english"), SGDClassifier(random_state=0)),
    "three classes, norm l1": (
        CountVectorizer(ngram_range=(1, 2), token_pattern=r"[\w'-]+"),
        TfidfTransformer(norm="l1"),
        RidgeClassifier(),
    ),
}


@pytest.mark.parametrize("expression", ["neighbor_swap", "contract + drop_word"])
@pytest.mark.parametrize("model", ["tfidf", *PIPELINES])
def test_verdicts_equal_every_set_of_two_edits_for_short_reviews(model: str, expression: str) -> None:
    classifier = resolve_trained("tfidf").load() if model == "tfidf" else fitted(model)
    check(classifier, parse_attack(expression).attack, SHORT)


def fitted(name: str) -> Classifier:
    classes = 3 if "three" in name else 2
    texts, labels = reviews(classes)
    return SklearnClassifier(make_pipeline(*PIPELINES[name]).fit(texts, labels), name)


def test_the_failing_edits_are_fewest_and_the_curve_never_rises() -> None:
    examples = load("tiny").examples[:60]
    classifier = resolve_trained("tfidf").load()
    curve = certify(classifier, parse_attack("qwerty").attack, examples, edits=10)
    shares = [figure.value for figure in curve.accuracy]
    right = np.array(predict(classifier, [e.text for e in examples])) == [e.label for e in examples]
    assert shares[0] == right.mean()
    assert shares == sorted(shares, reverse=True)
    assert not any(curve.undecided)
    assert any(verdict.failing and len(verdict.failing) > 3 for verdict in curve.examples)
    for verdict in curve.examples:
        if verdict.failing:
            assert len(verdict.failing) == verdict.stable + 1
            assert apply(verdict.example.text, verdict.failing) == verdict.failing_text
            assert predict(classifier, [verdict.example.text]) != predict(classifier, [verdict.failing_text])


def test_what_a_search_leaves_open_is_not_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    examples, attack = load("tiny").examples[:40], parse_attack("qwerty").attack
    classifier = resolve_trained("tfidf").load()
    proved = certify(classifier, attack, examples, edits=6)
    monkeypatch.setattr(fewest_edits, "MOST_PATHS", 1)
    hurried = certify(classifier, attack, examples, edits=6)
    assert sum(hurried.undecided) > 0
    for one, other in zip(proved.examples, hurried.examples, strict=True):
        assert other.stable <= one.stable
        assert other.stable == one.stable or other.is_open(one.stable)
    certified = [[v.correct and v.stable >= edits for v in hurried.examples] for edits in range(7)]
    assert [figure.value for figure in hurried.accuracy] == [np.mean(found) for found in certified]


def test_texts_that_join_too_many_words_are_not_decided_beyond_what_was_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(token_lattice, "_MOST_SETS", 10)
    (verdict,) = verify(
        resolve_trained("tfidf").load(), parse_attack("merge_words").attack, ["so " * 30], edits=4
    )
    assert verdict.failing is not None or verdict.is_open(4)


def test_several_edits_of_a_sequence_are_refused_and_one_is_not() -> None:
    classifier, attack = resolve_trained("tfidf").load(), parse_attack("delete,qwerty").attack
    verify(classifier, attack, SHORT[:2], edits=1)
    verify(classifier, parse_attack("(delete,qwerty) & at_most(1)").attack, SHORT[:2], edits=3)
    with pytest.raises(UserError, match="ask for 1 edit, or mix the steps with"):
        verify(classifier, attack, SHORT[:2], edits=2)


def test_letters_next_to_a_sigma_are_read_together() -> None:
    model = linear_text(fitted("counts, no stop words"), name="model")
    text = "ΟΔΟΣ.Α good"
    edits = parse_attack("delete").attack.single_edits(TextBatch([text]))
    lattice = token_lattice.token_lattice(text, edits, model, most_edits=1)
    assert [arcs[0].stop - arcs[0].start for arcs in lattice.arcs] == [1, 1]
