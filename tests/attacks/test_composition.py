import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robustaudit.attacks import Attack, Composition, Mix, compose, constrain
from robustaudit.core.errors import UserError
from strategies import attacks, weights

LEAVES = {name: compose(name) for name in ("qwerty", "delete", "insert", "homoglyph")}
SPELT = {"compose": compose, "constrain": constrain}


def forgetful(attack: Attack) -> Composition:
    """The attack, a mix without its rate."""
    return Composition(Mix(attack.parts, None, attack.weighting) if isinstance(attack, Mix) else attack)


@settings(max_examples=100)
@given(attack=attacks(), weight=weights(), keep_rate=st.booleans())
def test_an_attack_reads_back_from_what_python_shows_of_it(attack, weight, keep_rate) -> None:
    attack = Composition(attack) if keep_rate else forgetful(attack)
    assert eval(repr(attack), SPELT) == attack
    assert eval(repr(weight * attack), SPELT) == weight * attack


def expressions() -> st.SearchStrategy[str]:
    """Operators between perturbations, some of which cannot be combined so; `;` where a sequence goes on."""
    leaf = st.sampled_from(sorted(LEAVES))
    rated = st.one_of(leaf, leaf, st.tuples(leaf, st.sampled_from([" @ 0.1", " @ 0.3"])).map("".join))
    weighted = st.one_of(rated, rated, rated.map("2 * {}".format))
    mixed = st.one_of(weighted, st.lists(weighted, min_size=1, max_size=3).map(" + ".join))
    sequences = st.lists(mixed, min_size=1, max_size=3).map(" ; ".join)
    limits = st.lists(st.sampled_from(["at_most(2)", "keep(stop_words)"]), max_size=2)
    constrained = st.tuples(sequences, limits).map(lambda it: " & ".join((it[0], *it[1])))
    choices = st.lists(constrained, min_size=1, max_size=3).map(" | ".join)
    bracketed = st.tuples(sequences, st.sampled_from([" @ 0.2", ""])).map(lambda it: f"({it[0]}){it[1]}")
    right = st.tuples(mixed, st.sampled_from([" ; ", " + ", " | "]), bracketed).map("".join)
    return st.one_of(choices, choices, bracketed, right)


@settings(max_examples=300)
@given(expression=expressions())
def test_operators_mean_in_python_what_they_mean_in_an_expression(expression: str) -> None:
    python = expression.replace(";", ">>")
    for limit in ("at_most(2)", "keep(stop_words)"):
        python = python.replace(limit, f"'{limit}'")
    try:
        expected = compose(expression.replace(" ;", ","))
    except UserError:
        with pytest.raises(UserError):
            check_attack(eval(python, dict(LEAVES)))
    else:
        assert eval(python, dict(LEAVES)) == expected


def check_attack(found: Composition) -> None:
    assert found.attack


QWERTY, DELETE, INSERT = compose("qwerty"), compose("delete"), compose("insert")


@pytest.mark.parametrize(
    ("made", "expression"),
    [
        (QWERTY + "delete", "qwerty + delete"),
        ("qwerty" + DELETE, "qwerty + delete"),
        ("2*qwerty" + DELETE, "2*qwerty + delete"),
        (QWERTY >> "delete", "qwerty, delete"),
        ("qwerty" >> DELETE, "qwerty, delete"),
        ("qwerty, delete" >> INSERT, "qwerty, delete, insert"),
        (QWERTY >> "delete, insert", "qwerty, (delete, insert)"),
        (QWERTY | "delete", "qwerty | delete"),
        ("qwerty" | DELETE, "qwerty | delete"),
        (QWERTY | "2*delete", "qwerty | 2*delete"),
        (QWERTY & "keep(stop_words) & at_most(2)", "qwerty & at_most(2) & keep(stop_words)"),
        ("qwerty" & constrain("at_most(2)"), "qwerty & at_most(2)"),
        (QWERTY & (constrain("at_most(2)") & "at_most(3)"), "qwerty & at_most(2)"),
        ("report-mix" + QWERTY, "report-mix + qwerty"),
        (2 * (3 * QWERTY) + DELETE, "6*qwerty + delete"),
        (2 * (QWERTY + DELETE) | INSERT, "2*(qwerty + delete) | insert"),
        ((QWERTY + DELETE) @ 0.2, "(qwerty + delete)@0.2"),
        ((QWERTY @ 0.1 >> DELETE) @ 0.2, "(qwerty@0.1, delete)@0.2"),
        (2 * QWERTY @ 0.1 | DELETE, "2*qwerty@0.1 | delete"),
        (QWERTY >> (DELETE >> INSERT), "qwerty, (delete, insert)"),
        (QWERTY | (DELETE | INSERT), "qwerty | (delete | insert)"),
        (1 * (QWERTY | DELETE) | INSERT, "(qwerty | delete) | insert"),
    ],
)
def test_attacks_and_expressions_are_joined(made: Composition, expression: str) -> None:
    assert made == compose(expression)


def test_a_rate_is_that_of_the_use_until_it_is_said() -> None:
    assert str(compose("qwerty, delete@0.1")) == "qwerty@0.3, delete@0.1"
    assert compose("qwerty, delete@0.1") @ 0.2 == compose("qwerty@0.2, delete@0.1")
    assert compose("qwerty, delete@0.1", rate=0.2) == compose("qwerty@0.2, delete@0.1")
    assert repr(compose("qwerty, delete@0.1")) == "compose('qwerty, delete@0.1')"


@pytest.mark.parametrize(
    ("combine", "message"),
    [
        (
            lambda: (QWERTY >> DELETE) + INSERT,
            "only perturbations that list their edits can be mixed, not 'qwerty, delete'",
        ),
        (
            lambda: QWERTY + (DELETE | INSERT),
            "only perturbations that list their edits can be mixed, not 'delete | insert'",
        ),
        (
            lambda: QWERTY + (DELETE & "at_most(2)"),
            "only perturbations that list their edits can be mixed, not 'delete & at_most(2)'",
        ),
        (lambda: QWERTY @ 0.1 + DELETE, "a mix has one rate and weighting, 'qwerty@0.1' has its own"),
        (lambda: 2 * QWERTY >> DELETE, "a weight belongs in a mix (2*a + b) or a choice (2*a | b)"),
        (lambda: 2 * QWERTY & "at_most(2)", "a weight belongs in a mix (2*a + b) or a choice (2*a | b)"),
        (lambda: QWERTY @ 1.3, "rate must be above 0 and at most 1, got 1.3"),
        (lambda: 0 * QWERTY, "weight must be above 1e-06 and at most 1e+06, got 0"),
        (lambda: QWERTY + "qwert", "unknown attack 'qwert': did you mean 'qwerty'?"),
        (
            lambda: QWERTY & "kep(stop_words)",
            "at character 1: unknown constraint 'kep'",
        ),
        (lambda: QWERTY & "", "constraints must not be empty: name one, such as 'keep(stop_words)'"),
    ],
)
def test_what_cannot_be_combined_is_refused_as_in_an_expression(combine, message) -> None:
    with pytest.raises(UserError) as caught:
        combine()
    assert message in str(caught.value)


@pytest.mark.parametrize("other", [3, None, constrain("at_most(2)")])
def test_what_is_no_attack_cannot_be_joined_to_one(other: object) -> None:
    for operator in ("+", ">>", "|"):
        with pytest.raises(TypeError):
            eval(f"a {operator} b", {"a": QWERTY, "b": other})
    with pytest.raises(TypeError):
        QWERTY & DELETE  # type: ignore[operator]
