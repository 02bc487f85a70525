"""How word pieces split edited words, and what of a drop goes with that, as tables."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from robustaudit.core.display import percent
from robustaudit.reports.layout import legend, section, strong, table
from robustaudit.reports.text import NOTHING
from robustaudit.runs.token_account import TokenAccount
from robustaudit.statistics.measures import Estimate

_SPLITS = ("edits\nper text", "pieces added\nper edit", "unknown pieces\nper edit")
_PARTS = ("drop", "of it with\nmore pieces", "of it with\nunknown", "if words\ndeleted", "beyond\ndeletion")
_OBSERVED = (
    "Over the trials whose text changed, with 95% CIs whose unit is the group, not adjusted for their "
    "number. Of it with more pieces: by how much accuracy falls with one more word piece, among draws of one "
    "text with as many edits, times the pieces added; of it with unknown: likewise with pieces for what the "
    "tokenizer does not know. Edits are drawn at random, but those that split a word into more pieces hit "
    "other words, too: this is an observation, and does not separate the pieces from the words."
)
_TRIED = (
    "If words deleted: the drop when the edited words are deleted instead, and the models queried again; "
    "beyond deletion: the drop less that one. This is an experiment: near 0, edits cost what losing their "
    "words costs; above 0, what is left of these words misleads; below 0, the models still read some of them."
)


def render_accounts(accounts: Sequence[TokenAccount]) -> RenderableType:
    """Both tables, and how to read them."""
    return Group(
        section("How edits are split into word pieces", _splits(accounts)),
        *(
            section(f"Model {model}: what of the drop goes with that, percentage points", _parts(own))
            for model, own in _by_model(accounts).items()
        ),
        legend([_OBSERVED, _TRIED]),
    )


def _splits(accounts: Sequence[TokenAccount]) -> Table:
    """A row for each attack and way to split it: models that share a tokenizer share a row."""
    made = table("attack", "models", figures=_SPLITS)
    rows: dict[tuple[str, ...], list[str]] = {}
    for each in accounts:
        figures = (f"{each.edits:.1f}", f"{each.added:+.2f}", f"{each.unknown:.2f}")
        rows.setdefault((each.attack, *figures), []).append(each.model)
    for row, models in rows.items():
        made.add_row(strong(row[0]), ", ".join(models), *row[1:])
    return made


def _by_model(accounts: Sequence[TokenAccount]) -> dict[str, list[TokenAccount]]:
    models = dict.fromkeys(each.model for each in accounts)
    return {model: [each for each in accounts if each.model == model] for model in models}


def _parts(accounts: Sequence[TokenAccount]) -> Table:
    made = table("attack", figures=_PARTS)
    for each in accounts:
        parts = (each.with_pieces, each.with_unknown, each.deleted, each.beyond_deletion)
        made.add_row(strong(each.attack), percent(each.drop.value), *map(_cell, parts))
    return made


def _cell(figure: Estimate | None) -> str:
    if figure is None:
        return NOTHING
    low, high = figure.low, figure.high
    interval = "" if low is None or high is None else f"\n[{percent(low)}, {percent(high)}]"
    return f"{percent(figure.value)}{interval}"
