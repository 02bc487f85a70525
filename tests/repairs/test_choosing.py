"""Halves of the examples, and scores of chains by real queries."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import parse_attack
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset
from robustaudit.defences import Chain, Fold, Spell, Strip
from robustaudit.repairs.chain_choice import choose_chain
from robustaudit.repairs.choosing import ChainScores, drawn_texts, in_halves
from robustaudit.runs.plan import Plan, make_plan


@given(groups=st.lists(st.integers(0, 9), min_size=2, max_size=40), seed=st.integers(0, 5))
def test_no_group_is_in_both_halves_and_no_example_is_lost(groups: list[int], seed: int) -> None:
    examples = [Example(f"e{place}", "text", 0, f"g{group}") for place, group in enumerate(groups)]
    first, second = in_halves(examples, seed=seed)
    assert not {each.group for each in first} & {each.group for each in second}
    assert sorted(each.id for each in (*first, *second)) == sorted(each.id for each in examples)
    again, _ = in_halves(examples[::-1], seed=seed)
    assert {each.id for each in again} == {each.id for each in first}


def test_examples_without_groups_are_cut_in_the_middle() -> None:
    examples = [Example(f"e{place}", "text", 0, f"e{place}") for place in range(100)]
    first, second = in_halves(examples, seed=0)
    assert len(first) == len(second) == 50
    assert first != in_halves(examples, seed=1)[0]


class ReadsWords(LetterCounter):
    """Positive where a text has the word `wonderful`."""

    def predict(self, texts: list[str]) -> np.ndarray:  # type: ignore[override]
        self.asked.append(list(texts))
        positive = np.array([float("wonderful" in text.split()) for text in texts])
        return np.stack([1 - positive, positive], axis=1)


def plan(attack: str) -> Plan:
    texts = [
        (f"{word} garden {place}", label)
        for place in range(6)
        for word, label in (("wonderful", 1), ("terrible", 0))
    ]
    examples = [Example(f"e{place}", text, label, f"g{place}") for place, (text, label) in enumerate(texts)]
    return make_plan(
        Dataset("mine", tuple(examples)), [FakeSource()], [parse_attack(attack)], trials=len(texts)
    )


def test_a_chain_is_scored_by_what_the_model_says_of_cleaned_texts_each_asked_once() -> None:
    planned, model = plan("zero_width@1"), ReadsWords()
    scores = ChainScores(planned, model, batch_size=None)
    assert scores(()).clean == 1.0
    assert scores(()).held == 0.5
    assert scores((Strip(),)).held == 1.0
    asked = [text for batch in model.asked for text in batch]
    assert len(asked) == len(set(asked)) == scores.queries == 24
    assert set(drawn_texts(planned)[0]) < set(asked)


def test_misspelt_words_with_invisible_letters_are_stripped_before_they_are_spelt() -> None:
    scores = ChainScores(plan("neighbor_swap@1,zero_width@1"), ReadsWords(), batch_size=None)
    steps = choose_chain((Fold(), Spell(), Strip()), scores, max_clean_cost=0.01)
    assert str(Chain(steps[-1].chain)) in ("fold,strip,spell", "strip,fold,spell", "strip,spell,fold")
    assert steps[-1].score.held == 1.0
