"""A comparison of two models' audits, for a terminal or a pipe."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.notes import inconsistency_lines
from robustaudit.reports.text import count, interval, value
from robustaudit.runs.comparison import DropDifference
from robustaudit.runs.stored_run import ComparedModel
from robustaudit.statistics.measures import FEW_EXAMPLES

_STYLES = {"significant": "red", "n.s.": "yellow", None: ""}
_PAIRINGS = {
    "same trials": "paired: both were asked the same texts",
    "same groups": "not the same trials: paired by the groups that both have",
    "other texts": "not paired: they were asked other texts",
}


def render_contrasts(
    pairs: Sequence[tuple[ComparedModel, ComparedModel]], contrasts: Sequence[DropDifference]
) -> RenderableType:
    """A table for each pair of models, the second's drop minus the first's with its interval first."""
    parts: list[RenderableType] = []
    for (first, second), found in groupby(contrasts, key=lambda each: (each.first, each.second)):
        title = Text(visible(f"Model {second} against model {first}"), style="bold")
        parts.append(Padding(Group(title, *_sources(pairs[0]), _table(list(found))), (1, 0, 0, 0)))
    return Group(*parts, _legend(pairs, contrasts))


def _sources(pair: tuple[ComparedModel, ComparedModel]) -> list[Text]:
    first, second = (str(side.run.folder) for side in pair)
    return [] if first == second else [Text(visible(f"{second} against {first}"), style="dim")]


def _table(contrasts: Sequence[DropDifference]) -> Table:
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


def _said(contrast: DropDifference) -> Text:
    """What a difference is worth, in words."""
    if contrast.few_groups:
        return Text(f"only {contrast.fewest_groups}", style="yellow")
    return Text(contrast.significance or "", style=_STYLES[contrast.significance])


def _legend(
    pairs: Sequence[tuple[ComparedModel, ComparedModel]], contrasts: Sequence[DropDifference]
) -> RenderableType:
    tests = sum(each.p_adjusted is not None for each in contrasts)
    names = dict.fromkeys(each.pairing for each in contrasts)
    pairings = {name: [each for each in contrasts if each.pairing == name] for name in names}
    lines = [
        "Differences are the second's minus the first's, in points, over the trials whose text changed.",
        *(f"{_PAIRINGS[name].capitalize()}{_where(some, contrasts)}." for name, some in pairings.items()),
        *_left_out(contrasts),
        *_by_share(contrasts),
    ]
    if tests:
        lines.append(
            f"Certain: the drops differ by Holm's method over {count(tests, 'difference')} (at 5 %)."
        )
    if any(each.few_groups for each in contrasts):
        lines.append(f"Differences marked 'only' rest on fewer than {FEW_EXAMPLES} groups: that is little.")
    if any(side.run.is_sequential for pair in pairs for side in pair):
        lines.append("Without intervals: a run ended where the answer was known, not at a size fixed before.")
    lines += dict.fromkeys(
        line
        for pair in pairs
        for side in pair
        for found in side.run.result.retests
        if found.model == side.model
        for line in inconsistency_lines(found)
    )
    return Padding(Text("\n".join(lines), style="dim"), (1, 0))


def _left_out(contrasts: Sequence[DropDifference]) -> Iterator[str]:
    """How many trials do not count, as the other side has not the same: skipped there, or not drawn."""
    some = [each for each in contrasts if each.pairing == "same trials" and each.shared < max(each.trials)]
    if some:
        first, second = (sum(each.trials[side] - each.shared for each in some) for side in (0, 1))
        yield (
            f"Trials that one side alone has do not count, for the drops too{_where(some, contrasts)}: "
            f"{first:,} of the first's and {second:,} of the second's."
        )


def _by_share(contrasts: Sequence[DropDifference]) -> Iterator[str]:
    some = [each for each in contrasts if each.by_share]
    if some:
        first, second = (f"{number:g}" for number in some[0].draws)
        yield (
            f"Draws of an example were {first} in the first and {second} in the second, and some left its "
            f"text unchanged{_where(some, contrasts)}: each example weighs by the share of its draws that "
            "changed it, so that drops do not depend on the number of draws; reports weigh all alike."
        )


def _where(some: Sequence[DropDifference], contrasts: Sequence[DropDifference]) -> str:
    """Under which attacks, where it is not so under all."""
    named = dict.fromkeys(each.attack for each in some)
    return "" if len(some) == len(contrasts) else visible(f" ({', '.join(named)})")
