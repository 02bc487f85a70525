"""A comparison of two models' audits, for a terminal or a pipe."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.layout import legend, section, strong, table
from robustaudit.reports.notes import inconsistency_lines
from robustaudit.reports.text import count, interval, value
from robustaudit.runs.comparison import DropDifference
from robustaudit.runs.stored_run import ComparedModel
from robustaudit.statistics.measures import FEW_EXAMPLES

_STYLES = {"significant": "red", "n.s.": "yellow", None: ""}
_PAIRINGS = {
    "same trials": "Paired: same perturbed texts",
    "same groups": "Paired by group: different trials of the groups that both have",
    "other texts": "Unpaired: different texts",
}
_FIGURES = (
    "difference of\ndrops, pp\n[95% CI]",
    "",
    "drop of\nsecond",
    "drop of\nfirst",
    "difference of\nacc. under\nattack, pp",
)


Pairs = Sequence[tuple[ComparedModel, ComparedModel]]


def render_contrasts(pairs: Pairs, contrasts: Sequence[DropDifference]) -> RenderableType:
    """A table for each pair of models, which begins with the second's drop minus the first's."""
    parts: list[RenderableType] = []
    for (first, second), found in groupby(contrasts, key=lambda each: (each.first, each.second)):
        title = f"Model {second} (second) compared with model {first} (first)"
        parts.append(section(title, *_sources(pairs[0]), _table(list(found))))
    return Group(*parts, legend(_legend(pairs, contrasts)))


def _sources(pair: tuple[ComparedModel, ComparedModel]) -> list[Text]:
    first, second = (str(side.run.folder) for side in pair)
    return [] if first == second else [Text(visible(f"{second} compared with {first}"), style="dim")]


def _table(contrasts: Sequence[DropDifference]) -> Table:
    made = table("attack", figures=_FIGURES)
    made.columns[2].justify = "left"
    for each in contrasts:
        made.add_row(
            strong(each.attack),
            Text(percent(each.drop.value), style="bold").append(f"\n{interval(each.drop)}", style="not bold"),
            _significance(each),
            value(each.second_drop),
            value(each.first_drop),
            f"{percent(each.perturbed_accuracy.value)}\n{interval(each.perturbed_accuracy)}",
        )
    return made


def _significance(contrast: DropDifference) -> Text:
    if contrast.few_groups:
        return Text(f"too few\n({count(contrast.fewest_groups, 'group')})", style="yellow")
    return Text(contrast.significance or "", style=_STYLES[contrast.significance])


def _legend(pairs: Pairs, contrasts: Sequence[DropDifference]) -> Iterator[str]:
    tests = sum(each.p_adjusted is not None for each in contrasts)
    yield "Differences: second minus first, over the trials whose text changed."
    for name in dict.fromkeys(each.pairing for each in contrasts):
        some = [each for each in contrasts if each.pairing == name]
        yield f"{_PAIRINGS[name]}{_where(some, contrasts)}."
    fewest, most = (of(each.groups for each in contrasts) for of in (min, max))
    yield f"Groups per attack: {fewest:,}{f' to {most:,}' * (most > fewest)}."
    yield from _left_out(contrasts)
    yield from _by_share(contrasts)
    if tests:
        over = count(tests, "test")
        yield f"Significant: drops differ (two-sided p < 0.05, Holm over {over}); n.s.: not significant."
    if any(each.few_groups for each in contrasts):
        yield f"Too few: a conclusion needs at least {FEW_EXAMPLES} groups."
    if any(side.run.is_sequential for pair in pairs for side in pair):
        yield "No CIs: the sequential test of a run stopped early."
    yield from filter(None, dict.fromkeys(map(_forms, pairs)))
    yield from dict.fromkeys(
        line
        for pair in pairs
        for side in pair
        for found in side.run.result.retests
        if found.model == side.model
        for line in inconsistency_lines(found)
    )


def _forms(pair: tuple[ComparedModel, ComparedModel]) -> str:
    """The forms of the two models, if they are different."""
    (first, one), (second, other) = (
        (visible(side.model), side.run.result.form_of(side.model) or "fp32") for side in pair
    )
    return "" if one == other else f"Forms: {first} of the first in {one}, {second} of the second in {other}."


def _left_out(contrasts: Sequence[DropDifference]) -> Iterator[str]:
    """How many trials do not count, as the other side has not the same: skipped there, or not drawn."""
    some = [each for each in contrasts if each.pairing == "same trials" and each.shared < max(each.trials)]
    if some:
        first, second = (sum(each.trials[side] - each.shared for each in some) for side in (0, 1))
        yield (
            f"Trials that only one side has are left out, of the drops too{_where(some, contrasts)}: "
            f"{first:,} of the first and {second:,} of the second."
        )


def _by_share(contrasts: Sequence[DropDifference]) -> Iterator[str]:
    some = [each for each in contrasts if each.by_share]
    if some:
        first, second = (f"{number:g}" for number in some[0].draws)
        yield (
            f"Draws per example: {first} in the first and {second} in the second, and some left the text "
            f"unchanged{_where(some, contrasts)}. Each example is weighted by the share of its draws that "
            "changed it, so that drops do not depend on the number of draws; reports weight all alike."
        )


def _where(some: Sequence[DropDifference], contrasts: Sequence[DropDifference]) -> str:
    """Under which attacks, where it is not so under all."""
    named = dict.fromkeys(each.attack for each in some)
    return "" if len(some) == len(contrasts) else visible(f" ({', '.join(named)})")
