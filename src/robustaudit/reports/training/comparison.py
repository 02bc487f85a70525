"""The summary table, the comparisons and the choice, for a terminal, a pipe or a program."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.core.figures import percent
from robustaudit.reports.training.pairs import Comparison, compare_settings
from robustaudit.reports.training.sentences import choice_sentences, sentence_of
from robustaudit.reports.training.stored import Training
from robustaudit.reports.training.summary import Summary, choose, summarise

_COLUMNS = (
    "train\ns",
    "eval.\ns",
    "last\ntrain\nloss",
    "last\nval.\nloss",
    "best\nval.\nacc. %",
    "val.\nF1 %",
    "param.",
)


def render_comparison(trainings: Sequence[Training]) -> RenderableType:
    """The table of all trainings, and what their comparison says in sentences."""
    parts: list[RenderableType] = [_table(summarise(trainings))]
    if comparisons := compare_settings(trainings):
        parts.append(_section("One setting against another", [sentence_of(each) for each in comparisons]))
    if choice := choose(trainings):
        parts.append(_section("Which to choose", choice_sentences(choice)))
    elif len(trainings) > 1:
        why_not = "Not validated on the same examples of two groups or more: not compared."
        parts.append(_section("Which to choose", [why_not]))
    return Group(*parts, _legend(paired=bool(choice) or any(each.difference for each in comparisons)))


def comparison_as_json(trainings: Sequence[Training]) -> dict[str, Any]:
    """The same as JSON: every figure unrounded, and the sentences."""
    choice = choose(trainings)
    return {
        "models": [asdict(row) for row in summarise(trainings)],
        "comparisons": [
            {**_plain(each), "sentence": sentence_of(each)} for each in compare_settings(trainings)
        ],
        "choice": {**asdict(choice), "sentences": choice_sentences(choice)} if choice else None,
    }


def _plain(comparison: Comparison) -> dict[str, Any]:
    question = comparison.question
    return {
        "first": question.first,
        "second": question.second,
        "subject": question.subject,
        "difference": asdict(comparison.difference) if comparison.difference else None,
        "first_seconds": comparison.first_seconds,
        "second_seconds": comparison.second_seconds,
        "also": {name: [ours, theirs] for name, ours, theirs in comparison.also},
    }


def _table(rows: Sequence[Summary]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1), show_edge=False, header_style="dim")
    table.add_column("model", ratio=1, overflow="fold", vertical="top")
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        model = Text(visible(row.model), style="bold")
        model.append(f"  {visible(row.title)}", style="not bold")
        table.add_row(model, *_figures(row))
    return table


def _figures(row: Summary) -> tuple[Text, ...]:
    return (
        _marked(f"{row.train_seconds:,.1f}", "fastest" if row.is_fastest else None),
        Text(f"{row.evaluation_seconds:,.2f}"),
        Text(f"{row.last_train_loss:.3f}"),
        Text(f"{row.last_validation_loss:.3f}"),
        _marked(percent(row.best_validation_accuracy), "best" if row.is_best else None),
        Text(percent(row.validation_f1)),
        Text(f"{row.parameters:,}"),
    )


def _marked(figure: str, mark: str | None) -> Text:
    return Text(figure) if mark is None else Text(f"{figure}\n{mark}", style="bold green")


def _section(title: str, lines: Sequence[str]) -> RenderableType:
    table = Table.grid()
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row(Padding(Text(visible(line)), (0, 0, 0, 2)))
    return Padding(Group(Text(title, style="bold"), table), (1, 0, 0, 0))


def _legend(*, paired: bool) -> RenderableType:
    figures = (
        "Times are over all epochs; accuracy and F1 are of the epoch with the best validation accuracy, "
        "which flatters a little: it was chosen by it."
    )
    differences = (
        " Differences are of the stored weights, paired by example, with a 95 % interval each; examples of "
        "one group, such as a review, may err together. It speaks of other groups, not of another training "
        "with another seed."
    )
    return Padding(Text(figures + differences * paired, style="dim"), (1, 0))
