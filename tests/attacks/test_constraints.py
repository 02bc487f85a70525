import pytest
from hypothesis import given

from robustaudit.attacks import ComposedConstraints, Constraints, compose, constrain
from robustaudit.attacks.expression import parse_constraints
from robustaudit.core.errors import UserError
from strategies import constraints


@given(one=constraints(), other=constraints())
def test_constraints_are_values_that_read_back_whatever_their_order(one, other) -> None:
    both = one & other
    assert parse_constraints(str(both)) == both == other & one == both & one
    assert hash(both) == hash(other & one)
    one, other = ComposedConstraints(one), ComposedConstraints(other)
    assert one & other == ComposedConstraints(both)
    assert eval(repr(one & other), {"constrain": constrain}) == one & other
    assert str(compose("qwerty") & one & other) == str(compose("qwerty") & other & one)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("keep(stop_words) & keep(first_letter)", "keep(first_letter, stop_words)"),
        ('keep("Acme", stop_words, "Acme")', 'keep(stop_words, "Acme")'),
        ('keep("New\n  York")', 'keep("New York")'),
        (r'keep(pattern="\d+", pattern="\"")', r'keep(pattern="\"", pattern="\d+")'),
        ('only("b", "a") & only("c")', 'only("a", "b") & only("c")'),
        ("min_length(3) & min_length(5)", "min_length(5)"),
        ("min_length(1)", "min_length(1)"),
        ("at_most(3) & min_length(2) & at_most(2)", "min_length(2) & at_most(2)"),
        ("protect(urls) & protect(emails, urls)", "protect(emails, urls)"),
    ],
)
def test_constraints_are_written_in_one_way(written: str, canonical: str) -> None:
    assert str(constrain(written)) == canonical
    assert constrain(canonical) == constrain(written)


def test_a_constraint_on_a_constrained_attack_is_one_more_of_its_constraints() -> None:
    assert compose("(qwerty & at_most(2)) & min_length(4)") == compose("qwerty & min_length(4) & at_most(2)")


def test_nothing_is_asked_by_no_constraints() -> None:
    assert parse_constraints("min_length(1)") == Constraints()


@pytest.mark.parametrize(
    ("constraint", "character", "message"),
    [
        ("kep(stop_words)", 10, "unknown constraint 'kep': did you mean 'keep'?"),
        ("delete", 10, "unknown constraint 'delete': known are at_most, keep, min_length, only, protect"),
        ("mix(delete)", 10, "unknown constraint 'mix': known are "),
        (
            "keep(stopwords)",
            15,
            "unknown name in keep 'stopwords': did you mean 'stop_words'? (write a word in quotes)",
        ),
        ("keep(stop_words, Acme)", 27, "unknown name in keep 'Acme': known are first_letter, last_letter, "),
        ("protect(url)", 18, "unknown name in protect 'url': did you mean 'urls'?"),
        ("keep(4)", 15, 'keep cannot take that: write keep(stop_words, "Acme", pattern="[A-Z]{2,}")'),
        ('keep(patern="x")', 15, "keep cannot take that: write "),
        ('protect("urls")', 18, "protect cannot take that: write protect(urls, numbers)"),
        ("only(great)", 15, 'only takes words in quotes: only("great", "awful")'),
        ("keep", 10, "keep needs arguments: keep(stop_words, "),
        ("at_most()", 10, "at_most needs arguments: at_most(2)"),
        ("at_most(0)", 18, "at_most must be at least 1, got 0"),
        ("at_most(1.5)", 18, "at_most takes one whole number: at_most(2)"),
        ('at_most("2")', 18, "at_most takes one whole number: at_most(2)"),
        ("min_length(2, 3)", 24, "min_length takes one whole number: min_length(4)"),
        ("min_length(" + "9" * 400 + ")", 21, "min_length must be at most 9223372036854775807, got 9999"),
        ('keep(" ")', 15, "a word must not be empty or have a backslash, got ' '"),
        (r'keep("a\"b")', 15, "a word must not be empty or have a backslash"),
        (f'only("{"a" * 1001}")', 15, "a word or pattern must have at most 1000 characters"),
        ('keep("\ud800")', 15, "must be valid Unicode, got the lone surrogate U+D800 at character 1"),
        ('keep(pattern="[a")', 15, "pattern '[a' cannot be read: "),
        (r'keep(pattern="\L<names>")', 15, r"pattern '\\L<names>' cannot be read"),
        ("only(" + '"a",' * 1000 + ",".join(f'"{n}"' for n in range(1001)) + ")", 10, "at most 1000 words"),
    ],
)
def test_what_a_constraint_cannot_be_is_pointed_at(constraint: str, character: int, message: str) -> None:
    with pytest.raises(UserError) as caught:
        compose(f"qwerty & {constraint}")
    assert f", at character {character}: " in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
