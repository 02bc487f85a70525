"""The examples of docs/attacks.md are what the attacks draw, and its expressions can be read."""

import re
from pathlib import Path

import numpy as np
import pytest

from robustaudit.attacks import compose, list_attacks
from robustaudit.perturbations import TextBatch

DOCS = (Path(__file__).parents[2] / "docs" / "attacks.md").read_text(encoding="utf-8")
(TEXT,) = re.findall(r"^> (.+)$", DOCS, re.MULTILINE)
EXAMPLES = re.findall(r"^\| `([a-z_]+\([^`]+\))` \| [^|]+ \| (.+) \|$", DOCS, re.MULTILINE)[1:]
LANGUAGE = re.findall(r"^\| `([^`]+)` \| [^|]+ \| `([^`]+)` \|$", DOCS, re.MULTILINE)


@pytest.mark.parametrize(("constraint", "example"), EXAMPLES)
def test_an_example_of_a_constraint_is_what_it_draws(constraint: str, example: str) -> None:
    attack = (compose("delete@1") & constraint).attack
    keys = attack.keys(seed=0, draws=[(TEXT, 0)])
    (drawn,) = attack.draw(TextBatch([TEXT]), np.zeros(1, dtype=np.int64), keys)
    assert drawn.text == example


def test_each_kind_of_constraint_has_an_example() -> None:
    kinds = {constraint.partition("(")[0] for constraint, _ in EXAMPLES}
    assert kinds == {"keep", "protect", "only", "min_length", "at_most"}


@pytest.mark.parametrize(("expression", "python"), LANGUAGE)
def test_what_the_table_writes_in_python_is_what_it_writes_in_the_language(expression, python) -> None:
    if expression == "(…)":
        return
    names = {"compose": compose, "a": compose("qwerty"), "b": compose("delete")}
    expected = expression.replace("\\", "")
    made = eval(python.replace("\\", ""), names)
    assert made == (2 * compose("qwerty") if expected == "2*qwerty" else compose(expected))


@pytest.mark.usefixtures("empty_folder")
def test_recipes_that_ship_are_listed() -> None:
    shipped = {entry.name for entry in list_attacks() if entry.kind == "recipe"}
    assert shipped == set(re.findall(r"^\| \[`([a-z-]+)`\]", DOCS, re.MULTILINE))
