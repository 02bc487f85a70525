"""Data that a model was trained on: an audit takes what none of the models has seen."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from robustaudit.api.request import AuditRequest
from robustaudit.core import defaults
from robustaudit.core.records import Example
from robustaudit.core.spelling import option
from robustaudit.datasets import Dataset, load
from robustaudit.datasets.dataset import Split
from robustaudit.datasets.dataset_statistics import SampleSpec, StatisticsCollector, content_id
from robustaudit.datasets.locations import STDIN
from robustaudit.models import ExternalModel, ModelSource, TrainedModel

_UNSEEN: Split = "test"


def unseen_data(request: AuditRequest, dataset: Dataset, sources: Sequence[ModelSource]) -> Dataset:
    """The data set, or its test split if a model was trained on it; a note says which model that was.

    A model was trained on data if its card has the digest of the data: the same rows, read in the same way.
    Texts that the training had under other ids are left out, too. With `include_seen`, all examples stay.
    """
    known = any(getattr(source, "trained_on", None) for source in sources)
    if not known or dataset.audited_split is not None or dataset.own_splits:
        return dataset
    names = trained_on(dataset, sources, _digest(request, dataset))
    if not names:
        return dataset
    who = f"models {', '.join(names)} were" if len(names) > 1 else f"model {names[0]} was"
    everything = request.data.include_seen
    whole = None if everything else _whole(request, dataset)
    unseen = [] if whole is None else _unseen(whole)
    if whole is None or not unseen:
        note = f"{who} trained on most of these examples: accuracy on texts that it has not seen may be lower"
        if not everything:
            note += "; this data can be read only once" if whole is None else "; no others are left"
        asked = {"include_seen": True} if everything else {}
        return replace(_noted(dataset, note), reading={**dataset.reading, **asked})
    again = len(whole.split(_UNSEEN)) - len(unseen)
    left_out = f", without {again:,} whose text the training had too" if again else ""
    note = (
        f"{who} trained on this data: only its {_UNSEEN} split is audited, {len(unseen):,} of {whole.size:,} "
        f"examples{left_out}; {option('include_seen', value=True)} takes all"
    )
    return _noted(_only(whole, unseen), note)


def trained_on(dataset: Dataset, sources: Sequence[ModelSource], digest: str | None = None) -> list[str]:
    """The names of the models that were trained on the data; none where it has a test split anyway."""
    if dataset.audited_split is not None or dataset.own_splits:
        return []
    known = (source for source in sources if isinstance(source, ExternalModel | TrainedModel))
    return [source.name for source in known if source.trained_on == (digest or dataset.digest)]


def _digest(request: AuditRequest, dataset: Dataset) -> str:
    """The digest of the data as a training has it: without the columns to slice by."""
    name = _file(request)
    if not request.data.reading.slices or name is None:
        return dataset.digest
    reading = replace(request.data.reading, slices=())
    one = SampleSpec(number=1, seed=defaults.SEED)
    return load(name, reading, sample=one, offline=request.inference.offline).digest


def _whole(request: AuditRequest, dataset: Dataset) -> Dataset | None:
    """The data set with all its examples, read again if only a sample was kept; None if it cannot be."""
    if len(dataset.examples) == dataset.size:
        return dataset
    name = _file(request)
    return load(name, request.data.reading, offline=request.inference.offline) if name else None


def _file(request: AuditRequest) -> str | None:
    """The name of the data, if it can be read again."""
    given = request.data.given
    return str(given) if isinstance(given, str | Path) and given != STDIN else None


def _unseen(whole: Dataset) -> list[Example]:
    """The examples of the test split whose text is not in the training and validation splits."""
    unseen = whole.split(_UNSEEN)
    held_out = {example.id for example in unseen}
    seen = {content_id(example.text) for example in whole.examples if example.id not in held_out}
    return [example for example in unseen if content_id(example.text) not in seen]


def _only(whole: Dataset, examples: Sequence[Example]) -> Dataset:
    """The data set with some of its examples as its test split, counted anew."""
    counting = StatisticsCollector()
    for example in examples:
        label = example.label if whole.numbered else whole.label_names[example.label]
        counting.add(example, label, f"example {example.id}")
    before = whole.statistics
    counted = replace(
        counting.statistics(),
        skipped=before.skipped,
        invalid_rows=before.invalid_rows,
        left_out=before.left_out,
        format=before.format,
        columns=before.columns,
        notes=before.notes,
    )
    return replace(whole, examples=tuple(examples), audited_split=_UNSEEN, counted=counted)


def _noted(dataset: Dataset, note: str) -> Dataset:
    statistics = dataset.statistics
    return replace(dataset, counted=replace(statistics, notes=(*statistics.notes, note)))
