from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.validation import parse_typed


@dataclass(frozen=True, kw_only=True)
class Inner:
    pooling: Literal["mean", "max"]


@dataclass(frozen=True, kw_only=True)
class Outer:
    width: int
    rate: float
    labels: tuple[str, ...]
    numbers: Mapping[str, int | str]
    inner: Inner | None


GIVEN = {
    "width": 3,
    "rate": 1,
    "labels": ["bad", "good"],
    "numbers": {"a": 1, "b": "x"},
    "inner": {"pooling": "mean"},
}


def test_nested_tables_become_typed_values():
    parsed = parse_typed(Outer, GIVEN, where="a.toml")

    assert parsed == Outer(
        width=3,
        rate=1.0,
        labels=("bad", "good"),
        numbers={"a": 1, "b": "x"},
        inner=Inner(pooling="mean"),
    )
    assert isinstance(parsed.rate, float)
    assert parse_typed(Outer, {**GIVEN, "inner": None}, where="a.toml").inner is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"widht": 3}, "unknown key in a.toml 'widht': did you mean 'width'?"),
        ({"width": "3"}, "a.toml.width must be a whole number, got '3'"),
        ({"width": True}, "a.toml.width must be a whole number, got True"),
        ({"rate": 10**400}, "a.toml.rate must be a number below 1e308, got one of 1329 bits"),
        ({"rate": "high"}, "a.toml.rate must be a number, got 'high'"),
        ({"labels": "good"}, "a.toml.labels must be a list, got 'good'"),
        ({"labels": ["bad", 1]}, r"a.toml.labels\[1\] must be a string, got 1"),
        ({"numbers": [1]}, r"a.toml.numbers must be a table, got \[1\]"),
        ({"numbers": {"a": None}}, "a.toml.numbers.a must be int or str, got None"),
        ({"inner": 1}, "a.toml.inner must be"),
        ({"inner": {"pooling": "meen"}}, "unknown a.toml.inner.pooling 'meen': did you mean 'mean'?"),
        ({"inner": {}}, "a.toml.inner lacks pooling"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(change, message):
    with pytest.raises(UserError, match=message.replace("?", r"\?")):
        parse_typed(Outer, {**GIVEN, **change}, where="a.toml")


def test_what_is_no_table_is_refused():
    with pytest.raises(UserError, match=r"a.json must be a table, got \[\]"):
        parse_typed(Outer, [], where="a.json")


@dataclass(frozen=True, kw_only=True)
class Perhaps:
    names: tuple[str, ...] | None


def test_a_list_that_may_be_lacking_is_read_as_one_that_may_not():
    assert parse_typed(Perhaps, {"names": ["a"]}, where="a.json") == Perhaps(names=("a",))
    assert parse_typed(Perhaps, {"names": None}, where="a.json") == Perhaps(names=None)
    with pytest.raises(UserError, match=r"a.json.names\[0\] must be a string, got 1"):
        parse_typed(Perhaps, {"names": [1]}, where="a.json")
