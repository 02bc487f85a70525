import re
from pathlib import Path

from robustaudit.attacks import SeverityCalibration, calibrated_variants
from robustaudit.reports.listing import severities_markdown

DOCS = Path(__file__).parents[2] / "docs/severity.md"


def test_the_docs_have_the_table_of_all_severities() -> None:
    """`scripts/update-docs list severities` writes it anew."""
    (quoted,) = re.findall(
        r"<!-- output: robustaudit list severities --markdown -->\n(.*?)<!-- end -->",
        DOCS.read_text(encoding="utf-8"),
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
