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
from robustaudit.runs.comparison import ClassDifference, Difference, DropDifference
from robustaudit.runs.stored_run import ComparedModel
from robustaudit.statistics.measures import FEW_EXAMPLES

_STYLES = {"significant": "red", "n.s.": "yellow", None: ""}
_PAIRINGS = {
    "same trials": "Paired: same perturbed texts",
    "same groups": "Paired by group: different trials of the groups that both have",
    "other texts": "Unpaired: different texts",
}
_FIGURES = ("difference of\ndrops, pp\n[95% CI]", "", "drop of\nsecond", "drop of\nfirst")
_ACCURACY = "difference of\nacc. under\nattack, pp"
_MOST_CLASSES = 12  # of an attack that the table shows
_MOST_NAMED = 3  # of the significant differences that a closing sentence names


Pairs = Sequence[tuple[ComparedModel, ComparedModel]]


def render_contrasts(pairs: Pairs, contrasts: Sequence[DropDifference]) -> RenderableType:
    """Tables for each pair of models, which begin with the second's drop minus the first's."""
    parts: list[RenderableType] = []
    for (first, second), found in groupby(contrasts, key=lambda each: (each.first, each.second)):
        these = list(found)
        title = f"Model {second} (second) compared with model {first} (first)"
        parts.append(section(title, *_sources(pairs[0]), _table(these)))
        if any(each.by_class for each in these):
            parts.append(section("By true class", _class_table(these)))
        parts.append(section("In short", *map(Text, _in_short(these))))
    return Group(*parts, legend(_legend(pairs, contrasts)))


def _sources(pair: tuple[ComparedModel, ComparedModel]) -> list[Text]:
    first, second = (str(side.run.folder) for side in pair)
    return [] if first == second else [Text(visible(f"{second} compared with {first}"), style="dim")]


def _table(contrasts: Sequence[DropDifference]) -> Table:
    made = table("attack", figures=(*_FIGURES, _ACCURACY))
    made.columns[2].justify = "left"
    for each in contrasts:
        accuracy = each.perturbed_accuracy
        made.add_row(strong(each.attack), *_figures(each), f"{percent(accuracy.value)}\n{interval(accuracy)}")
    return made


def _class_table(contrasts: Sequence[DropDifference]) -> Table:
    made = table("attack", "class", figures=_FIGURES)
    made.columns[3].justify = "left"
    for contrast in contrasts:
        for place, each in enumerate(_shown_classes(contrast)):
            named = strong("" if place else contrast.attack), visible(each.true_class)
            made.add_row(*named, *_figures(each, between=" "))
    return made


def _shown_classes(contrast: DropDifference) -> list[ClassDifference]:
    """The true classes whose drops differ most, a dozen, in their order."""
    most = sorted(contrast.by_class, key=lambda each: -abs(each.drop.value))[:_MOST_CLASSES]
    return [each for each in contrast.by_class if each in most]


def _figures(each: Difference, between: str = "\n") -> tuple[RenderableType, ...]:
    return (
        Text(percent(each.drop.value), style="bold").append(
            f"{between}{interval(each.drop)}", style="not bold"
        ),
        _significance(each),
        value(each.second_drop),
        value(each.first_drop),
    )


def _significance(contrast: Difference) -> Text:
    if contrast.few_groups:
        return Text(f"too few\n({count(contrast.fewest_groups, 'group')})", style="yellow")
    return Text(contrast.significance or "not tested", style=_STYLES[contrast.significance])


def _in_short(contrasts: Sequence[DropDifference]) -> Iterator[str]:
    """Where the second model loses significantly less, where more, and how much is not shown either way."""
    found: list[tuple[str, Difference]] = []
    for contrast in contrasts:
        under = f"under {visible(contrast.attack)}"
        found.append((under, contrast))
        found += [(f"{under} on {visible(each.true_class)} texts", each) for each in contrast.by_class]
    shown = [(where, each) for where, each in found if each.significance == "significant"]
    if not shown:
        yield "No difference of drops is shown, in total or by true class: those measured may be chance."
        return
    for than, sign in (("less", -1), ("more", 1)):
        these = [pair for pair in shown if pair[1].drop.value * sign > 0]
        these.sort(key=lambda pair: -abs(pair[1].drop.value))
        named = "; ".join(
            f"{where} ({value(each.second_drop)} pp, the first {value(each.first_drop)})"
            for where, each in these[:_MOST_NAMED]
        )
        more = f"; {len(these) - _MOST_NAMED} more" if len(these) > _MOST_NAMED else ""
        where = (
            f"The second model loses {than} {named}{more}" if named else f"Nowhere is it shown to lose {than}"
        )
        yield f"{where}."
    if others := len(found) - len(shown):
        yield f"Not shown either way: {others} of {len(found)} differences, in total or by true class."


def _legend(pairs: Pairs, contrasts: Sequence[DropDifference]) -> Iterator[str]:
    tests = sum(each.p_adjusted is not None for each in contrasts)
    yield "Differences: second minus first, over the trials whose text changed."
    for name in dict.fromkeys(each.pairing for each in contrasts):
        some = [each for each in contrasts if each.pairing == name]
        yield f"{_PAIRINGS[name]}{_where(some, contrasts)}."
    if any(len(each.by_class) > _MOST_CLASSES for each in contrasts):
        yield f"By true class: under each attack the {_MOST_CLASSES} classes whose drops differ most."
    fewest, most = (of(each.groups for each in contrasts) for of in (min, max))
    yield f"Groups per attack: {fewest:,}{f' to {most:,}' * (most > fewest)}."
    yield from _left_out(contrasts)
    yield from _by_share(contrasts)
    if tests:
        of_classes = sum(part.p_adjusted is not None for each in contrasts for part in each.by_class)
        over = count(tests, "test") + (f", by true class over {of_classes}" if of_classes else "")
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
