"""A comparison of two models' audits, for a terminal or a pipe."""

from collections.abc import Sequence
from itertools import groupby

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.core.figures import percent
from robustaudit.engine import FEW_EXAMPLES, Contrast, Side
from robustaudit.reports.figures import count, interval, value
from robustaudit.reports.retests import contradictions

_STYLES = {"certain": "red", "not certain": "yellow", None: ""}
_PAIRINGS = {
    "same trials": "paired: both were asked the same texts",
    "same groups": "not the same trials: paired by the groups that both have",
    "other texts": "not paired: they were asked other texts",
}


def render_contrasts(pairs: Sequence[tuple[Side, Side]], contrasts: Sequence[Contrast]) -> RenderableType:
    """A table for each pair of models, the second's drop minus the first's with its interval first."""
    parts: list[RenderableType] = []
    for (first, second), found in groupby(contrasts, key=lambda each: (each.first, each.second)):
        title = Text(visible(f"Model {second} against model {first}"), style="bold")
        parts.append(Padding(Group(title, *_sources(pairs[0]), _table(list(found))), (1, 0, 0, 0)))
    return Group(*parts, _legend(pairs, contrasts))


def _sources(pair: tuple[Side, Side]) -> list[Text]:
    first, second = (str(side.run.folder) for side in pair)
    return [] if first == second else [Text(visible(f"{second} against {first}"), style="dim")]


def _table(contrasts: Sequence[Contrast]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="dim")
    table.add_column("attack", overflow="fold")
    for name in (
        "difference of\ndrops\n[95 %]",
        "",
        "drops:\nsecond,\nfirst",
        "difference of\npert. acc.\n[95 %]",
        "groups",
    ):
        table.add_column(name, justify="left" if not name else "right", no_wrap=True)
    for each in contrasts:
        table.add_row(
            Text(visible(each.attack), style="bold"),
            Text(percent(each.drop.value), style="bold").append(f"\n{interval(each.drop)}", style="not bold"),
            _said(each),
            f"{value(each.second_drop)}\n{value(each.first_drop)}",
            f"{percent(each.perturbed_accuracy.value)}\n{interval(each.perturbed_accuracy)}",
            f"{each.groups:,}",
        )
    return table


def _said(contrast: Contrast) -> Text:
    """What a difference is worth, in words."""
    if contrast.few_groups:
        return Text(f"only {contrast.fewest_groups}", style="yellow")
    return Text(contrast.certainty or "", style=_STYLES[contrast.certainty])


def _legend(pairs: Sequence[tuple[Side, Side]], contrasts: Sequence[Contrast]) -> RenderableType:
    tests = sum(each.p_adjusted is not None for each in contrasts)
    pairings = dict.fromkeys(each.pairing for each in contrasts)
    lines = [
        "Differences are the second's minus the first's, in points, over the trials whose text changed.",
        *(f"{_PAIRINGS[pairing].capitalize()}{_which(pairing, contrasts)}." for pairing in pairings),
    ]
    if tests:
        lines.append(
            f"Certain: the drops differ by Holm's method over {count(tests, 'difference')} (at 5 %)."
        )
    if any(each.few_groups for each in contrasts):
        lines.append(f"Differences marked 'only' rest on fewer than {FEW_EXAMPLES} groups: that is little.")
    if any(side.run.chose_its_size for pair in pairs for side in pair):
        lines.append("Without intervals: a run ended where the answer was known, not at a size fixed before.")
    lines += dict.fromkeys(
        line
        for pair in pairs
        for side in pair
        for found in side.run.result.retests
        if found.model == side.model
        for line in contradictions(found)
    )
    return Padding(Text("\n".join(lines), style="dim"), (1, 0))


def _which(pairing: str, contrasts: Sequence[Contrast]) -> str:
    """Under which attacks, where it is not so under all."""
    named = [each.attack for each in contrasts if each.pairing == pairing]
    return "" if len(named) == len(contrasts) else visible(f" ({', '.join(dict.fromkeys(named))})")
