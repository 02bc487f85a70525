import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from robustaudit.core.randomness import derive, hash_fraction, key_of, keys_of, uniforms

MANY = 20_000


def some_keys(number: int = MANY) -> NDArray[np.uint64]:
    return np.array([key_of("a test", i) for i in range(number)], dtype=np.uint64)


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        ((), 14368017890445460849),
        (("a", "b"), 9069550795441461321),
        (("ab",), 17227541358524328308),
        ((0, "qwerty@0.3", "movie-7", 0), 14948892760206399435),
        (("naïve 👍",), 3669470805845020566),
    ],
    ids=["nothing", "two", "one", "a draw", "beyond ASCII"],
)
def test_keys_are_for_ever(parts: tuple[str | int, ...], key: int) -> None:
    assert key_of(*parts) == key


@given(draws=st.lists(st.tuples(st.text(st.characters() | st.just("\ud800")), st.integers()), max_size=4))
def test_keys_made_together_are_those_made_alone(draws: list[tuple[str, int]]) -> None:
    keys = keys_of(7, 'insert(alphabet="digits")@0.3', each=draws)
    assert keys.tolist() == [key_of(7, 'insert(alphabet="digits")@0.3', *draw) for draw in draws]
    assert keys.dtype == np.uint64


def test_the_numbers_of_a_key_are_those_of_splitmix64() -> None:
    # The first outputs of the reference implementation from the seed 1234567 (rosettacode.org).
    outputs = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    found = uniforms(np.full(4, 1234567, dtype=np.uint64), np.arange(4))
    assert found.tolist() == [(output >> 11) / 2**53 for output in outputs]


def test_derived_keys_are_for_ever() -> None:
    keys = np.array([0, 1, 2**64 - 1], dtype=np.uint64)
    assert [derive(keys, index).tolist() for index in (0, 1)] == [
        [5662737076530584639, 6099509816101183344, 3530122514460632944],
        [1763611471879941417, 14436370043143901352, 7218661981406995354],
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b"), ("ab",)),
        (("a", "b"), ("b", "a")),
        (("a", 1), ("a", "1")),
        (("a", ""), ("a",)),
        (('a","b',), ("a", "b")),
    ],
    ids=["cut", "order", "type", "empty", "quoted"],
)
def test_different_parts_have_different_keys(
    one: tuple[str | int, ...], other: tuple[str | int, ...]
) -> None:
    assert key_of(*one) != key_of(*other)


def test_fractions_are_uniform_between_0_and_1() -> None:
    fractions = [hash_fraction("split", f"review {i}") for i in range(MANY)]
    assert 0 <= min(fractions) < max(fractions) < 1
    assert stats.kstest(fractions, "uniform").pvalue > 0.01


@pytest.mark.parametrize("counter", [0, 1, 1000])
def test_numbers_over_keys_are_uniform(counter: int) -> None:
    found = uniforms(some_keys(), np.full(MANY, counter))
    assert 0 <= found.min() < found.max() < 1
    assert stats.kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize("key", [0, 1, 2**64 - 1])
def test_numbers_of_one_key_are_uniform(key: int) -> None:
    found = uniforms(np.full(MANY, key, dtype=np.uint64), np.arange(MANY))
    assert stats.kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize("apart", [1, 2])
def test_numbers_beside_each_other_are_independent(apart: int) -> None:
    keys = some_keys()
    pair = [uniforms(keys, np.full(MANY, counter)) for counter in (0, apart)]
    assert stats.pearsonr(*pair).pvalue > 0.01
    table, *_ = np.histogram2d(pair[0], pair[1], bins=10)
    assert stats.chisquare(table.ravel()).pvalue > 0.01


def test_a_number_can_be_had_alone_and_all_at_once() -> None:
    keys = some_keys(5)
    together = uniforms(np.repeat(keys, 3), np.tile(np.arange(3), 5)).reshape(5, 3)
    alone = [[uniforms(key[None], np.array([counter]))[0] for counter in range(3)] for key in keys]
    assert together.tolist() == alone


def test_parts_of_a_draw_are_independent_of_it_and_of_each_other() -> None:
    keys = some_keys()
    first = np.zeros(MANY, dtype=np.int64)
    numbers = [
        uniforms(each, first) for each in (keys, derive(keys, 0), derive(keys, 1), derive(derive(keys, 0), 0))
    ]
    correlations = np.asarray(np.corrcoef(numbers))[np.triu_indices(4, k=1)]
    assert np.abs(correlations).max() < 4 / np.sqrt(MANY)


def test_no_global_generator_is_read_or_moved() -> None:
    keys = some_keys(10)
    before = uniforms(derive(keys, 0), np.arange(10)).tolist()
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    states = random.getstate(), np.random.get_state(legacy=False)["state"]["key"].tolist()  # noqa: NPY002
    assert uniforms(derive(keys, 0), np.arange(10)).tolist() == before
    assert (random.getstate(), np.random.get_state(legacy=False)["state"]["key"].tolist()) == states  # noqa: NPY002
