from pathlib import Path

import pytest

from robustaudit.attacks import compose, list_attacks, parse_attack, protected_spans
from robustaudit.cli.main import run

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
    assert "It{ i→'}s fine" in capsys.readouterr().out


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
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_composition_is_kept_as_a_recipe_that_means_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "attacks").mkdir()
    asked = 'homoglyph,  insert(alphabet="digits")@0.1'
    assert run(["compose", asked, "--save", "attacks/mine.toml", "--description", 'Two "ways".']) == 0
    assert capsys.readouterr().err == "kept in attacks/mine.toml\n"

    assert str(parse_attack("mine").attack) == str(parse_attack(asked).attack)
    assert {a.name: a.description for a in list_attacks()}["mine"] == 'Two "ways".'
    assert run(["compose", "qwerty", "--save", "attacks/mine.toml"]) == 2
    assert "recipe 'mine' exists already" in capsys.readouterr().err
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
    assert run(["compose", asked, "--data", str(tmp_path / "mine.csv")]) == 2
    assert capsys.readouterr().err == (
        "robustaudit: pattern '(a|aa)+$' takes more than 0.05 seconds on a text of 41 characters\n"
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
    assert run(["compose", "qwerty", "--save", path]) == 2

    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
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
