"""What would repair a model: candidates ranked, for a terminal, and as Markdown and JSON."""

import shlex
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.repairs.judging import ALPHA, SMALL, CandidateVerdict, GainStatement, Scope
from robustaudit.repairs.repair_record import Candidate
from robustaudit.repairs.stored_repair import StoredRepair
from robustaudit.reports.layout import facts, legend, section, strong, table
from robustaudit.reports.text import (
    NOTHING,
    count,
    figure,
    interval,
    listed,
    value,
)
from robustaudit.statistics.measures import Estimate

_WIDE = 140  # columns from which on an interval stands beside its figure
_STYLES = {"helps": "green", "helps and harms": "yellow", "harms": "red"}
_LABELS = {"chain and hardened": "chain, hardened"}
_RANKING = "Candidates, best first: gain in accuracy over no defence, pp [95% CI]"
_SHOWN = 3  # gains or losses of a candidate, that a sentence names


def render_repair(found: StoredRepair, *, width: int, verbose: bool = False) -> RenderableType:
    """What helps and what harms in short, the candidates best first, and their figures by attack."""
    between = " " if width >= _WIDE else "\n"
    return Group(
        Padding(facts(repair_facts(found)), (1, 0, 0, 0)),
        section("In short", *(Text(line) for line in summary(found))),
        section(_RANKING, _ranking(found, between)),
        section("How the chain was found, on the choosing half", _steps(found)),
        section("Drop per attack, pp [95% CI]", _drops(found, between)),
        *_worst_case(found, between),
        *([section("Gain of every candidate per attack, pp [95% CI]", _all_gains(found))] if verbose else ()),
        legend(legend_lines(found)),
    )


def label(candidate: Candidate) -> str:
    """What a candidate is called in tables: a defence by its name."""
    if candidate.kind == "defence":
        return visible(candidate.chain)
    return _LABELS.get(candidate.kind, candidate.kind)


def main_candidates(found: StoredRepair) -> list[Candidate]:
    """No defence, spelling correction, and what is composed: those that tables by attack have room for."""
    shown = [found.undefended, *([found.spelling] if found.spelling else ()), *found.composed]
    if len(shown) > 2 or not found.ranked:  # noqa: PLR2004
        return shown
    return list(dict.fromkeys([*shown, found.ranked[0]]))


def repair_facts(found: StoredRepair) -> Iterator[tuple[str, str]]:
    """What was repaired, on what, and with what."""
    record, plan = found.record, found.plan
    model = next(each for each in found.result.plan["models"] if each["name"] == found.undefended.name)
    yield "data", visible(plan.data)
    halves = f"{record.choosing_examples:,} chose the chain, {record.judging_examples:,} others judge"
    yield "examples", f"{halves}; seed {plan.seed}"
    yield "model", f"{visible(plan.model)}: {visible(model['title'])}"
    if plan.hardened:
        yield "hardened", visible(plan.hardened)
    yield "best chain", visible(record.chain) or "none: no defence loses nothing"
    yield "seen", visible(", ".join(plan.seen))
    yield "held out", visible(", ".join(plan.held_out)) or "none"


def summary(found: StoredRepair) -> Iterator[str]:
    """What is best, what of it is more than spelling correction, what harms, and what does not help."""
    yield _best_line(found)
    yield from _over_spelling(found)
    verdicts = [(each, verdict_of(found, each)) for each in found.ranked]
    for candidate, verdict in verdicts:
        if verdict.gains and all(each.scope == "attack" for each in verdict.gains):
            yield f"{label(candidate)} helps: {_largest(verdict.gains)}."
        if verdict.losses:
            yield f"{label(candidate)} harms: {_largest(verdict.losses)}."
    for kind, words in (("does not help", "Does not help"), ("not shown to help", "Not shown to help")):
        those = [label(candidate) for candidate, verdict in verdicts if verdict.kind == kind]
        if those:
            small = f" on the whole, as the gain is surely under {100 * SMALL:g} pp"
            more = small if kind == "does not help" else ""
            yield f"{words}{more}: {', '.join(those)}."


