from pathlib import Path

import numpy as np
import pytest

from robustaudit.attacks import REPORT_ATTACKS, SENTENCE, compose, list_attacks, parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.files import shipped
from robustaudit.perturbations import PERTURBATIONS, TextBatch


def write_recipe(name: str, expression: str) -> Path:
    content = f"name = '{name}'\ndescription = 'Of my own.'\nexpression = '{expression}'\n"
    return write(f"{name}.toml", content)


def write(file: str, content: str) -> Path:
    path = Path("attacks") / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


SHIPPED = sorted(path.stem for path in shipped("attacks").glob("*.toml"))


@pytest.mark.parametrize("name", sorted({*SHIPPED, *REPORT_ATTACKS}))
def test_what_ships_can_be_read(name: str) -> None:
    assert str(parse_attack(name).attack)


def test_the_reports_mix_is_of_six_perturbations() -> None:
    assert (
        parse_attack("report-mix").attack
        == parse_attack("contract + extend + homoglyph + qwerty + delete + insert").attack
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_says_why_and_changes_texts(name: str) -> None:
    (path,) = (path for path in shipped("attacks").glob("*.toml") if path.stem == name)
    comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
    assert sum(map(len, comments)) > 200
    attack = compose(name).attack
    keys = attack.keys(seed=0, draws=[("x", draw) for draw in range(20)])
    drawn = attack.draw(TextBatch([SENTENCE]), np.zeros(20, dtype=np.int64), keys)
    assert sum(draw.changed for draw in drawn) > 10


def test_phones_in_haste_leave_an_eighth_of_the_words_wrong_and_addresses_as_they_are() -> None:
    text = " ".join(["See https://example.com/here or mail somebody@example.com about the waffles"] * 20)
    attack = compose("phone-typing").attack
    (drawn,) = attack.draw(
        TextBatch([text]), np.zeros(1, dtype=np.int64), attack.keys(seed=0, draws=[("x", 0)])
    )
    words = int(TextBatch([text]).word_counts[0])
    assert len(drawn.edits_by_step[0]) == round(0.12 * words)
    assert drawn.text.count("https://example.com/here") == 20
    assert drawn.text.count("somebody@example.com") == 20


def test_an_attack_is_called_what_the_user_called_it() -> None:
    assert parse_attack(" homoglyph,\n  qwerty ").label == "homoglyph, qwerty"
    assert parse_attack('qwerty  & keep(pattern="a  b")').label == 'qwerty & keep(pattern="a  b")'


def test_perturbations_and_recipes_are_listed_with_what_they_do() -> None:
    write_recipe("mine", "qwerty")
    kinds = {entry.name: entry.kind for entry in list_attacks()}
    assert kinds == {
        **dict.fromkeys(PERTURBATIONS, "perturbation"),
        **dict.fromkeys(SHIPPED, "recipe"),
        "mine": "recipe",
    }
    assert all(entry.description.endswith(".") for entry in list_attacks())


def test_a_recipe_in_the_working_folder_is_found_and_may_use_another() -> None:
    write_recipe("mine", "theirs@0.2 | report-mix")
    write_recipe("theirs", "qwerty, delete@0.1")
    assert parse_attack("mine").attack == parse_attack("(qwerty@0.2, delete@0.1) | report-mix").attack


def test_a_recipe_may_be_constrained_and_use_another_that_is() -> None:
    write_recipe("mine", "theirs, delete@0.1 & min_length(4)")
    write_recipe("theirs", "qwerty & at_most(2)")
    assert compose("mine@0.2 & protect(urls)") == compose(
        "((qwerty@0.2 & at_most(2)), delete@0.1) & min_length(4) & protect(urls)"
    )


def test_a_recipe_in_the_working_folder_takes_the_place_of_none_that_ships() -> None:
    here = write_recipe("report-mix", "qwerty")
    wanted = f"recipe {str(here)!r} has the name of one that ships, '.*report-mix.toml', and other content: "
    for look_up in (lambda: parse_attack("report-mix"), lambda: parse_attack("phone-typing"), list_attacks):
        with pytest.raises(UserError, match=wanted):
            look_up()
    here.write_bytes((shipped("attacks") / "report-mix.toml").read_bytes())
    assert parse_attack("report-mix").attack.leaves()


@pytest.mark.parametrize("expression", ["mine", "qwerty, mine", "theirs"])
def test_a_recipe_that_refers_to_itself_is_refused(expression: str) -> None:
    write_recipe("mine", expression)
    write_recipe("theirs", "mine")
    with pytest.raises(UserError, match="recipe 'mine' refers to itself"):
        parse_attack("mine")


def test_a_recipe_in_a_mix_brings_its_parts_with_their_weights() -> None:
    write_recipe("mine", "3*qwerty + delete")
    assert parse_attack("2*mine + insert").attack == parse_attack("6*qwerty + 2*delete + insert").attack


@pytest.mark.parametrize("expression", ["(qwerty + delete)@0.5", 'mix(qwerty, weighting="edits")'])
def test_a_recipe_with_a_rate_or_weighting_of_its_own_is_no_part_of_a_mix(expression: str) -> None:
    write_recipe("mine", expression)
    with pytest.raises(UserError, match="a mix has one rate and weighting"):
        parse_attack("mine + insert")
    assert parse_attack("mine, insert").attack


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("name = ", "cannot be read: "),
        ("name = 'mine'\nname = 'mine'", "cannot be read: "),
        (
            "name = 'mine'\ndescription = 'D.'\nexpresion = 'qwerty'",
            "'expresion': did you mean 'expression'?",
        ),
        ("name = 'mine'\ndescription = 'D.'", "lacks expression"),
        ("name = 'mine'\ndescription = 'D.'\nexpression = 3", "expression must be a string, got 3"),
        ("name = 'other'\ndescription = 'D.'\nexpression = 'qwerty'", "must have the name of its file"),
    ],
    ids=["no TOML", "a key twice", "an unknown key", "a missing key", "no string", "another name"],
)
def test_a_recipe_that_cannot_be_used_is_named_with_its_file(content: str, complaint: str) -> None:
    path = write("mine.toml", content)
    for use in (lambda: parse_attack("qwerty, mine"), list_attacks):
        with pytest.raises(UserError) as caught:
            use()
        assert str(path) in str(caught.value)
        assert complaint in str(caught.value)


