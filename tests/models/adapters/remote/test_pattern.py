"""Patterns that users give, and those that would take too much."""

import pytest

from robustaudit.core.errors import UserError
from robustaudit.models.adapters.remote.chat import check_pattern, found_by


def test_a_pattern_finds_its_first_group_once_each() -> None:
    assert found_by(check_pattern(r"(?:label|class): (\w+)|(?:x)"), "label: a, x, class: b, label: a") == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("label", r"pattern must have a group for the label, as in 'label: \(\\w\+\)', got 'label'"),
        ("(label", r"pattern must be a regular expression, got '\(label': missing \)"),
        (
            "((a{1000}){1000}){1000}",
            r"pattern must have at most 300 characters and 10 brackets, and repeat at most 1,000",
        ),
        ("(" * 30 + "a" + "?)+" * 30, r"10 brackets"),
        ("(a)" + "b" * 300, r"at most 300 characters"),
    ],
)
def test_what_is_no_pattern_or_would_cost_too_much_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_pattern(pattern)


def test_a_search_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robustaudit.models.adapters.remote.chat._SECONDS", 0.05)
    numbers = ",".join(map(str, range(60)))
    with pytest.raises(UserError, match=r"searched a reply for more than 0.05 s: simplify it"):
        found_by(check_pattern(r"(.*?,){11}P"), numbers)