def _best_line(found: StoredRepair) -> str:
    best = found.best
    if best is None:
        return "Nothing that was tried is shown to help without costing too much clean accuracy."
    named = label(best) + (f" ({visible(best.chain)})" if best.kind != "defence" and best.chain else "")
    gains = [f"{_signed(each.gain)} pp {_where(each)}" for each in gains_of(found, best) if each]
    return f"Best: {named}. Gain in accuracy: {listed(gains)}; {milliseconds(best)} ms a text."


def _over_spelling(found: StoredRepair) -> Iterator[str]:
    """How the composed candidates compare with spelling correction alone."""
    spelling = found.spelling
    for candidate in found.composed if spelling else ():
        assert spelling is not None
        main = found.judgements.main_gain(candidate.name, against=spelling.name)
        if main:
            sure = "" if main.is_significant else ", not significant among all statements"
            named = f"{label(candidate)} against spelling correction alone"
            yield f"{named}: {_signed(main.gain)} pp {_where(main)}{sure}."


def _largest(statements: Sequence[GainStatement]) -> str:
    """`−3.3 pp [−6.1, −0.4] under zero_width and 2 more`."""
    ordered = sorted(statements, key=lambda each: -abs(each.gain.value))
    named = [f"{_signed(each.gain)} pp {_where(each)}" for each in ordered[:_SHOWN]]
    more = [f"{len(ordered) - _SHOWN} more"] if len(ordered) > _SHOWN else []
    return listed([*named, *more])


def _where(statement: GainStatement) -> str:
    if statement.scope == "attack":
        return f"under {visible(statement.attack or '')}"
    if statement.scope == "clean":
        return "on clean texts"
    return f"under {statement.scope.replace(' ', '-')} attacks"


def _signed(estimate: Estimate | None) -> str:
    """`+4.2 [1.0, 7.4]`."""
    if estimate is None:
        return NOTHING
    shown = figure(estimate)
    return shown if shown.startswith(("-", "0.0")) else f"+{shown}"


def verdict_of(found: StoredRepair, candidate: Candidate) -> CandidateVerdict:
    """Whether a candidate helps or harms, compared with no defence."""
    return found.judgements.verdict(candidate.name, against=found.undefended.name)


def verdict_text(found: StoredRepair, candidate: Candidate) -> str:
    """Whether a candidate helps, and whether it costs too much."""
    dear = ", costs too much" if found.costs_too_much(candidate) else ""
    return f"{verdict_of(found, candidate).kind}{dear}"


def milliseconds(candidate: Candidate) -> str:
    """What cleaning takes for a text."""
    taken = 1000 * candidate.seconds
    return "0" if not taken else "<0.01" if taken < 0.01 else f"{taken:.2f}"  # noqa: PLR2004


SCOPES: tuple[tuple[Scope, str], ...] = (
    ("held out", "held-out\nattacks"),
    ("seen", "seen\nattacks"),
    ("clean", "clean\ntexts"),
)


def gains_of(found: StoredRepair, candidate: Candidate) -> list[GainStatement | None]:
    """The gains of a candidate over no defence, one for each of `SCOPES`."""
    none = found.undefended.name
    return [found.judgements.of(candidate.name, scope, against=none) for scope, _ in SCOPES]


def starred(statement: GainStatement | None, between: str = " ") -> str:
    """The gain with a star if it is significant, and its interval."""
    if statement is None:
        return NOTHING
    star = "*" if statement.is_significant else ""
    return f"{value(statement.gain)}{star}{between}{interval(statement.gain)}"


def _ranking(found: StoredRepair, between: str) -> Table:
    made = table("candidate", "verdict", figures=(*(name for _, name in SCOPES), "ms a\ntext"))
    for each in found.ranked:
        kind = verdict_of(found, each).kind
        made.add_row(
            strong(label(each)),
            Text(verdict_text(found, each), style=_STYLES.get(kind, "")),
            *(starred(statement, between) for statement in gains_of(found, each)),
            milliseconds(each),
        )
    return made


def _steps(found: StoredRepair) -> Table:
    made = table("chain", figures=("clean\nacc. %", "held under\nseen attacks %", "chains\ntried"))
    for step in found.record.steps:
        accuracies = map(percent, (step.clean_accuracy, step.held))
        made.add_row(visible(step.chain) or "no defence", *accuracies, f"{step.tried:,}")
    return made


