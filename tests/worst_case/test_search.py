"""Searches for failing edits, against all that the attack may do to short texts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np
import pytest

from robustaudit.attacks import parse_attack
from robustaudit.attacks.rewriter_attack import RewriterAttack
from robustaudit.core.edits import apply
from robustaudit.core.errors import UserError
from robustaudit.core.randomness import key_of, keys_of
from robustaudit.core.records import Example
from robustaudit.perturbations import CHARACTERS, TextBatch
from robustaudit.runs.predictions import predict_all
from robustaudit.worst_case.edit_space import EditSpace
from robustaudit.worst_case.search import Search, draw_until_failure, search
from robustaudit.worst_case.word_evidence import WordEvidence

TEXTS = (
    "a good book",
    "not bad at all",
    "I cannot say it is good",
    "odd, but good",
    "it's fine",
    "bad",
    "good good bad",
    "so very good it is",
    "he did not like it",
    "great fun",
    "great, great and great: great fun",
    "great great great great",
)
MIXES = (
    "delete & at_most(2)",
    "(homoglyph + neighbor_swap) & at_most(2)",
    "(contract + delete) & keep(first_letter) & at_most(2)",
    "(extend | neighbor_swap) & at_most(2)",
)
NOTHING = WordEvidence.of((), CHARACTERS)
UNTOLD = partial(search, evidence=NOTHING)
SEQUENCES = (("homoglyph", "delete"), ("delete", "contract"))


class Weights:
    """A linear model of words: each known one adds its own weight; others, and pieces of them, a little."""

    labels = ("negative", "positive")

    def __init__(self, *, classes_alone: bool = False) -> None:
        self.texts: list[str] = []
        self.classes_alone = classes_alone

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += texts
        score = np.array([sum(map(self.weight, text.split())) for text in texts])
        positive = 1 / (1 + np.exp(-score))
        if self.classes_alone:
            return (positive > 0.5).astype(np.int64)
        return np.stack((1 - positive, positive), axis=1)

    def weight(self, word: str) -> float:
        weights = {"good": 0.9, "great": 1.5, "bad": -0.8, "not": -0.7, "fun": 0.4, "like": 0.6}
        return weights.get(word, (key_of(word) % 100 - 50) / 200)


def examples_of(model: Weights, texts: Sequence[str]) -> list[Example]:
    """The texts, each a group of its own, with what the model predicts as their labels."""
    labels = predict_all(model, texts, model="weights", batch_size=None).predictions.tolist()
    return [
        Example(str(place), text, label, str(place))
        for place, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]


def searched(
    model: Weights,
    expression: str,
    *,
    budget: int,
    batch_size: int = 64,
    examples: Sequence[Example] | None = None,
    how: Callable[..., list[Search]] = UNTOLD,
) -> list[Search]:
    return how(
        examples or examples_of(model, TEXTS),
        parse_attack(expression).attack,
        lambda texts: predict_all(model, texts, model="weights", batch_size=batch_size),
        budget=budget,
        seed=0,
        segmenter=CHARACTERS,
    )


def reached(expression: str, text: str, most: int) -> set[str]:
    """Every text of at most so many edits of a mix, or of a choice of mixes."""
    found: set[str] = set()
    for attack in parse_attack(expression).attack.alternatives():
        edits = attack.single_edits(TextBatch([text]))
        each = [
            ((start, stop), edit[0])
            for start, stop, edit in zip(
                edits.site_start.tolist(), edits.site_stop.tolist(), edits.edits, strict=True
            )
        ]
        for number in range(1, most + 1):
            for chosen in combinations(sorted(each, key=lambda one: one[0]), number):
                if all(_are_apart(one[0], other[0]) for one, other in combinations(chosen, 2)):
                    found.add(apply(text, [edit for _, edit in chosen]))
    return found


def _are_apart(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one != other and (one[1] <= other[0] or other[1] <= one[0])


@pytest.mark.parametrize("expression", MIXES)
def test_what_is_found_is_reached_and_fails_and_where_nothing_fails_nothing_is_found(expression: str) -> None:
    model = Weights()
    failing: list[bool] = []
    for text, found in zip(TEXTS, searched(model, expression, budget=400), strict=True):
        space = sorted(reached(expression, text, 2))
        fails = {
            each
            for each, probabilities in zip(space, model.predict(space), strict=True)
            if probabilities.argmax() != found.prediction
        }
        assert found.text is None or (found.text in fails and apply(text, found.edits) == found.text)
        failing += [found.text is not None] if fails else []
        if not fails:
            drawn = parse_attack(expression).attack.draw(
                TextBatch([text]), np.zeros(50, dtype=np.int64), keys_of(0, each=[("", n) for n in range(50)])
            )
            assert (model.predict(drawn.texts).argmax(axis=1) == found.prediction).all()
    assert len(failing) < len(TEXTS)
    assert np.mean(failing) >= 0.8  # what fails in one of thousands of ways may be missed


@pytest.mark.parametrize(("first", "second"), SEQUENCES)
def test_edits_of_a_sequence_can_be_made_one_step_after_the_other(first: str, second: str) -> None:
    found = searched(Weights(), f"({first}, {second}) & at_most(2)", budget=150)
    assert any(len(each.edits) > 1 for each in found)
    for text, each in zip(TEXTS, found, strict=True):
        both = {after for left in reached(first, text, 1) for after in reached(second, left, 1)}
        assert each.text is None or each.text in both | reached(first, text, 2) | reached(second, text, 2)


@pytest.mark.parametrize("classes_alone", [False, True])
def test_each_example_has_at_most_the_budget_of_queries_and_each_text_is_queried_once(
    classes_alone: bool,
) -> None:
    for budget in (1, 2, 7, 40):
        model = Weights(classes_alone=classes_alone)
        found = searched(model, "(delete + homoglyph) & at_most(3)", budget=budget)
        assert all(1 <= each.queries <= budget for each in found)
        assert sum(each.queries for each in found) == len(model.texts) - len(TEXTS)
        assert all(each.failed_after is None or each.failed_after <= each.queries for each in found)


def test_draws_take_at_most_the_budget_too_and_a_search_finds_more() -> None:
    expression, failures = "(delete + homoglyph) & at_most(2)", []
    for how in (draw_until_failure, UNTOLD):
        model = Weights()
        found = searched(model, expression, budget=12, how=how)
        assert all(1 <= each.queries <= 12 for each in found)
        assert how is UNTOLD or all(each.failed_after in (None, each.queries) for each in found)
        failures.append(sum(each.failed_after is not None for each in found))
    assert failures[0] <= failures[1]


@pytest.mark.parametrize("classes_alone", [False, True])
def test_the_batch_size_changes_nothing(classes_alone: bool) -> None:
    one, all_ = (
        searched(Weights(classes_alone=classes_alone), MIXES[1], budget=30, batch_size=size)
        for size in (1, 64)
    )
    assert one == all_


def test_a_model_that_gives_classes_alone_is_searched_by_draws_and_the_way_back() -> None:
    found = searched(Weights(classes_alone=True), "delete & at_most(3)", budget=200)
    told = searched(Weights(), "delete & at_most(3)", budget=200)
    assert sum(each.text is not None for each in found) >= sum(each.text is not None for each in told) - 1
    assert min(len(each.edits) for each in found if each.text) == 1


def test_examples_that_are_wrong_before_cost_one_query() -> None:
    model = Weights()
    wrong = [replace(each, label=1 - each.label) for each in examples_of(model, TEXTS)]
    found = searched(model, "delete", budget=50, examples=wrong)
    assert {(each.queries, each.text) for each in found} == {(1, None)}


def test_nearly_all_texts_that_two_edits_can_change_are_found_by_few_of_all_pairs() -> None:
    expression = "(substitute + delete) & at_most(2)"
    random = np.random.default_rng(3)
    words = ["good", "bad", "not", "fun", "like", "it", "is", "so"]
    texts = [" ".join(random.choice(words, 4)) for _ in range(20)]
    model = Weights()
    examples = examples_of(model, texts)
    failing = [
        found.text is not None
        for example, found in zip(
            examples, searched(model, expression, budget=300, examples=examples), strict=True
        )
        if _some_pair_fails(model, example.text, example.label)
    ]
    assert len(failing) >= 10
    assert np.mean(failing) >= 0.9


def _some_pair_fails(model: Weights, text: str, label: int) -> bool:
    """Whether two edits fail together, from the weights of words: exact for this model."""
    sign = 1 if label else -1
    best = []
    for word in text.split():
        edits = reached("substitute + delete", word, 1)
        best.append(min(sign * model.weight(each) for each in edits) - sign * model.weight(word))
    score = sign * sum(map(model.weight, text.split()))
    return score + sum(sorted(best)[:2]) < 0


def test_words_that_speak_for_the_class_by_the_labels_are_edited_first() -> None:
    model = Weights()
    others = ("good", "nice", "great", "fun", "like", "bad", "not", "poor", "odd", "rude")
    texts = [f"{first} {second} it is so" for first, second in combinations(others, 2)]
    examples = examples_of(model, texts)
    told = WordEvidence.of([replace(each, text=f"{each.text} much") for each in examples], CHARACTERS)
    queries = []
    for evidence in (NOTHING, told):
        found = searched(
            model, "delete & at_most(1)", budget=8, examples=examples, how=partial(search, evidence=evidence)
        )
        queries.append(sum(each.failed_after or 9 for each in found))
    assert queries[1] < queries[0]


def test_evidence_is_the_log_odds_of_texts_with_a_word_without_the_text_itself() -> None:
    rows = (("good good film", 1), ("Good it is", 1), ("a film", 0), ("good grief", 0), ("film", 1))
    examples = [Example(str(place), text, label, str(place)) for place, (text, label) in enumerate(rows)]
    evidence = WordEvidence.of(examples, CHARACTERS)
    # One more text, of which 3/5 are positive and have the word, and 2/5 are not.
    assert evidence.speaks_for(1, "good") == pytest.approx(np.log(1.6 / 2.6) - np.log(1.4 / 2.4))
    assert evidence.speaks_for(0, "good") == pytest.approx(np.log(0.4 / 1.4) - np.log(2.6 / 3.6))
    assert evidence.speaks_for(0, "grief") == pytest.approx(np.log(0.4 / 1.4) - np.log(0.6 / 3.6))
    assert evidence.speaks_for(1, "unknown") == evidence.speaks_for(7, "good") == 0


def test_evidence_of_one_class_alone_and_of_no_text_is_finite() -> None:
    alone = WordEvidence.of([Example("1", "good", 3, "1")], CHARACTERS)
    assert np.isfinite(alone.speaks_for(3, "good"))
    assert NOTHING.speaks_for(0, "good") == 0


class Upper:
    def rewrite(self, text: str, *, rate: float) -> str:
        return text.upper() if rate else text


def test_an_attack_whose_edits_cannot_be_listed_is_refused() -> None:
    with pytest.raises(UserError, match="list"):
        EditSpace(TEXTS, RewriterAttack(Upper()), CHARACTERS)


def test_too_many_ways_through_choices_are_refused() -> None:
    seven = ", ".join(["(delete | homoglyph)"] * 7)
    with pytest.raises(UserError, match="at most 64"):
        EditSpace(TEXTS, parse_attack(seven).attack, CHARACTERS)
