import re
from pathlib import Path

from robustaudit.attacks import EditExample, PerturbationEntry, PerturbationParameter, list_perturbations
from robustaudit.reports.listing import perturbations_markdown

DOCS = Path(__file__).parents[2] / "docs/perturbations.md"


def test_the_docs_have_the_table_of_all_perturbations() -> None:
    """`scripts/update-docs list perturbations` writes it anew."""
    (quoted,) = re.findall(
        r"<!-- output: robustaudit list perturbations --markdown -->\n(.*?)<!-- end -->",
        DOCS.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert quoted == perturbations_markdown(list_perturbations())


def test_a_row_has_what_there_is_to_know_and_no_bar_of_its_own() -> None:
    entry = PerturbationEntry(
        name="shout",
        family="surface",
        meaning="kept",
        description="Write `a|b` in capitals.",
        example=EditExample("a`b|c", "A`B|C"),
        parameters=(
            PerturbationParameter("loud", True, ()),
            PerturbationParameter("how", "all", ("first", "all")),
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