def _stacked(estimate: Estimate | None, between: str) -> str:
    return figure(estimate).replace(" ", between, 1)


def _drops(found: StoredRepair, between: str) -> Table:
    shown = main_candidates(found)
    made = table("attack", figures=[label(each).replace(" ", "\n", 1) for each in shown])
    made.add_row("clean acc. %", *(_stacked(found.clean_accuracy(each), between) for each in shown))
    for title, attacks in (("seen", found.plan.seen), ("held out", found.plan.held_out)):
        if attacks:
            made.add_row(Text(title, style="dim"))
        for attack in attacks:
            rows = (found.row(each, attack) for each in shown)
            made.add_row(strong(attack), *(_stacked(row.drop if row else None, between) for row in rows))
    return made


def worst_case_tables(found: StoredRepair) -> Iterator[tuple[str, list[tuple[str, list[Estimate | None]]]]]:
    """The titles of the tables of certified and of searched accuracy, with the figures of each attack."""
    shown, plan = main_candidates(found), found.plan
    if plan.worst_case:
        rows = [(each, [found.certified_accuracy(one, each) for one in shown]) for each in plan.worst_case]
        yield "Certified through the defence: correct, and no single edit changes it, %", rows
    if plan.searched:
        rows = [(each, [found.searched_accuracy(one, each) for one in shown]) for each in plan.searched]
        yield f"Correct after a search through the defence with {plan.budget:,} queries an example, %", rows


def _worst_case(found: StoredRepair, between: str) -> Iterator[RenderableType]:
    columns = [label(each).replace(" ", "\n", 1) for each in main_candidates(found)]
    for title, rows in worst_case_tables(found):
        made = table("attack", figures=columns)
        for attack, figures in rows:
            made.add_row(strong(attack), *(_stacked(each, between) for each in figures))
        yield section(f"{title} [95% CI]", made)


def _all_gains(found: StoredRepair) -> Table:
    made = table("candidate", "attack", figures=("gain", "acc. under\nattack %"))
    for each in found.ranked:
        for place, attack in enumerate((*found.plan.seen, *found.plan.held_out)):
            statement = found.judgements.of(each.name, "attack", against=found.undefended.name, attack=attack)
            row = found.row(each, attack)
            accuracy = value(row.perturbed_accuracy) if row else NOTHING
            named = strong("" if place else label(each))
            made.add_row(named, visible(attack), starred(statement), accuracy)
    return made


def legend_lines(found: StoredRepair) -> Iterator[str]:
    """What the figures mean, and what was left out."""
    tested = [each.scope for each in found.judgements.statements if each.p_adjusted is not None]
    single = tested.count("attack")
    yield "Gain: accuracy minus that of no defence, paired, over the trials whose text changed;"
    yield "each group, such as a review, weighs alike."
    yield "The attack edits what the defence is given."
    over = f"Holm over {count(len(tested) - single, 'statement')}, by attack over {single}"
    yield f"*: differs (two-sided p < {ALPHA:g}, {over}); so do verdicts."
    yield "Held: of the examples that are right without an attack, the share that stays right under it."
    most = f"{100 * found.plan.max_clean_cost:g} pp"
    yield (
        f"Best first: what helps, by the lower end of the gain under {_ranked_on(found)} attacks; what costs "
        f"more than {most} of clean accuracy comes last."
    )
    model = 1000 * found.record.model_seconds
    yield f"ms a text: of cleaning alone, in one process; the model itself takes {model:.2f} ms a text."
    yield from found.record.notes


def _ranked_on(found: StoredRepair) -> str:
    return "held-out" if found.plan.held_out else "seen"


def next_repair_steps(found: StoredRepair) -> Iterator[str]:
    """The commands that audit the best candidate, make a gate of that, and write its chain for a service."""
    best = found.best
    if best and best.command:
        yield f"audit the best on all examples of the run: {best.command}"
        yield "then turn that run into a gate that keeps it repaired: robustaudit init"
    if best and best.chain:
        chain = shlex.quote(best.chain)
        yield f"for a service, write its chain as a module: robustaudit export-defence {chain} -o cleaning.py"
