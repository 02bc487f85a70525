import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robustaudit.attacks import Attack, AttackSequence, Choice, Mix, parse_attack
from robustaudit.core.errors import UserError
from robustaudit.perturbations import Delete, Homoglyph, Insert, Perturbation, Qwerty, WeightedPerturbation
from strategies import attacks


def read(text: str, rate: float = 0.3) -> Attack:
    return parse_attack(text, rate=rate).attack


def one(perturbation: Perturbation, rate: float = 0.3) -> Mix:
    return Mix((WeightedPerturbation(perturbation, 1.0),), rate)


QWERTY, DELETE, HOMOGLYPH = one(Qwerty()), one(Delete()), one(Homoglyph())


@pytest.mark.parametrize(
    ("text", "attack"),
    [
        ("qwerty", QWERTY),
        (" qwerty\n", QWERTY),
        ("(qwerty)", QWERTY),
        ("qwerty()", QWERTY),
        ("qwerty@0.1", one(Qwerty(), 0.1)),
        ("qwerty@1", one(Qwerty(), 1.0)),
        ('insert(alphabet="digits")@0.1', one(Insert(alphabet="digits"), 0.1)),
        ('insert ( alphabet = "digits" ) @ 0.1', one(Insert(alphabet="digits"), 0.1)),
        (
            "qwerty + delete",
            Mix((WeightedPerturbation(Qwerty(), 1.0), WeightedPerturbation(Delete(), 1.0)), 0.3),
        ),
        (
            "2*qwerty + 0.5*delete",
            Mix((WeightedPerturbation(Qwerty(), 2.0), WeightedPerturbation(Delete(), 0.5)), 0.3),
        ),
        (
            "(qwerty + delete)@0.2",
            Mix((WeightedPerturbation(Qwerty(), 1.0), WeightedPerturbation(Delete(), 1.0)), 0.2),
        ),
        ("qwerty, delete", AttackSequence((QWERTY, DELETE))),
        ("qwerty@0.1, delete@0.2", AttackSequence((one(Qwerty(), 0.1), one(Delete(), 0.2)))),
        ("qwerty | delete", Choice(((1.0, QWERTY), (1.0, DELETE)))),
        ("3*qwerty@0.1 | delete", Choice(((3.0, one(Qwerty(), 0.1)), (1.0, DELETE)))),
        (
            'mix(qwerty + delete, weighting="parts")',
            Mix((WeightedPerturbation(Qwerty(), 1.0), WeightedPerturbation(Delete(), 1.0)), 0.3),
        ),
        (
            'mix(2*qwerty + delete, weighting="edits")@0.5',
            Mix((WeightedPerturbation(Qwerty(), 2.0), WeightedPerturbation(Delete(), 1.0)), 0.5, "edits"),
        ),
        ('mix(qwerty, weighting="edits")', Mix((WeightedPerturbation(Qwerty(), 1.0),), 0.3, "edits")),
    ],
)
def test_the_grammar_by_example(text: str, attack: Attack) -> None:
    assert read(text) == attack


@pytest.mark.parametrize(
    ("text", "bracketed"),
    [
        ("delete, 2*qwerty + homoglyph | qwerty@0.1", "(delete, ((2*qwerty) + homoglyph)) | (qwerty@0.1)"),
        ("qwerty | delete, homoglyph", "qwerty | (delete, homoglyph)"),
        ("qwerty + delete, homoglyph", "(qwerty + delete), homoglyph"),
        ("2*qwerty + delete", "(2*qwerty) + delete"),
        ("2*qwerty@0.1 | delete", "2*(qwerty@0.1) | delete"),
        ("qwerty | delete, insert & min_length(4)", "qwerty | ((delete, insert) & min_length(4))"),
        ("qwerty + delete & min_length(4) & at_most(2)", "((qwerty + delete) & min_length(4)) & at_most(2)"),
    ],
)
def test_parameters_bind_tightest_then_weights_mixes_sequences_constraints_and_choices(
    text: str, bracketed: str
) -> None:
    assert read(text) == read(bracketed)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("(qwerty | delete), homoglyph", "qwerty | delete, homoglyph"),
        ("(qwerty, delete), homoglyph", "qwerty, delete, homoglyph"),
        ("(qwerty | delete) | homoglyph", "qwerty | delete | homoglyph"),
    ],
)
def test_brackets_group(text: str, other: str) -> None:
    assert read(text) != read(other)


def test_a_mix_within_a_mix_brings_its_parts_with_their_weights_multiplied() -> None:
    assert read("2*(qwerty + 3*delete) + homoglyph") == read("2*qwerty + 6*delete + homoglyph")
    assert read("report-mix + 2*substitute") == read(
        "contract + extend + homoglyph + qwerty + delete + insert + 2*substitute"
    )


