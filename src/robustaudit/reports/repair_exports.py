"""A repair as Markdown and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from robustaudit.repairs.stored_repair import StoredRepair
from robustaudit.reports.repair_report import (
    SCOPES,
    gains_of,
    label,
    legend_lines,
    main_candidates,
    milliseconds,
    repair_facts,
    starred,
    summary,
    verdict_of,
    verdict_text,
    worst_case_tables,
)
from robustaudit.reports.text import cell, code, figure, markdown_table


def repair_as_json(found: StoredRepair) -> dict[str, Any]:
    """The record, the statements and the verdicts, certified and searched accuracies."""
    return {
        **found.record.as_json(),
        "best": found.best.name if found.best else None,
        "ranked": [
            {
                "name": each.name,
                "verdict": verdict_of(found, each).kind,
                "costs_too_much": found.costs_too_much(each),
            }
            for each in found.ranked
        ],
        "statements": [
            asdict(each) | {"significant": each.is_significant} for each in found.judgements.statements
        ],
        "certified": [
            {"model": row.model, "attack": row.attack, "accuracy": asdict(row.certified_accuracy)}
            for row in found.certified
        ],
        "searched": [
            {"model": row.model, "attack": row.attack, "accuracy": asdict(row.searched_accuracy)}
            for row in found.searched
        ],
    }


def markdown_repair(found: StoredRepair) -> str:
    """The same as a page of Markdown."""
    parts = [
        f"# What would repair model {code(found.plan.model)}\n",
        "".join(f"- {name}: {fact}\n" for name, fact in repair_facts(found)),
        "".join(f"- {line}\n" for line in summary(found)),
        f"## Candidates, best first\n\n{_markdown_ranking(found)}",
        f"## Drop per attack, pp\n\n{_markdown_drops(found)}",
        *_markdown_worst_case(found),
        " ".join(legend_lines(found)) + "\n",
    ]
    return "\n".join(parts)


def _markdown_ranking(found: StoredRepair) -> str:
    head = ("candidate", "verdict", *(name.replace("\n", " ") for _, name in SCOPES), "ms a text")
    rows = [
        (
            cell(each.name),
            verdict_text(found, each),
            *(starred(statement).replace("*", "\\*") for statement in gains_of(found, each)),
            milliseconds(each).replace("<", "&lt;"),
        )
        for each in found.ranked
    ]
    return markdown_table(head, rows, right=4)


def _markdown_drops(found: StoredRepair) -> str:
    shown = main_candidates(found)
    rows = [("clean accuracy, %", *(figure(found.clean_accuracy(each)) for each in shown))]
    for attack in (*found.plan.seen, *found.plan.held_out):
        drops = (row.drop if row else None for row in (found.row(each, attack) for each in shown))
        mark = "" if attack in found.plan.seen else " (held out)"
        rows.append((f"{cell(attack)}{mark}", *map(figure, drops)))
    return markdown_table(("attack", *map(label, shown)), rows, right=len(shown))


def _markdown_worst_case(found: StoredRepair) -> Iterator[str]:
    shown = main_candidates(found)
    for title, rows in worst_case_tables(found):
        written = [(cell(attack), *map(figure, figures)) for attack, figures in rows]
        head = ("attack", *map(label, shown))
        yield f"## {title}\n\n{markdown_table(head, written, right=len(shown))}"
