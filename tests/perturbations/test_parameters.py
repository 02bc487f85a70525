from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given

from robustaudit.core.errors import UserError
from robustaudit.perturbations import (
    PERTURBATIONS,
    Insert,
    Perturbation,
    Qwerty,
    Sites,
    TextBatch,
    build,
    expression_of,
)
from strategies import perturbations


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A perturbation of another package, with parameters of each type."""

    times: int = 1
    share: float = 0.5
    loud: bool = False

    def sites(self, batch: TextBatch) -> Sites:
        raise NotImplementedError


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PERTURBATIONS._known, "typed", Typed)


def test_a_perturbation_is_built_by_its_name() -> None:
    assert build("qwerty", {}) == Qwerty()
    assert build("qwerty", {"map": "full"}) == Qwerty(map="full")


@pytest.mark.parametrize(
    ("perturbation", "expression"),
    [
        (Qwerty(), "qwerty"),
        (Qwerty(map="reference"), "qwerty"),
        (Qwerty(map="full"), 'qwerty(map="full")'),
        (Insert(alphabet="digits"), 'insert(alphabet="digits")'),
    ],
)
def test_what_is_at_its_default_is_not_written(perturbation: Perturbation, expression: str) -> None:
    assert expression_of(perturbation) == expression


@given(perturbation=perturbations())
def test_perturbations_are_values(perturbation: Perturbation) -> None:
    again = build(expression_of(perturbation).split("(")[0], given_parameters(perturbation))
    assert again == perturbation
    assert hash(again) == hash(perturbation)


def given_parameters(perturbation: Perturbation) -> dict[str, str]:
    return {name: getattr(perturbation, name) for name in vars(type(perturbation))["__dataclass_fields__"]}


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("qwert", {}, "unknown perturbation 'qwert': did you mean 'qwerty'?"),
        ("delete", {"map": "full"}, "delete has no parameters, got map='full'"),
        ("qwerty", {"mpa": "full"}, "unknown parameter of qwerty 'mpa': did you mean 'map'?"),
        ("qwerty", {"map": "dvorak"}, "map of qwerty must be one of 'reference', 'full', got 'dvorak'"),
        ("qwerty", {"map": 3}, "map of qwerty must be one of 'reference', 'full', got 3"),
        (
            "insert",
            {"alphabet": True},
            "alphabet of insert must be one of 'letters', 'lowercase', 'digits', got True",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, parameters: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        build(name, parameters)
    assert str(caught.value) == message


@pytest.mark.usefixtures("typed")
def test_numbers_and_truth_values_are_parameters_too() -> None:
    given_values = {"times": 3, "share": 0.25, "loud": True}
    assert build("typed", given_values) == Typed(times=3, share=0.25, loud=True)
    assert expression_of(build("typed", given_values)) == "typed(times=3, share=0.25, loud=true)"


@pytest.mark.usefixtures("typed")
def test_a_whole_number_will_do_where_a_fraction_may_stand() -> None:
    assert build("typed", {"share": 1}) == Typed(share=1.0)


@pytest.mark.usefixtures("typed")
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"times": 1.5}, "times of typed must be a whole number, got 1.5"),
        ({"times": True}, "times of typed must be a whole number, got True"),
        ({"share": "half"}, "share of typed must be a number, got 'half'"),
        ({"loud": 1}, "loud of typed must be true or false, got 1"),
    ],
)
def test_a_value_of_another_type_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        build("typed", parameters)
    assert str(caught.value) == message