def test_the_rate_about_an_expression_is_that_of_each_part_without_its_own() -> None:
    assert read("qwerty, (delete | homoglyph@0.2)@0.7", rate=0.1) == AttackSequence(
        (one(Qwerty(), 0.1), Choice(((1.0, one(Delete(), 0.7)), (1.0, one(Homoglyph(), 0.2)))))
    )
    assert read("report-mix@0.7") == read("report-mix", rate=0.7) != read("report-mix")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("qwerty", "qwerty@0.3"),
        ("qwerty@0.30", "qwerty@0.3"),
        ("qwerty@1.0", "qwerty@1"),
        ('qwerty(map="reference")', "qwerty@0.3"),
        ('insert(alphabet="digits")', 'insert(alphabet="digits")@0.3'),
        ("homoglyph,qwerty", "homoglyph@0.3, qwerty@0.3"),
        ("2*qwerty+delete", "(2*qwerty + delete)@0.3"),
        ('mix(qwerty + delete, weighting="edits")', 'mix(qwerty + delete, weighting="edits")@0.3'),
        ('mix(2*qwerty, weighting="parts")', "qwerty@0.3"),
        ("2*(qwerty, delete) | delete", "2*(qwerty@0.3, delete@0.3) | delete@0.3"),
        ("(qwerty, delete), insert", "(qwerty@0.3, delete@0.3), insert@0.3"),
        ("(qwerty | delete), insert", "(qwerty@0.3 | delete@0.3), insert@0.3"),
        ("(qwerty | delete) | insert", "(qwerty@0.3 | delete@0.3) | insert@0.3"),
        ("qwerty@0.00001", "qwerty@0.00001"),
        ("qwerty & keep(stop_words)", "qwerty@0.3 & keep(stop_words)"),
        ("(qwerty & keep(stop_words))@0.1", "qwerty@0.1 & keep(stop_words)"),
        ("qwerty + delete & at_most( 2 )", "(qwerty + delete)@0.3 & at_most(2)"),
        ("qwerty, delete & at_most(2)", "(qwerty@0.3, delete@0.3) & at_most(2)"),
        ("(qwerty & at_most(2)), delete", "(qwerty@0.3 & at_most(2)), delete@0.3"),
        (
            "qwerty & at_most(2) | 2*(delete & at_most(3))",
            "qwerty@0.3 & at_most(2) | 2*(delete@0.3 & at_most(3))",
        ),
        ("(qwerty | delete) & at_most(2)", "(qwerty@0.3 | delete@0.3) & at_most(2)"),
    ],
)
def test_an_attack_is_written_in_one_way_however_it_was_given(text: str, canonical: str) -> None:
    assert str(read(text)) == canonical


@settings(max_examples=100)
@given(attack=attacks(), rate=st.sampled_from([0.05, 0.3, 1.0]))
def test_an_attack_as_it_is_written_reads_back_as_itself(attack: Attack, rate: float) -> None:
    assert read(str(attack), rate=rate) == attack


