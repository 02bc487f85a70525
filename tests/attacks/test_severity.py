import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from severity_calibration import CalibrationTexts, ChangeMeter, calibrate, join_sentences, variants

from robustaudit.attacks import LEVELS, SeverityCalibration, list_perturbations, parse_attack, unreached_lines
from robustaudit.attacks.severity import calibration, table
from robustaudit.core.edits import share_of_characters
from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.datasets import Dataset, load
from robustaudit.perturbations import PERTURBATIONS, TextBatch, WordPerturbation, build, expression_of

EVERY = 4  # as in scripts/calibrate-severity
LETTERS = ("qwerty", "delete", "insert", "substitute", "homoglyph", "neighbor_swap", "repeat_letter")
WORDS = ("upper_case", "scramble", "full_width", "drop_vowels", "double_word")

severities = st.integers(1, 5)


@pytest.fixture(scope="module")
def reviews() -> Dataset:
    try:
        return load("reviews", offline=True)
    except NetworkUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def texts() -> CalibrationTexts:
    """Texts that ship, of a hundred words, to which nothing was fitted."""
    return CalibrationTexts.of(join_sentences([example.text for example in load("tiny").examples]))


@pytest.fixture(scope="module")
def held_out(reviews: Dataset) -> CalibrationTexts:
    """Texts of the test split, of a hundred words."""
    return CalibrationTexts.of(join_sentences([example.text for example in reviews.split("test")]))


def written(text: str, **options: float) -> str:
    return str(parse_attack(text, **options).attack)


def share(expression: str, texts: CalibrationTexts) -> float:
    """The mean share of characters that an attack changes in the texts that it changes."""
    drawn = parse_attack(expression).attack.draw(texts.batch, texts.rows, texts.keys)
    shares = share_of_characters(texts.codes, texts.rows, drawn.edits)
    return float(shares[shares > 0].mean())


def test_every_native_perturbation_is_calibrated_with_each_choice_of_its_parameters() -> None:
    """`scripts/calibrate-severity` adds what is missing."""
    assert sorted(map(expression_of, variants())) == sorted(table().perturbations)
    native = {entry.name for entry in list_perturbations() if entry.family != "foreign"}
    assert native <= set(table().perturbations)


def test_a_level_is_met_or_beyond_what_rate_1_does_or_less_than_one_edit() -> None:
    wrong = {name: found for name, found in table().perturbations.items() if not is_calibrated(found)}
    assert wrong == {}


def is_calibrated(found: SeverityCalibration) -> bool:
    levels = zip(LEVELS, found.rates, found.shares, found.held_out, strict=True)
    return list(found.rates) == sorted(found.rates) and all(
        0 < rate <= 1 and is_met(level, rate, fitted, held_out, found.ceiling)
        for level, rate, fitted, held_out in levels
    )


def is_met(level: float, rate: float, fitted: float, held_out: float, ceiling: float) -> bool:
    if level > ceiling:
        return (rate, fitted) == (1, ceiling)
    return fitted >= 1.1 * level or (
        fitted == pytest.approx(level, rel=0.1) and held_out == pytest.approx(level, rel=0.15)
    )


@pytest.mark.parametrize("name", ["contract", "qwerty", "upper_case", "drop_mark", "add_url"])
def test_the_calibration_is_what_the_script_finds(
    name: str, reviews: Dataset, held_out: CalibrationTexts
) -> None:
    """Where it is not, what the perturbation does has changed: `scripts/calibrate-severity` follows it."""
    fitted = CalibrationTexts.of(
        join_sentences([example.text for example in reviews.split("train")])[::EVERY]
    )
    assert calibrate(build(name, {}), fitted, held_out) == table().perturbations[name]


@pytest.mark.parametrize("level", range(1, 6))
@pytest.mark.parametrize("name", [*LETTERS, *WORDS])
def test_one_level_changes_one_share_of_other_texts_whatever_the_perturbation(
    name: str, level: int, texts: CalibrationTexts
) -> None:
    found = calibration(build(name, {}))
    changed = ChangeMeter(build(name, {}), texts).share(found.rates[level - 1])
    assert changed == pytest.approx(LEVELS[level - 1], rel=0.3 if level == 1 else 0.15)


COMPOSED = (
    "report-mix",
    "contract + qwerty",
    "2*upper_case + delete",
    'mix(homoglyph + qwerty, weighting="edits")',
    "homoglyph, qwerty",
    "qwerty | upper_case",
)


