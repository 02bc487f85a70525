"""Reports: pure functions of what is stored."""

from robustaudit.reports.contrasts import render_contrasts
from robustaudit.reports.gate import markdown_verdict, render_verdict
from robustaudit.reports.history import history_as_json, markdown_history, render_history
from robustaudit.reports.labels import label_doubts, labels_read, labels_scored, markdown_doubts
from robustaudit.reports.listing import (
    perturbations_markdown,
    render_composition,
    severities_markdown,
    severity_rows,
)
from robustaudit.reports.planning import render_forecast
from robustaudit.reports.starter import next_steps, starter
from robustaudit.reports.terminal import render
from robustaudit.reports.text import marked
from robustaudit.reports.trials import render_replay, replay_as_json

__all__ = [
    "history_as_json",
    "label_doubts",
    "labels_read",
    "labels_scored",
    "markdown_doubts",
    "markdown_history",
    "markdown_verdict",
    "marked",
    "next_steps",
    "perturbations_markdown",
    "render",
    "render_composition",
    "render_contrasts",
    "render_forecast",
    "render_history",
    "render_replay",
    "render_verdict",
    "replay_as_json",
    "severities_markdown",
    "severity_rows",
    "starter",
]