@given(attack=attacks())
def test_attacks_are_values(attack: Attack) -> None:
    assert hash(read(str(attack))) == hash(attack)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "attack must not be empty: name one, such as 'qwerty' or 'homoglyph,qwerty'"),
        (" \n", "attack must not be empty: name one, such as 'qwerty' or 'homoglyph,qwerty'"),
        ("qwerty +", "it ends where more is expected"),
        ("(qwerty", "it ends where more is expected"),
        ("qwerty@", "it ends where more is expected"),
        ("2*", "it ends where more is expected"),
        ('mix(qwerty, weighting="edits"', "it ends where more is expected"),
        ("qwerty)", "unexpected ')' at character 7"),
        ("qwerty &", "it ends where more is expected"),
        ("qwerty & 3", "unexpected '3' at character 10"),
        ("qwerty & (keep(stop_words))", "unexpected '(' at character 10"),
        ("qwerty & keep(stop_words), delete", "unexpected ',' at character 26"),
        ("qwerty & keep(stop_words) + delete", "unexpected '+' at character 27"),
        ("qwerty & keep(stop_words)@0.2", "unexpected '@' at character 26"),
        ("qwerty & keep(stop_words", "it ends where more is expected"),
        ('qwerty & keep("Acme)', "unexpected '\"' at character 15"),
        ("qwerty & keep(stop_words first_letter)", "unexpected 'f' at character 26"),
        (", qwerty", "unexpected ',' at character 1"),
        ("qwerty,, delete", "unexpected ',' at character 8"),
        ("qwerty delete", "unexpected 'd' at character 8"),
        ("qwerty@0.1@0.2", "unexpected '@' at character 11"),
        ("qwerty@-1", "unexpected '-' at character 8"),
        ("qwerty@.1", "unexpected '.' at character 8"),
        ("2*3*qwerty", "unexpected '3' at character 3"),
        ('qwerty("full")', "unexpected '\"' at character 8"),
        (
            "qwerty(map=full)",
            "unexpected 'f' at character 12: a value is a number, true, false, or a string in double quotes",
        ),
        ("qwérty", "unexpected 'é' at character 3"),
        ("qwerty\x1b[2J", "unexpected '\\x1b' at character 7"),
        ("mix(qwerty)", "unexpected ')' at character 11"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, complaint: str) -> None:
    expected = f"cannot read attack {text!r}: {complaint}" if text.strip() else complaint
    with pytest.raises(UserError) as caught:
        read(text)
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("qwert", "unknown attack 'qwert': did you mean 'qwerty'?"),
        (
            "homoglyph, neighbour_swap",
            "', at character 12: unknown attack 'neighbour_swap': did you mean 'neighbor_swap'?",
        ),
        ("xyz", "unknown attack 'xyz': robustaudit list attacks shows the "),
        ("report_mix", "unknown attack 'report_mix': did you mean 'report-mix'?"),
        ("qwerty@0", "rate must be above 0 and at most 1, got 0"),
        ("delete, qwerty@1.3", "at character 16: rate must be above 0 and at most 1, got 1.3"),
        (
            "0*qwerty + delete",
            "delete', at character 1: weight must be above 1e-06 and at most 1e+06, got 0",
        ),
        (
            "qwerty | 1000001*delete",
            "at character 10: weight must be above 1e-06 and at most 1e+06, got 1e+06",
        ),
        (
            "1000*(1001*qwerty + delete) + insert",
            "weight must be above 1e-06 and at most 1e+06, got 1.001e+06",
        ),
        ("9" * 400 + "*qwerty | delete", "weight must be above 1e-06 and at most 1e+06, got inf"),
        ("(" * 60 + "qwerty" + ")" * 60, "an attack must have at most 50 nested brackets"),
        ("qwerty" + ", qwerty" * 1000, "an attack must have at most 1000 parts, got 1001"),
        ("2*qwerty", "in attack '2*qwerty': a weight belongs in a mix (2*a + b) or a choice (2*a | b)"),
        ("2*qwerty, delete", "a weight belongs in a mix (2*a + b) or a choice (2*a | b)"),
        ("qwerty@0.1 + delete", "in attack 'qwerty@0.1 + delete': a mix has one rate and weighting, "),
        ("qwerty@0.1 + delete", "'qwerty@0.1' has its own: write the rate after the bracket, (a + b)@0.2"),
        ("2*qwerty@0.1 + delete", "a mix has one rate and weighting, 'qwerty@0.1' has its own"),
        (
            "(qwerty, delete) + homoglyph",
            "only perturbations that list their edits can be mixed, not 'qwerty, delete'",
        ),
        (
            "(qwerty | delete) + homoglyph",
            "only perturbations that list their edits can be mixed, not 'qwerty | delete'",
        ),
        (
            "(qwerty & keep(stop_words)) + delete",
            "only perturbations that list their edits can be mixed, not 'qwerty & keep(stop_words)'",
        ),
        ("2*qwerty & keep(stop_words)", "a weight belongs in a mix (2*a + b) or a choice (2*a | b)"),
        (
            'mix(qwerty + delete, weighting="words")',
            'at character 32: weighting of mix must be "parts" or "edits", got \'words\'',
        ),
        ('mix(qwerty + delete, weighting="edits") + insert', "a mix has one rate and weighting"),
        ("delete(n=2)", "in attack 'delete(n=2)', at character 1: delete has no parameters, got n=2"),
        ("qwerty(map=true)", "map of qwerty must be one of 'reference', 'full', got True"),
        ("qwerty(map=0.5)", "map of qwerty must be one of 'reference', 'full', got 0.5"),
        ('qwerty(mpa="full")', "unknown parameter of qwerty 'mpa': did you mean 'map'?"),
        ('qwerty(map="full", map="full")', "parameter 'map' of qwerty is given twice"),
        ('report-mix(map="full")', "recipe 'report-mix' has no parameters, got map='full'"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(text)
    assert message in str(caught.value)


def test_brackets_in_strings_are_not_counted() -> None:
    assert read('qwerty & keep(pattern="' + r"\(" * 60 + '")')
    with pytest.raises(UserError, match="at most 50 nested brackets"):
        read('qwerty & keep(pattern="' + r"\)" * 900 + '") | ' + "(" * 900 + "qwerty" + ")" * 900)


def test_an_attack_is_neither_too_deep_nor_too_large() -> None:
    assert read("(" * 50 + "qwerty" + ")" * 50) == QWERTY
    with pytest.raises(UserError, match="at most 50 nested brackets"):
        read("(" * 51 + "qwerty" + ")" * 51)
    with pytest.raises(UserError, match="at most 1000 parts, got 1001"):
        read(",".join(["qwerty"] * 999) + ", qwerty + delete")


@pytest.mark.parametrize("rate", [0.0, -0.1, 1.3, float("nan")])
def test_the_rate_about_all_is_checked_too(rate: float) -> None:
    with pytest.raises(UserError, match="rate must be above 0 and at most 1, got"):
        read("qwerty@0.5", rate=rate)
