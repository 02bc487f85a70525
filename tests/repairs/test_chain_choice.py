"""The search for the best chain."""

from collections.abc import Callable

from robustaudit.repairs.chain_choice import ChainScore, ChainStep, choose_chain

Chain = tuple[str, ...]


def chosen(
    score: Callable[[Chain], ChainScore], *names: str, max_clean_cost: float = 0.01
) -> tuple[ChainStep[str], ...]:
    return choose_chain(names, score, max_clean_cost=max_clean_cost)


def planted(chain: Chain) -> ChainScore:
    """Spelling gains a little; behind `strip` it gains most, and before it nothing."""
    if "spell" not in chain:
        return ChainScore(0.9, 0.5)
    stripped_first = "strip" in chain and chain.index("strip") < chain.index("spell")
    return ChainScore(0.9, 0.9 if stripped_first else 0.6 if "strip" not in chain else 0.55)


def test_the_planted_chain_is_found_with_its_order_whatever_order_is_given() -> None:
    for names in (("strip", "spell"), ("spell", "strip")):
        steps = chosen(planted, *names)
        assert [step.chain for step in steps] == [(), ("spell",), ("strip", "spell")]
        assert [step.tried for step in steps] == [1, 2, 2]


def test_a_defence_that_loses_under_attack_is_never_kept() -> None:
    def score(chain: Chain) -> ChainScore:
        return ChainScore(0.9, 0.5 - 0.1 * ("bad" in chain) + 0.1 * ("good" in chain))

    assert chosen(score, "bad", "good")[-1].chain == ("good",)


def test_a_gain_is_not_bought_with_more_clean_accuracy_than_is_allowed() -> None:
    def score(chain: Chain) -> ChainScore:
        return ChainScore(0.9 - 0.02 * ("dear" in chain), 0.5 + 0.3 * ("dear" in chain))

    assert chosen(score, "dear")[-1].chain == ()
    assert chosen(score, "dear", max_clean_cost=0.05)[-1].chain == ("dear",)


def test_one_that_gains_nothing_is_kept_only_where_it_costs_nothing() -> None:
    def score(chain: Chain) -> ChainScore:
        return ChainScore(0.9 - 0.001 * ("costly" in chain), 0.5)

    assert chosen(score, "costly", "free")[-1].chain == ("free",)


def test_where_the_data_do_not_say_the_given_order_stands() -> None:
    def score(chain: Chain) -> ChainScore:
        return ChainScore(0.9, 0.5 + 0.1 * ("c" in chain))

    assert chosen(score, "a", "b", "c", "d")[-1].chain == ("a", "b", "c", "d")
