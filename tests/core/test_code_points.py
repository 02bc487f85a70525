import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.core.code_points import CodePoints, ranges

strings = st.lists(st.text(st.characters() | st.sampled_from("\n\ud800\udc00"), max_size=8), max_size=6)


@given(strings=strings)
def test_strings_come_back_as_they_were(strings: list[str]) -> None:
    codes = CodePoints.of(strings)
    assert codes.strings() == strings
    assert [codes[i] for i in range(len(codes))] == strings
    assert codes.lengths.tolist() == list(map(len, strings))


@given(strings=strings, data=st.data())
def test_strings_are_taken_in_any_order_and_number(strings: list[str], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(strings) - 1))) if strings else []
    taken = CodePoints.of(strings).take(np.array(places, dtype=np.int64))
    assert taken.strings() == [strings[place] for place in places]


@given(parts=st.lists(strings, min_size=1, max_size=3))
def test_joined_strings_are_those_of_each_part(parts: list[list[str]]) -> None:
    joined = CodePoints.joined([CodePoints.of(part) for part in parts])
    assert joined.strings() == [string for part in parts for string in part]


def test_ranges_follow_each_other() -> None:
    assert ranges(np.array([5, 0, 7]), np.array([2, 0, 3])).tolist() == [5, 6, 7, 8, 9]
