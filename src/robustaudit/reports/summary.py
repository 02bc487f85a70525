"""The findings of a run in at most three sentences, the same ones in every report."""

from collections import Counter
from collections.abc import Iterator, Sequence

from robustaudit.core.display import visible
from robustaudit.reports.text import count, interval, sentence, value
from robustaudit.runs.findings import Finding, FindingKind, Named
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import TRUE_LABEL
from robustaudit.statistics.measures import Estimate

MOST_SENTENCES = 3
_OTHERS: dict[FindingKind, str] = {
    "class": "difference{} between true classes",
    "drop": "significant drop{}",
    "model": "difference{} between models",
    "limit": "small drop{}",
}


def summary(result: Result, *, named: Named = visible) -> tuple[str, ...]:
    """The most certain finding of each kind, at most three; or that there is none, and why.

    Nothing of a run without intervals over groups, such as a sequential test or one of a single text.
    """
    if result.decisions or result.plan["examples"] == 1:
        return ()
    return tuple(f"{sentence(line)}." for line in _lines(result, named))[:MOST_SENTENCES]


def first_finding(result: Result) -> Finding | None:
    """What a report has as its headline: the first finding of a drop or a difference, if there is any."""
    if result.decisions or result.plan["examples"] == 1:
        return None
    return next((each for each in result.findings if each.kind != "limit"), None)


def significant_counts(result: Result) -> str:
    """What is significant: `0 of 8 drops (1 of too few examples is not tested), 1 difference between …`."""
    rows = [row for row in result.rows if row.drop is not None]
    parts = [f"{sum(row.significance == 'significant' for row in rows)} of {count(len(rows), 'drop')}"]
    if untested := sum(row.p_value is None for row in rows):
        parts[0] += f" ({untested:,} of too few examples {'is' if untested == 1 else 'are'} not tested)"
    kinds = Counter(each.kind for each in result.findings if each.kind in ("class", "model"))
    parts += (f"{found:,} {_OTHERS[kind].format('s' * (found != 1))}" for kind, found in kinds.items())
    return ", ".join(parts)


def _lines(result: Result, named: Named) -> Iterator[str]:
    kinds: dict[FindingKind, list[Finding]] = {}
    for finding in result.findings:
        kinds.setdefault(finding.kind, []).append(finding)
    if not kinds.keys() - {"limit"}:
        yield _nothing(result, named)
    for kind, found in kinds.items():
        yield f"{found[0].sentence(named)}{_cancelled(result, found[0])}{_more(kind, found[1:], named)}"


def _cancelled(result: Result, limit: Finding) -> str:
    """Of a small drop, that one true class loses and the others gain by their intervals, where that is so."""
    cancelled = limit.kind == "limit" and any(
        (each.model, each.attack) == (limit.model, limit.attack)
        and each.kind == "class"
        and each.is_loss
        and (each.compared[1].drop.high or 0.0) < 0
        for each in result.findings
    )
    return "; the opposite drops of its true classes cancel out in that total" if cancelled else ""


def _more(kind: FindingKind, others: Sequence[Finding], named: Named) -> str:
    """How many other findings of a kind there are, without a drop over all attacks, which no table marks."""
    counted = [each for each in others if kind != "drop" or each.attack is not None]
    if not counted:
        return ""
    where = f" ({counted[0].where(named)})" if len(counted) == 1 else ""
    return f"; {len(counted)} more {_OTHERS[kind].format('s' * (len(counted) != 1))}{where}"


def _nothing(result: Result, named: Named) -> str:
    """That no drop or difference is significant, with the largest drop that was measured."""
    rows = [(row.drop, row) for row in result.rows if row.drop and not row.few_examples]
    if not rows or not result.finding_tests:
        return "there are too few changed texts to conclude anything"
    drop, row = max(rows, key=lambda each: each[0].value)
    largest = f"{value(drop)} pp {interval(drop)} under {named(row.attack)} with model {named(row.model)}"
    return (
        "no drop, and no difference between true classes or models, is significant: "
        f"the largest drop measured, {largest}, may be chance"
    )


def examples_of_drops(result: Result, most: int) -> list[tuple[Row, str | None, Estimate]]:
    """Rows with an example of their drop: those of the most certain findings, then the largest drops.

    They are of different attacks where there are as many. Of a finding on a true class its name is given, and
    the drop is that of the class; otherwise the drop is that of the row.
    """
    found: dict[tuple[str, str | None], tuple[int, Finding]] = {}
    for place, finding in enumerate(result.findings):
        if finding.is_loss:
            found.setdefault((finding.model, finding.attack), (place, finding))
    ranked = []
    for row in result.rows:
        place, first = found.get((row.model, row.attack), (len(result.findings), None))
        if row.example_trial is None or row.drop is None or not (first or row.drop.value > 0):
            continue
        name, drop = None, row.drop
        if first and first.kind == "class" and first.label == row.example_trial.label:
            name, drop = first.compared[0].name, first.compared[0].drop
        ranked.append(((place, row.few_examples, -drop.value), (row, name, drop)))
    ranked.sort(key=lambda each: each[0])
    firsts = {row.attack: place for place, (_, (row, *_)) in reversed([*enumerate(ranked)])}.values()
    others = [place for place in range(len(ranked)) if place not in firsts]
    return [ranked[place][1] for place in sorted([*sorted(firsts), *others][:most])]


def drops_of_class(result: Result, finding: Finding) -> list[Row]:
    """The drops of all models on the true class of a finding, under its attack."""
    if finding.kind != "class":
        return []
    part = (TRUE_LABEL, finding.compared[0].name)
    return [
        row
        for row in result.slices
        if row.slice and (row.slice.column, row.slice.value) == part and finding.attack in (None, row.attack)
    ]
