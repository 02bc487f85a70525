"""Values from outside: of JSON and TOML, of Python, and as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.typed_values import parse_field, parse_several, parse_text, parse_typed


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
        ({"numbers": {"a": None}}, "a.toml.numbers.a must be a whole number or a string, got None"),
        ({"inner": 1}, "a.toml.inner must be a table, got 1"),
        (
            {"inner": {"pooling": "men"}},
            "pooling must be one of 'mean', 'max', got 'men': did you mean 'mean'?",
        ),
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


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (int, np.int64(3), 3),
        (float, np.float32(0.5), 0.5),
        (float, 1, 1.0),
        (str, np.str_("a"), "a"),
        (int | None, None, None),
        (Path | None, "~/mine", Path.home() / "mine"),
        (tuple[str, ...], "title, content", ("title", "content")),
        (tuple[str, ...], ["title, content"], ("title, content",)),
        (tuple[int, ...], 3, (3,)),
        (tuple[int, ...], range(1, 4), (1, 2, 3)),
        (tuple[int, ...] | None, "1,2,3", (1, 2, 3)),
        (Literal["mean", "max"], "max", "max"),
    ],
)
def test_a_field_takes_what_users_give(kind: Any, given: object, expected: object) -> None:
    parsed = parse_field(kind, given, where="field")
    assert (parsed, type(parsed)) == (expected, type(expected))
    assert parse_field(kind, parsed, where="field") == expected


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (int, "3", "field must be a whole number, got '3'"),
        (int, 3.0, "field must be a whole number, got 3.0"),
        (int, True, "field must be a whole number, got True"),
        (float, True, "field must be a number, got True"),
        (float, np.zeros(2), "field must be a number, got array([0., 0.])"),
        (bool, 1, "field must be true or false, got 1"),
        (str, None, "field must be a string, got None"),
        (Path, "", "field must not be empty: the working folder is '.'"),
        (Path, 3, "field must be a path, got 3"),
        (tuple[str, ...], [1], "field must be a string, got 1"),
        (tuple[int, ...], "1,x", "field must be a whole number, or several with commas between, got '1,x'"),
        (Literal["mean", 1], True, "field must be one of 'mean', 1, got True"),
        (
            Literal["mean", "max"],
            "men",
            "field must be one of 'mean', 'max', got 'men': did you mean 'mean'?",
        ),
    ],
)
def test_a_field_says_what_it_takes(kind: Any, given: object, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_field(kind, given, where="field")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (bool, "true", True),
        (int | None, "3", 3),
        (float, "0.5", 0.5),
        (str, " a,b ", "a,b"),
        (tuple[str, ...], "a, b", ("a", "b")),
        (Literal["mean", "max"] | None, "mean", "mean"),
    ],
)
def test_text_is_read_by_what_it_is_for(kind: Any, text: str, expected: object) -> None:
    assert parse_text(kind, text, where="option") == expected


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (bool, "yes", "option must be true or false, got 'yes'"),
        (int, "²", "option must be a whole number, got '²'"),
        (float, "half", "option must be a number, got 'half'"),
        (Literal["mean", "max"], "medium", "option must be one of 'mean', 'max', got 'medium'"),
    ],
)
def test_text_that_is_no_such_value_is_refused(kind: Any, text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_text(kind, text, where="option")
    assert str(caught.value) == message


def test_a_text_is_one_of_several() -> None:
    assert parse_several(str, "Good, bad.", where="texts") == ("Good, bad.",)
    assert parse_several(str, (each for each in "ab"), where="texts") == ("a", "b")
