from rich.console import Console

from robustaudit.attacks import parse_attack
from robustaudit.core.records import Edit, PerturbedText
from robustaudit.reports.listing import render_composition


def printed(expression: str, drawn: list[PerturbedText], *, examples: int = 5) -> str:
    console = Console(width=100, markup=False)
    with console.capture() as captured:
        console.print(render_composition(parse_attack(expression), drawn, examples=examples, data="tiny"))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


CHANGED = PerturbedText("cat", "hat", (Edit(0, 1, "h"),), ((Edit(0, 1, "h"),),))
UNCHANGED = PerturbedText("dog", "dog", (), ((),))


def test_the_tree_says_what_the_parts_are_and_how_they_are_joined() -> None:
    text = printed("2*contract | (qwerty@0.1, extend + 3*delete)", [CHANGED])
    for line in (
        "one of these for each trial",
        "2 × contract, 30% of the words",
        "one after the other",
        "qwerty, 10% of the words",
        "mixed word by word, 30% of the words",
        "3 × delete",
    ):
        assert line in text


def test_the_tree_says_what_constrains_the_parts_and_obeys_nothing_in_it() -> None:
    text = printed('qwerty, (delete & keep("\u202eAcme") & at_most(2))', [CHANGED])
    assert '└── with keep("<U+202E>Acme") & at_most(2)' in text
    assert "    └── delete, 30% of the words" in text
    assert "with min_length(4)" in printed("2*(qwerty & min_length(4)) | delete", [CHANGED])


def test_examples_are_those_that_changed_and_the_share_counts_all() -> None:
    text = printed("qwerty", [UNCHANGED, CHANGED, UNCHANGED, CHANGED])
    assert "{c→h}at" in text
    assert "dog" not in text
    assert "changes 2 of 4 texts of tiny (50%)" in text


def test_no_more_examples_than_asked_for() -> None:
    assert printed("qwerty", [CHANGED] * 9, examples=2).count("before") == 2


def test_hostile_text_is_shown_not_obeyed() -> None:
    hostile = PerturbedText("\x1b[2J", "\x1b[2Jx", (Edit(4, 4, "x"),), ((Edit(4, 4, "x"),),))
    text = printed("qwerty", [hostile])
    assert "\x1b" not in text
    assert "<U+001B>[2J" in text
