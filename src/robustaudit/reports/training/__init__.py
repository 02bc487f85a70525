"""What the files of a training tell of it: comparison, curves, diagnosis."""

from robustaudit.reports.training.comparison import comparison_as_json, render_comparison
from robustaudit.reports.training.curves import render_curves
from robustaudit.reports.training.figure import write_curves
from robustaudit.reports.training.findings import render_diagnosis
from robustaudit.reports.training.stored import Training, read_trainings, trainings_of

__all__ = [
    "Training",
    "comparison_as_json",
    "read_trainings",
    "render_comparison",
    "render_curves",
    "render_diagnosis",
    "trainings_of",
    "write_curves",
]
