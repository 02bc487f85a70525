"""The next steps after a run: its page, training on what it found, a gate, what more trials would settle."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from robustaudit.core.display import visible
from robustaudit.core.spelling import option
from robustaudit.reports.commands import given_attacks, given_data
from robustaudit.reports.starter_config import lax_thresholds, threshold
from robustaudit.reports.summary import drops_of_class, first_finding
from robustaudit.reports.text import count, rounded_up
from robustaudit.runs.result import Result, Row
from robustaudit.statistics.measures import FEW_EXAMPLES
from robustaudit.statistics.power import chance_of_significance, examples_for_significance

_MOST_ATTACKS = 3  # that the command to train on perturbed copies names

_AUGMENTED, _HELD_OUT = "augmented.csv", "held_out.csv"


def next_steps(result: Result, folder: Path) -> Iterator[str]:
    """The report page; what may mend the largest drop; what would settle drops that are n.s., or a gate."""
    run = shlex.quote(str(folder))
    yield f"open the report page: robustaudit report {run} --open"
    drops = [row for row in result.rows if row.drop is not None]
    if result.decisions or result.plan["examples"] == 1 or not drops:
        return
    yield from _training_step(result)
    unsure = [row for row in drops if row.significance == "n.s." or row.few_examples]
    first = first_finding(result)
    if not unsure or (first and any(threshold(row) >= 0 for row in drops)):
        lax, trials = lax_thresholds(result)
        near = f" (thresholds near the drops take about {trials:,} trials)" if lax and trials else ""
        yield f"turn into a gate{near}: robustaudit init {run}"
        yield f"then hold new versions against this one: robustaudit baseline save {run}"
    if not unsure:
        return
    overall = " over all true classes" if first and first.kind == "class" else ""
    number = f"{len(unsure)} of {count(len(drops), 'drop')}"
    yield f"n.s. or too few{overall}: {number}; {_more_trials(result, unsure)}"
    yield f"what the data can decide, row by row: robustaudit plan --max-drop 0.05 --pilot {run}"


def _attacks_found(result: Result) -> tuple[list[str], str]:
    """The attacks of the findings about drops, most certain first, and why these.

    Without any it is that of the first finding. Of one over all attacks, and of none, it is that of the
    largest drop.
    """
    if named := [*dict.fromkeys(each.attack for each in result.findings if each.is_loss and each.attack)]:
        most = f"the {_MOST_ATTACKS} surest of " if len(named) > _MOST_ATTACKS else ""
        return named[:_MOST_ATTACKS], f"{most}the attack{'s' * (len(named) > 1)} that the findings name"
    first = first_finding(result)
    if first and first.attack:
        return [first.attack], "the attack of the first finding"
    rows = [row for row in result.rows if row.significance == "significant"]
    if first:
        rows = [row for row in drops_of_class(result, first) or result.rows if row.model == first.model]
    found = [(row.drop.value, row.attack) for row in rows if row.drop]
    return [max(found)[1]] if found else [], "the attack of the largest drop"


def _training_step(result: Result) -> Iterator[str]:
    """How to train on texts under the attacks found, one to each copy; part of a file is held out.

    Not of files that the step itself wrote: one has the copies already, the other is to test on.
    """
    (found, why), data = _attacks_found(result), result.plan["data"]
    if not found or not (given := given_data(data)) or Path(given).name in (_AUGMENTED, _HELD_OUT):
        return
    command = ["robustaudit augment", shlex.quote(given)]
    command += [option(field, value) for field, value in data.get("reading", {}).items()]
    command.append(option("attacks", "|".join(given_attacks(result.plan)[attack] for attack in found)))
    held_out = f" --held-out {_HELD_OUT}" if data.get("path") else ""
    own = ", with your training file in place of the data" if data.get("path") else ""
    yield f"train on copies perturbed by {why}{own}: {' '.join(command)} -o {_AUGMENTED}{held_out}"


def _more_trials(result: Result, unsure: Sequence[Row]) -> str:
    """Which of these drops more examples of the same data would likely make significant."""
    plan = result.plan
    now, at_hand = plan["examples"], plan["data"]["examples"]
    if at_hand <= now:
        return f"all {count(now, 'example')} of the data are used"
    tests = max((correction.tests for correction in result.corrections), default=1)
    enough = [
        (needed, row)
        for row in unsure
        if not row.few_examples
        and (needed := examples_for_significance(row.p_value, examples=now, tests=tests)) is not None
        and needed <= at_hand
    ]
    draws = plan["trials"] // now

    def trials(examples: int) -> str:
        several = f" {option('examples', examples)}" if draws > 1 else ""
        return f"{option('trials', examples * draws)}{several}"

    if not enough:
        if _may_settle(unsure, times=at_hand / now, tests=tests - _significant(result)):
            return f"{trials(at_hand)}, all examples of the data, may settle some of them"
        return f"even all {at_hand:,} examples of the data would likely leave them so"
    more = trials(min(rounded_up(max(needed for needed, _ in enough)), at_hand))
    _, surest = min(enough, key=lambda each: each[0])
    others = f" and {len(enough) - 1} more" if len(enough) > 1 else ""
    which = f"model {visible(surest.model)} under {visible(surest.attack)}{others}"
    return f"{more} would likely make significant, if they stay as large: {which}"


def _significant(result: Result) -> int:
    return sum(row.significance == "significant" for row in result.rows)


def _may_settle(unsure: Sequence[Row], *, times: float, tests: int) -> bool:
    """Whether the chance that `times` the examples settle any of these drops may be one half or more.

    The first of them that Holm's procedure rejects is tested at the level of the tests that are left; the
    chance that any is rejected is at most the sum. Too few changed examples are settled by enough of them.
    """
    if any(row.few_examples and row.examples_changed * times >= FEW_EXAMPLES for row in unsure):
        return True
    known = [row.p_value for row in unsure if row.p_value is not None and not row.few_examples]
    return sum(chance_of_significance(each, times=times, tests=max(tests, 1)) for each in known) >= 0.5  # noqa: PLR2004
