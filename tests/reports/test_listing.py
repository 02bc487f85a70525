import re
from io import StringIO
from pathlib import Path

from rich.console import Console

from robustaudit.attacks import (
    EditExample,
    PerturbationEntry,
    SeverityCalibration,
    calibrated_variants,
    list_perturbations,
    parse_attack,
)
from robustaudit.core.calls import CallParameter
from robustaudit.core.records import Edit, PerturbedText
from robustaudit.defences import describe_defence, list_defences
from robustaudit.reports.listing import (
    defences_markdown,
    perturbations_markdown,
    render_composition,
    render_defence,
    severities_markdown,
)

PERTURBATIONS_DOCS = Path(__file__).parents[2] / "docs/perturbations.md"
DEFENCES_DOCS = PERTURBATIONS_DOCS.with_name("defences.md")


def test_the_docs_have_the_table_of_all_perturbations() -> None:
    """`scripts/update-docs list perturbations` writes it anew."""
    (quoted,) = re.findall(
        r"<!-- output: robustaudit list perturbations --markdown -->\n(.*?)<!-- end -->",
        PERTURBATIONS_DOCS.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert quoted == perturbations_markdown(list_perturbations())


def test_the_docs_have_the_table_of_all_defences() -> None:
    """`scripts/update-docs list defences` writes it anew."""
    (quoted,) = re.findall(
        r"<!-- output: robustaudit list defences --markdown -->\n(.*?)<!-- end -->",
        DEFENCES_DOCS.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert quoted == defences_markdown(list_defences())


def test_a_defence_in_full_says_what_it_needs_and_how_it_is_used() -> None:
    shown = Console(width=100, record=True, file=StringIO())
    shown.print(render_defence(describe_defence("spell")))
    text = shown.export_text()
    for fact in ("needs       symspellpy", "distance: 2", "clean(spell):4", "Case is kept."):
        assert fact in text


def test_a_row_has_what_there_is_to_know_and_no_bar_of_its_own() -> None:
    entry = PerturbationEntry(
        name="shout",
        family="surface",
        meaning="kept",
        description="Write `a|b` in capitals.",
        example=EditExample("a`b|c", "A`B|C"),
        parameters=(
            CallParameter("loud", True, ()),
            CallParameter("how", "all", ("first", "all")),
        ),
    )
    assert perturbations_markdown([entry]).splitlines()[2] == (
        r"| `shout` | surface | Write `a\|b` in capitals. | ``a`b\|c`` → ``A`B\|C`` | kept "
        "| `loud`: true<br>`how`: all, first |"
    )


def test_what_is_not_there_is_a_dash() -> None:
    entry = PerturbationEntry("hush", "surface", "kept", "Say nothing.", None, ())
    assert (
        perturbations_markdown([entry]).splitlines()[2]
        == "| `hush` | surface | Say nothing. | – | kept | – |"
    )


SEVERITY_DOCS = Path(__file__).parents[2] / "docs/severity.md"


def test_the_docs_have_the_table_of_all_severities() -> None:
    """`scripts/update-docs list severities` writes it anew."""
    (quoted,) = re.findall(
        r"<!-- output: robustaudit list severities --markdown -->\n(.*?)<!-- end -->",
        SEVERITY_DOCS.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert quoted == severities_markdown(calibrated_variants())


def test_a_level_has_its_rate_and_share_and_none_beyond_the_ceiling() -> None:
    found = SeverityCalibration(
        rates=(0.0512, 0.25, 0.5, 1.0, 1.0),
        shares=(0.01, 0.025, 0.05, 0.06, 0.06),
        held_out=(0.0102, 0.0251, 0.0499, 0.061, 0.061),
        ceiling=0.06,
        texts=0.5,
        edits=0.3,
        characters=1.0,
    )
    assert severities_markdown({"shout": found}).splitlines()[2] == (
        "| `shout` | 0.0512: 1.0 | 0.25: 2.5 | 0.5: 5.0 | – | – | 6.0% |"
    )


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
