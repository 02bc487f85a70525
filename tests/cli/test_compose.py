"""`robustaudit compose` and `robustaudit list`, as a user types them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refusals import refusal
from robustaudit import perturb
from robustaudit.attacks import REPORT_ATTACKS, SENTENCE, compose, list_attacks, parse_attack, protected_spans
from robustaudit.cli.main import run
from robustaudit.perturbations import TextBatch

Captured = pytest.CaptureFixture[str]


def test_a_sequence_is_explained_with_five_examples_and_a_share(capsys: Captured) -> None:
    assert run(["compose", "homoglyph,qwerty"]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert "one after the other" in printed
    assert [sum(line.startswith(word) for line in lines) for word in ("before ", "after ", "edits ")] == [
        5,
        5,
        5,
    ]
    assert "changes 260 of 260 texts of tiny (100%)" in printed


def test_texts_that_an_attack_cannot_change_are_counted(capsys: Captured) -> None:
    run(["compose", "contract"])
    share = capsys.readouterr().out.splitlines()[-1]
    changed = int(share.split()[1])
    assert 50 <= changed < 260


def test_the_same_seed_shows_the_same_texts(capsys: Captured) -> None:
    def printed(seed: str) -> str:
        run(["compose", "report-mix", "--seed", seed])
        return capsys.readouterr().out

    assert printed("0") == printed("0") != printed("1")


def test_data_of_ones_own_is_used(capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("text,label\nIt is fine,1\n", encoding="utf-8")
    assert run(["compose", "contract", "--data", str(tmp_path / "mine.csv")]) == 0
    assert "{It is→It's} fine" in capsys.readouterr().out


def test_words_without_blanks_are_found_by_the_segmenter_that_is_named(
    capsys: Captured, tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("text,label\n非常好吃,1\n", encoding="utf-8")
    arguments = ["compose", "swap_words@1", "--data", str(tmp_path / "mine.csv")]
    assert run(arguments) == 0
    assert "好吃非常" not in capsys.readouterr().out
    assert run([*arguments, "--segmentation", "icu"]) == 0
    assert "好吃非常" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compose", "qwert"], "unknown attack 'qwert': did you mean 'qwerty'?"),
        (["compose", "qwerty", "--rate", "0"], "rate must be above 0 and at most 1, got 0"),
        (["compose", "qwerty", "--examples", "-1"], "examples must be at least 0, got -1"),
        (
            ["compose", "qwerty", "--segmentation", "ice"],
            "Invalid value for '--segmentation': 'ice' is not one of 'characters', 'icu'.",
        ),
        (["compose", "qwerty +"], "cannot read attack 'qwerty +': it ends where more is expected"),
        (
            ["compose", "qwerty & kep(stop_words)"],
            "in attack 'qwerty & kep(stop_words)', at character 10: unknown constraint 'kep': did you mean",
        ),
        (["compose", 'qwerty & keep(pattern="(")'], "at character 15: pattern '(' cannot be read: missing )"),
        (["compose"], "Missing argument 'expression'"),
    ],
)
def test_wrong_use_gets_one_clear_line(arguments: list[str], message: str, capsys: Captured) -> None:
    assert message in refusal(capsys, *arguments)


def test_a_composition_is_kept_as_a_recipe_that_means_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "attacks").mkdir()
    asked = 'homoglyph,  insert(alphabet="digits")@0.1'
    assert run(["compose", asked, "--save", "attacks/mine.toml", "--description", 'Two "ways".']) == 0
    assert capsys.readouterr().err == "written to attacks/mine.toml\n"

    assert str(parse_attack("mine").attack) == str(parse_attack(asked).attack)
    assert {a.name: a.description for a in list_attacks()}["mine"] == 'Two "ways".'
    assert "recipe 'mine' exists already" in refusal(
        capsys, "compose", "qwerty", "--save", "attacks/mine.toml"
    )
    assert str(parse_attack("mine").attack) == str(parse_attack(asked).attack)


@pytest.mark.parametrize(
    "asked",
    [
        'report-mix@0.1 & keep(pattern="a  \\d\\"b|\\\\", "New York") & at_most(2)',
        'qwerty & keep("\x7f\u202e")',
        'homoglyph, (qwerty & min_length(4)) | delete & only("it\'s")',
    ],
)
def test_a_constrained_composition_is_kept_to_the_letter(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["compose", asked, "--save", "attacks/mine.toml"]) == 0

    assert compose("mine") == compose(asked)
    assert compose("mine & protect(urls)") == compose(asked) & "protect(urls)"


def test_a_pattern_that_takes_too_long_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(protected_spans, "_TIME_LIMIT", 0.05)
    (tmp_path / "mine.csv").write_text(f"text,label\n{'a' * 40}!,1\n", encoding="utf-8")
    asked = 'qwerty & keep(pattern="(a|aa)+$")'
    assert refusal(capsys, "compose", asked, "--data", str(tmp_path / "mine.csv")) == (
        "pattern '(a|aa)+$' takes more than 0.05 seconds on a text of 41 characters"
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("mine.txt", "recipe 'mine.txt' must end in .toml"),
        ("qwerty.toml", "that no perturbation has: 'qwerty'"),
        ("two words.toml", "one that an expression can use"),
        ("report-mix.toml", "recipe 'report-mix' exists already"),
    ],
)
def test_a_recipe_that_could_not_be_named_is_not_written(path, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert message in refusal(capsys, "compose", "qwerty", "--save", path)
    assert not list(tmp_path.iterdir())


def test_a_severity_is_shown_as_the_rate_that_it_is(capsys: Captured) -> None:
    assert run(["compose", "qwerty", "--severity", "3", "--examples", "1"]) == 0
    (rate,) = {line for line in capsys.readouterr().out.splitlines() if line.startswith("qwerty, ")}
    assert run(["compose", "qwerty@severity3", "--examples", "1"]) == 0
    assert rate in capsys.readouterr().out


def test_a_severity_beyond_the_ceiling_is_rate_1_and_said(capsys: Captured) -> None:
    assert run(["compose", "contract", "--severity", "5", "--examples", "0"]) == 0
    printed = capsys.readouterr()
    assert "contract, 100% of the words" in printed.out
    assert printed.err.startswith("severity 5 not reached: contract changes at most 0.")


def listed(what: str, capsys: Captured, *words: str) -> list[dict[str, Any]]:
    assert run(["list", what, *words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert isinstance(rows, list)
    return rows


def test_the_attacks_of_the_report_are_listed(capsys: Captured) -> None:
    attacks = {row["name"]: row for row in listed("attacks", capsys)}
    assert set(REPORT_ATTACKS) <= set(attacks)
    assert attacks["report-mix"]["kind"] == "recipe"
    assert all(row["description"] for row in attacks.values())


def test_the_models_that_ship_are_listed_with_what_they_reach(capsys: Captured) -> None:
    models = {row["name"]: row for row in listed("models", capsys)}
    assert {"1", "4", "7", "tfidf"} <= set(models)
    for name in ("1", "4", "7"):
        assert models[name]["trained"]
        assert models[name]["data"] == "reviews"
        assert models[name]["test_accuracy"] >= 0.77


def test_the_data_is_listed(capsys: Captured) -> None:
    assert {row["name"]: row["here"] for row in listed("data", capsys)}["tiny"] is True


def test_perturbations_are_listed_with_family_meaning_example_and_parameters(capsys: Captured) -> None:
    rows = {row["name"]: row for row in listed("perturbations", capsys)}
    assert (rows["keyboard"]["family"], rows["keyboard"]["meaning"]) == ("typing", "mostly kept")
    assert rows["mojibake"]["parameters"][1] == {"name": "times", "default": 1, "choices": [1, 2]}
    assert rows["extend"]["example"] == {"before": "It's", "after": "It is"}


def test_perturbations_are_listed_for_the_docs(capsys: Captured) -> None:
    assert run(["list", "perturbations", "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| name | family |")
    assert any(line.startswith("| `zero_width` | unicode |") for line in lines)


def test_a_word_finds_defences_and_a_name_one_in_full(capsys: Captured) -> None:
    assert [row["name"] for row in listed("defences", capsys, "letters")] == ["fold", "join", "leet"]
    (row,) = listed("defences", capsys, "spell")
    assert row["needs"] == ["symspellpy"]
    assert row["parameters"][0] == {"name": "distance", "default": 2, "choices": []}
    assert run(["list", "defences", "spell"]) == 0
    assert "clean(spell):4" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["attacks", "perturbations", "defences", "models", "data"])
def test_for_people_there_is_a_table(what: str, capsys: Captured) -> None:
    assert run(["list", what]) == 0
    names = [row["name"] for row in listed(what, capsys)] if capsys.readouterr().out else []
    assert names


def test_severities_are_listed_with_rates_shares_and_ceilings(capsys: Captured) -> None:
    rows = {row["perturbation"]: row for row in listed("severities", capsys)}
    assert len(rows["qwerty"]["rates"]) == len(rows["qwerty"]["held_out"]) == 5
    assert rows["contract"]["ceiling"] < 0.01 < rows["qwerty"]["ceiling"]
    assert run(["list", "severities"]) == 0
    assert "qwerty" in capsys.readouterr().out


def test_a_text_of_ones_own_is_drawn_several_times(capsys: Captured) -> None:
    text = "It is a great product, do not miss it!"
    assert run(["compose", "qwerty", "--text", text, "--examples", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    after = [line.removeprefix("after ").strip() for line in lines if line.startswith("after ")]
    assert [line for line in lines if line.startswith("before")] == [f"before  {text}"]
    assert after == list(dict.fromkeys(perturb(text, "qwerty", draws=3).texts))
    assert lines[-1] == "changes 3 of 3 draws of the text (100%)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compose", "qwerty", "--text", " "], "--text must not be empty"),
        (
            ["compose", "qwerty", "--text", "a", "--data", "tiny"],
            "--text and --data exclude each other",
        ),
        (
            ["compose", "qwerty", "--text", "a", "--columns", "text"],
            "--columns is for --data",
        ),
        (["list", "attacks", "qwetry"], "unknown attack 'qwetry': did you mean 'qwerty'?"),
        (["list", "perturbations", "report-mix"], "unknown perturbation 'report-mix': "),
        (["list", "defences", "lete"], "unknown defence 'lete': did you mean 'leet'?"),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments: list[str], message: str, capsys: Captured) -> None:
    assert message in refusal(capsys, *arguments)


def test_attacks_are_listed_by_family(capsys: Captured) -> None:
    families = [row["family"] for row in listed("attacks", capsys)]
    runs = [family for before, family in zip([None, *families], families, strict=False) if family != before]
    assert runs[0] == "typing"
    assert runs[-1] == "recipes"
    assert len(runs) == len(set(runs))
    assert run(["list", "attacks"]) == 0
    shown = [line[:10].strip() for line in capsys.readouterr().out.splitlines()[2:]]
    assert [family for family in shown if family] == runs


@pytest.mark.parametrize("what", ["attacks", "perturbations"])
def test_a_word_finds_those_that_have_it(what: str, capsys: Captured) -> None:
    names = {row["name"] for row in listed(what, capsys, "KEYBOARD")}
    assert {"keyboard", "wrong_layout"} <= names
    assert "homoglyph" not in names
    assert {row["name"] for row in listed(what, capsys, "evasion")} >= {"algospeak"}


@pytest.mark.parametrize("what", ["attacks", "perturbations"])
def test_a_name_shows_one_in_full(what: str, capsys: Captured) -> None:
    assert run(["list", what, "keyboard"]) == 0
    printed = capsys.readouterr().out
    for word in (
        "family",
        "typing",
        "meaning",
        "parameters",
        "layout: qwerty, qwertz",
        "severity",
        "examples",
    ):
        assert word in printed
    (found,) = listed(what, capsys, "keyboard")
    drawn = parse_attack("keyboard").attack
    assert found["draws"] == perturb_sentence(str(drawn))
    assert [parse_attack(level).attack for level in found["levels"]] == [
        parse_attack("keyboard", severity=level).attack for level in range(1, 6)
    ]


def perturb_sentence(expression: str) -> list[str]:
    attack = parse_attack(expression).attack
    keys = attack.keys(seed=0, draws=[(SENTENCE, number) for number in range(3)])
    return [draw.text for draw in attack.draw(TextBatch([SENTENCE]), np.zeros(3, dtype=np.int64), keys)]


def test_a_recipe_shows_its_expression(capsys: Captured) -> None:
    assert run(["list", "attacks", "phone-typing"]) == 0
    printed = capsys.readouterr().out
    assert "phone-slips@0.12 & protect(urls, emails)" in printed
    assert "all levels are the same: it has rates of its own" in printed
