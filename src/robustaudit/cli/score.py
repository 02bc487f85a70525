"""`robustaudit models score`: how good models are on data of one's own, as it stands."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say, saying
from robustaudit.cli.options import (
    DATA,
    MODELS,
    Columns,
    DataFormat,
    Delimiter,
    Encoding,
    Escaped,
    GroupColumn,
    IdColumn,
    LabelColumn,
    LabelMap,
    LoadLimit,
    MaxCalls,
    MaxDataMb,
    MaxExamples,
    NoQuotes,
    OnBadRow,
    TextColumn,
    Trusted,
    TrustPickle,
)
from robustaudit.cli.rows import show_rows
from robustaudit.core import defaults
from robustaudit.core.hub import network


def score(
    names: Annotated[list[str], typer.Argument(help=MODELS)],
    data: Annotated[str, typer.Option(help=DATA)],
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    id_column: IdColumn = None,
    group_column: GroupColumn = None,
    label_map: LabelMap = None,
    max_examples: MaxExamples = None,
    on_bad_row: OnBadRow = "stop",
    data_format: DataFormat = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    no_quotes: NoQuotes = False,
    escaped: Escaped = False,
    columns: Columns = None,
    max_data_mb: MaxDataMb = None,
    models_dir: Annotated[
        Path | None,
        typer.Option(help="Where trained models lie.", show_default="./trained_models, or those that ship"),
    ] = None,
    load_limit: LoadLimit = None,
    max_calls: MaxCalls = None,
    trust: Trusted = None,
    trust_pickle: TrustPickle = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Measure accuracy and F1 of models on texts that nothing was done to."""
    import numpy as np

    from robustaudit.api.models import chosen_models, labels_of, models_folder, trusted
    from robustaudit.core.extras import extra
    from robustaudit.datasets import Reading, load
    from robustaudit.reports import labels_scored
    from robustaudit.runs.guard import load_limit_or_default, loaded
    from robustaudit.runs.labels import fit_labels
    from robustaudit.runs.prediction import predict_all

    folder, limit = models_folder(models_dir), load_limit_or_default(load_limit)
    allowed = trusted(trust or (), pickle=trust_pickle, max_calls=max_calls, announce=say)
    reading = Reading.given(
        text_column=text_column,
        label_column=label_column,
        id_column=id_column,
        group_column=group_column,
        label_map=label_map,
        max_examples=max_examples,
        on_bad_row=on_bad_row,
        data_format=data_format,
        encoding=encoding,
        delimiter=delimiter,
        no_quotes=no_quotes,
        escaped=escaped,
        columns=columns,
        max_data_mb=max_data_mb,
    )
    dataset = load(data, reading, offline=offline, announce=saying(quiet=as_json))
    with network(allowed=not offline, announce=saying(quiet=as_json)):
        sources = chosen_models(
            names, folder=folder, trust=allowed, of_data=labels_of(dataset), load_limit=limit
        )
    fitted = [fit_labels(dataset, dataset.audited, [source]) for source in sources]
    with extra("models"):
        from robustaudit.training.scoring import accuracy_and_f1

    texts = [example.text for example in dataset.audited]
    rows = []
    for source, found in zip(sources, fitted, strict=True):
        with network(allowed=not offline, announce=saying(quiet=as_json)):
            classifier = loaded(source, limit=limit)
        answers = predict_all(classifier, texts, model=source.name, batch_size=defaults.BATCH_SIZE)
        labels = np.array([example.label for example in found.examples])
        accuracy, f1 = accuracy_and_f1(answers.predictions, labels, classes=len(source.labels))
        rows.append(
            {
                "model": source.name,
                "title": source.title,
                "examples": len(texts),
                "accuracy": round(accuracy, 4),
                "f1": round(f1, 4),
            }
        )
        plan = {**found.as_json(), "examples": len(texts)}
        for line in labels_scored(plan, {source.name: accuracy}):
            say(line)
    show_rows(rows, as_json=as_json, right={"examples", "accuracy", "f1"})