@pytest.mark.parametrize("level", [2, 3, 4, 5])
@pytest.mark.parametrize("expression", COMPOSED)
def test_one_level_changes_one_share_whatever_the_composition(
    expression: str, level: int, held_out: CalibrationTexts
) -> None:
    changed = share(parse_attack(expression, severity=level).label, held_out)
    assert changed == pytest.approx(LEVELS[level - 1], rel=0.15)


@pytest.mark.parametrize("expression", COMPOSED)
def test_of_other_texts_it_changes_about_as_much(expression: str, texts: CalibrationTexts) -> None:
    """Those that ship have shorter words, and a contraction in every other sentence."""
    changed = share(parse_attack(expression, severity=3).label, texts)
    assert changed == pytest.approx(LEVELS[2], rel=0.3)


def test_the_share_rises_with_the_rate(texts: CalibrationTexts) -> None:
    gauge = ChangeMeter(build("qwerty", {}), texts)
    shares = [gauge.share(rate) for rate in np.linspace(0.01, 1, 25)]
    assert shares == sorted(shares)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("(qwerty | delete)@severity3", "qwerty@severity3 | delete@severity3"),
        ("(qwerty, delete)@severity3", "qwerty@severity2, delete@severity2"),
        ("((qwerty, delete), insert)@severity4", "(qwerty@severity2, delete@severity2), insert@severity3"),
        ("(qwerty, delete@0.1)@severity3", "qwerty@severity3, delete@0.1"),
        ("(qwerty@severity1, delete)@severity3", "qwerty@severity1, delete@severity3"),
        ("(qwerty@0.1, delete@0.2)@severity5", "qwerty@0.1, delete@0.2"),
        ("qwerty @ severity3", "qwerty@severity3"),
        ("(qwerty & min_length(4))@severity3", "qwerty@severity3 & min_length(4)"),
        ("2*qwerty@severity2 | delete", "2*(qwerty@severity2) | delete@0.3"),
    ],
)
def test_a_level_stands_where_a_rate_may_and_holds_for_parts_without_one(text: str, same: str) -> None:
    assert written(text) == written(same)


def test_a_level_is_a_rate_by_the_time_an_attack_is_made() -> None:
    rates = [calibration(build("qwerty", {})).rates[level - 1] for level in range(1, 6)]
    assert [written(f"qwerty@severity{level}") for level in range(1, 6)] == [f"qwerty@{r}" for r in rates]
    assert [written("qwerty", severity=level) for level in range(1, 6)] == [f"qwerty@{r}" for r in rates]


def test_a_recipe_takes_the_level_about_it_where_it_names_no_rate() -> None:
    write_recipe("mine", "qwerty, delete@0.1")
    assert written("mine@severity3") == written("qwerty@severity3, delete@0.1")
    write_recipe("theirs", "qwerty@severity4")
    assert written("theirs@severity1") == written("theirs") == written("qwerty@severity4")


def test_choices_of_a_parameter_have_rates_of_their_own_and_other_values_those_of_the_default() -> None:
    one, every = calibration(build("leetspeak", {"letters": "one"})), calibration(build("leetspeak", {}))
    assert one.rates[2] > 2 * every.rates[2]
    assert calibration(build("long_press", {"most": 4})) == calibration(build("long_press", {}))


def test_a_perturbation_mixed_with_itself_has_the_rate_that_it_has_alone() -> None:
    for level in range(2, 6):
        alone = calibration(build("qwerty", {})).rates[level - 1]
        mixed = parse_attack(f"(qwerty + qwerty)@severity{level}").attack
        assert mixed.rate == pytest.approx(alone, rel=0.05)  # type: ignore[attr-defined]


EXPRESSIONS = (
    "qwerty",
    "report-mix",
    'leetspeak(letters="one")',
    "qwerty, delete@0.1",
    "qwerty + 2*upper_case",
    "(qwerty | delete), insert",
    'mix(qwerty + delete, weighting="edits")',
    "qwerty & keep(stop_words)",
    "3*(qwerty, contract) | homoglyph@severity2",
)


@given(text=st.sampled_from(EXPRESSIONS), level=severities)
def test_an_attack_at_a_level_reads_back_from_its_canonical_form_and_from_its_label(
    text: str, level: int
) -> None:
    named = parse_attack(text, severity=level)
    assert parse_attack(str(named.attack)).attack == named.attack
    again = parse_attack(named.label)
    assert (again.attack, again.base, again.severity) == (named.attack, named.base, named.severity)
    assert (named.base, named.severity) == (text, level)


