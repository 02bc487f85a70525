"""A hash table holds what a dictionary would, in a fraction of its memory."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from robustaudit.datasets.hash_table import HashTable

KEYS = st.one_of(st.integers(1, 200), st.integers(0, 2**64 - 1)).filter(lambda key: key > 0)


@given(st.lists(st.tuples(KEYS, st.integers(0, 2**32 - 1), st.booleans()), max_size=400))
def test_it_holds_what_a_dictionary_holds(changes: list[tuple[int, int, bool]]) -> None:
    table, known = HashTable(), dict[int, int]()
    for key, value, overwrites in changes:
        assert (key in table) == (key in known)
        if overwrites:
            table[key] = known[key] = value
        assert table.setdefault(key, value) == known.setdefault(key, value)
    assert len(table) == len(known)


def test_a_hash_takes_some_20_bytes() -> None:
    tracemalloc.start()
    table = HashTable()
    for number in range(50_000):
        table.setdefault(number * 0x9E3779B97F4A7C15 % 2**64, 0)
    size, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table) == 50_000
    assert size < 27 * len(table)
    assert most < 30 * len(table)
