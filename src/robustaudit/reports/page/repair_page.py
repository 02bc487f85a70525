"""The page of a repair: what helps and what harms, drops by attack, and what withstands every single edit."""

from robustaudit.core.display import visible
from robustaudit.repairs.stored_repair import StoredRepair
from robustaudit.reports.charts import level, levels
from robustaudit.reports.page.document import page
from robustaudit.reports.repair_report import (
    gains_of,
    label,
    legend_lines,
    main_candidates,
    milliseconds,
    next_repair_steps,
    repair_facts,
    summary,
    verdict_text,
    worst_case_tables,
)


def repair_page(found: StoredRepair) -> bytes:
    """One HTML file that opens offline; the same repair gives the same bytes."""
    shown, best = main_candidates(found), found.best
    attacks = (*found.plan.seen, *found.plan.held_out)
    return page(
        "repair",
        version=found.record.robustaudit,
        model=found.plan.model,
        best=label(best) if best else None,
        gain=found.gain(best) if best else None,
        sentences=list(summary(found)),
        facts=list(repair_facts(found)),
        candidates=[
            (label(each), verdict_text(found, each), gains_of(found, each), milliseconds(each))
            for each in found.ranked
        ],
        steps=[(visible(each.chain) or "no defence", each) for each in found.record.steps],
        names=[label(each) for each in shown],
        clean=[found.clean_accuracy(each) for each in shown],
        drops=[
            (attack, attack in found.plan.held_out, [found.row(each, attack) for each in shown])
            for attack in attacks
        ],
        level=level,
        levels=levels(),
        worst=list(worst_case_tables(found)),
        legend=list(legend_lines(found)),
        commands=[line.partition(": ") for line in next_repair_steps(found)],
    )