@pytest.mark.parametrize(
    ("text", "label", "base"),
    [
        ("qwerty", "qwerty@severity3", "qwerty"),
        ("qwerty@severity3", "qwerty@severity3", "qwerty"),
        (" ( qwerty,  delete ) @ severity3 ", "( qwerty, delete ) @ severity3", "qwerty, delete"),
        ("qwerty,delete", "(qwerty,delete)@severity3", "qwerty,delete"),
        ("(qwerty), (delete)", "((qwerty), (delete))@severity3", "(qwerty), (delete)"),
        ('insert(alphabet="digits")', 'insert(alphabet="digits")@severity3', 'insert(alphabet="digits")'),
    ],
)
def test_attacks_of_one_base_are_levels_of_the_same(text: str, label: str, base: str) -> None:
    named = parse_attack(text, severity=3)
    assert (named.label, named.base, named.severity) == (label, base, 3)


@pytest.mark.parametrize("text", ["qwerty@0.1", "qwerty@0.1, delete@severity2", "(qwerty | delete)@0.2"])
def test_an_attack_whose_parts_all_name_a_rate_takes_no_level(text: str) -> None:
    named = parse_attack(text, severity=3)
    assert (named.label, named.base, named.severity) == (text, text, None)
    assert named.attack == parse_attack(text).attack


def test_a_level_beyond_the_ceiling_is_rate_1_and_said() -> None:
    attacks = [parse_attack("contract, qwerty", severity=level) for level in (4, 5)]
    assert [str(named.attack).split(",")[0] for named in attacks] == ["contract@1", "contract@1"]
    (line,) = unreached_lines(unreached for named in attacks for unreached in named.unreached)
    assert line.startswith("severity 4, 5 not reached: contract changes at most 0.")
    assert line.endswith(" hundred words, not 5, 7.5%")


def test_a_level_below_one_edit_is_said() -> None:
    (line,) = unreached_lines(parse_attack("add_url@severity1").unreached)
    assert re.search(r"changes at least [0-9.]+% of the characters", line)


def test_a_level_that_is_met_is_not_spoken_of() -> None:
    named = [
        parse_attack(text, severity=3) for text in ("qwerty", "report-mix", "qwerty, delete", "upper_case")
    ]
    assert unreached_lines(unreached for each in named for unreached in each.unreached) == []


def test_a_mix_beyond_its_ceiling_has_rate_1() -> None:
    named = parse_attack("(contract + extend)@severity5")
    assert str(named.attack) == "(contract + extend)@1"
    assert [unreached.part for unreached in named.unreached] == ["contract + extend"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("qwerty@severity0", "severity must be at least 1, got 0"),
        ("qwerty@severity6", "severity must be at most 5, got 6"),
        ("qwerty@severity", "unexpected 's' at character 8"),
        ("qwerty@severity1234", "unexpected '4' at character 19"),
        ("qwerty@level3", "unexpected 'l' at character 8"),
        ("qwerty@severity2 + delete", "a mix has one rate and weighting"),
    ],
)
def test_what_is_no_level_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_attack(text)
    assert message in str(caught.value)


def test_a_perturbation_of_others_is_given_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Theirs(WordPerturbation):
        def replacements(self, word: str) -> tuple[str, ...]:
            return (word + word,)

    monkeypatch.setitem(PERTURBATIONS._known, "theirs", Theirs)
    with pytest.raises(UserError, match="'theirs' has no calibrated severity: give a rate"):
        parse_attack("qwerty, theirs@severity3")
    assert parse_attack("theirs@0.1").family == "foreign"


def test_texts_are_strung_of_whole_sentences_until_they_have_a_hundred_words() -> None:
    sentences = [f"{'word ' * 29}end{number}." for number in range(9)]
    assert join_sentences(sentences) == [" ".join(sentences[:4]), " ".join(sentences[4:8])]


def test_what_nothing_can_be_done_to_has_a_ceiling_of_nothing() -> None:
    nothing = CalibrationTexts(TextBatch(["no digits here", "nor here"]))
    found = calibrate(build("digit_script", {}), nothing, nothing)
    assert (found.ceiling, found.texts, found.rates) == (0, 0, (1.0,) * 5)


def write_recipe(name: str, expression: str) -> None:
    Path("attacks").mkdir(exist_ok=True)
    Path("attacks", f"{name}.toml").write_text(
        f'name = "{name}"\ndescription = "One."\nexpression = "{expression}"\n', encoding="utf-8"
    )
