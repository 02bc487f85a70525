"""The page of trained models: how they compare, their learning curves, and the diagnosis of these."""

from collections.abc import Iterator, Sequence

import robustaudit
from robustaudit.reports.charts import training_charts
from robustaudit.reports.learning_report import speed_sentence
from robustaudit.reports.page.document import page
from robustaudit.reports.page.svg import drawn
from robustaudit.reports.training_report import (
    comparison_note,
    comparison_sentence,
    family_sentence,
    no_findings,
    recommendation_sentences,
)
from robustaudit.training.diagnosis import diagnose
from robustaudit.training.model_comparison import compare_families, compare_models, recommend, summarise
from robustaudit.training.trainings import Training


def models_page(trainings: Sequence[Training]) -> bytes:
    """One HTML file that opens offline; the same trainings give the same bytes."""
    choice = recommend(trainings)
    return page(
        "models",
        version=robustaudit.__version__,
        rows=summarise(trainings),
        sentences=list(_sentences(trainings)),
        choice=recommendation_sentences(choice) if choice else (),
        charts=[(chart, drawn(chart)) for chart in training_charts(trainings)],
        diagnoses=[(training, diagnose(training), no_findings(training)) for training in trainings],
        note=comparison_note(trainings),
    )


def _sentences(trainings: Sequence[Training]) -> Iterator[str]:
    """Each pair of models compared, also in how they learned, then the families."""
    for each in compare_models(trainings):
        learned = [speed_sentence(each.speed, each.pair.subject)] if each.speed else []
        yield " ".join([comparison_sentence(each), *learned])
    if families := compare_families(trainings):
        yield family_sentence(families)