def test_a_recipe_that_cannot_be_used_is_no_hindrance_to_others() -> None:
    write("mine.toml", "name = ")
    assert parse_attack("qwerty, report-mix").attack


def test_an_expression_that_cannot_be_read_is_named_with_its_recipe() -> None:
    write_recipe("mine", "theirs | delete")
    write_recipe("theirs", "qwerty +")
    with pytest.raises(UserError) as caught:
        parse_attack("mine")
    assert str(caught.value) == (
        "in recipe 'theirs': cannot read attack 'qwerty +': it ends where more is expected"
    )


def test_recipes_lie_only_so_deep_within_each_other() -> None:
    for number in range(25):
        write_recipe(f"recipe-{number}", f"recipe-{number + 1}")
    write_recipe("recipe-25", "qwerty")
    assert parse_attack("recipe-7").attack == parse_attack("qwerty").attack
    with pytest.raises(UserError, match="recipes must be nested at most 20 deep"):
        parse_attack("recipe-5")


@pytest.mark.parametrize("name", ["qwerty", "my recipe", "2nd", "mix", "textattack:mine"])
def test_a_recipe_has_a_name_that_an_expression_can_mean_it_by(name: str) -> None:
    write_recipe(name, "delete")
    with pytest.raises(
        UserError, match=f"one that an expression can use, and that no perturbation has: '{name}'"
    ):
        list_attacks()


def test_a_recipe_in_another_encoding_is_named() -> None:
    write("mine.toml", "").write_bytes("description = 'é'".encode("latin-1"))
    with pytest.raises(UserError, match=r"recipe .*mine\.toml.* cannot be read: .*utf-8"):
        list_attacks()


def test_a_folder_that_is_called_as_a_recipe_is_named() -> None:
    Path("attacks/mine.toml").mkdir(parents=True)
    with pytest.raises(UserError, match=r"recipe .*mine\.toml.* must be a file"):
        list_attacks()
