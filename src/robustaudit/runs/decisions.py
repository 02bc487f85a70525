"""A run until it is decided: rounds of groups, and for each model the attacks that are still open.

docs/statistics.md says what is decided; `sequential` has the mathematics.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.runs.events import Decided, Listener
from robustaudit.runs.plan import Plan
from robustaudit.runs.units import Unit
from robustaudit.statistics.sample_size import losses_of
from robustaudit.statistics.sequential import Deciding, Decision, Groups, Verdict, bounds, cell_alpha, decide

Finish = Callable[[Sequence[Unit]], list[pa.Table]]
"""Gives the trials of each of some units, which are worked on where they are not done yet."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """What is known of one model under one attack after some rounds."""

    groups: Groups = Groups(np.empty(0), np.empty(0))  # noqa: RUF009  (never written to)
    examples: int = 0
    trials: int = 0
    model_calls: int = 0

    def after(self, round_: range, units: Iterable[pa.Table]) -> "_Cell":
        units = list(units)
        trials = pa.concat_tables(units)
        new = losses_of(trials).groups()
        return _Cell(
            Groups(
                np.append(self.groups.drop, new.drop),
                np.append(self.groups.changed, new.changed),
            ),
            self.examples + len(round_),
            self.trials + len(trials),
            self.model_calls + sum(_distinct_texts(unit) for unit in units),
        )


def until_decided(
    plan: Plan, deciding: Deciding, finish: Finish, listener: Listener
) -> tuple[list[pa.Table], list[Decision]]:
    """The trials of each model under the attacks that earlier rounds left open, and what they settle.

    What is asked depends on the plan and on earlier rounds alone. Models come one after the other, so that
    each is loaded once.
    """
    tables: list[pa.Table] = []
    decisions: list[Decision] = []
    for model in plan.models:
        found, settled = _decide_model(plan, deciding, model.name, finish, listener)
        tables += found
        decisions += settled
    return tables, decisions


def _decide_model(
    plan: Plan, deciding: Deciding, model: str, finish: Finish, listener: Listener
) -> tuple[list[pa.Table], list[Decision]]:
    alpha = cell_alpha(deciding.alpha, models=len(plan.models), attacks=len(plan.attacks))
    tables: list[pa.Table] = []
    cells = {attack.label: _Cell() for attack in plan.attacks}
    verdicts: dict[str, Verdict] = dict.fromkeys(cells, "undecided")
    for round_ in rounds(plan, deciding):
        still_open = tuple(attack for attack in cells if verdicts[attack] == "undecided")
        if not still_open:
            break
        units = finish(plan.cut(model, round_, still_open))
        tables += units
        for attack in still_open:
            cells[attack] = cells[attack].after(round_, (of_attack(attack, unit) for unit in units))
            verdicts[attack] = decide(cells[attack].groups, deciding.max_drop, alpha=alpha)
            if verdicts[attack] != "undecided":
                spared = plan.trials - cells[attack].trials
                listener(Decided(model, attack, verdicts[attack], spared))
    return tables, [_decision(model, attack, verdicts[attack], cells[attack], alpha) for attack in cells]


def rounds(plan: Plan, deciding: Deciding) -> list[range]:
    """The places of the examples of each round, which holds whole groups."""
    groups = [example.group for example in plan.examples]
    starts = [place for place, group in enumerate(groups) if place == 0 or groups[place - 1] != group]
    ends = [*starts[1:], len(groups)]
    return [range(*pair) for pair in pairwise([0, *(ends[look - 1] for look in deciding.looks(len(starts)))])]


def _decision(model: str, attack: str, verdict: Verdict, cell: _Cell, alpha: float) -> Decision:
    return Decision(
        model,
        attack,
        verdict,
        len(cell.groups.drop),
        cell.examples,
        cell.trials,
        cell.model_calls,
        cell.groups.mean,
        *bounds(cell.groups, alpha=alpha),
    )


def of_attack(attack: str, trials: pa.Table) -> pa.Table:
    """The trials of one attack."""
    return trials.filter(pc.equal(trials["attack"], pa.scalar(attack)))


def _distinct_texts(trials: pa.Table) -> int:
    texts = pa.chunked_array([*trials["clean_text"].chunks, *trials["perturbed_text"].chunks])
    return int(pc.count_distinct(texts).as_py())
