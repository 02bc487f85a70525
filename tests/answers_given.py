"""Answers of every kind to the same four texts, from functions, estimators, graphs and transformers."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import torch
from datasets import Dataset
from transformers import pipeline

from answer_kinds import LABELS, TEXTS, WANTED, Column, Maker
from graphs_made import SHORT, WORDS, save_graph
from robustaudit.models import Classifier, DataLabels, model_of_object, resolve
from transformers_made import save_learned

Answer = Callable[[Any], Any]


def places(texts: Iterable[str]) -> list[int]:
    return [int("good" in text) for text in texts]


def names(texts: Iterable[str]) -> list[str]:
    return [LABELS[place] for place in places(texts)]


def scores(texts: Iterable[str], low: float = 0.1, high: float = 0.9) -> Any:
    return np.array([[low, high] if place else [high, low] for place in places(texts)])


def cells(texts: Iterable[str]) -> list[list[dict[str, Any]]]:
    """As a pipeline of transformers says it, the best first."""
    rows = [zip(LABELS, row, strict=True) for row in scores(texts).tolist()]
    return [
        sorted(({"label": name, "score": score} for name, score in row), key=lambda cell: -cell["score"])
        for row in rows
    ]


def swapped(texts: Iterable[str]) -> dict[str, Any]:
    """Columns of scores in another order than that of the labels."""
    return {"positive": scores(texts)[:, 1], "negative": scores(texts)[:, 0]}


async def later(texts: Sequence[str]) -> list[str]:
    return names(texts)


def one(text: str) -> str:
    return names([text])[0]


def rows_of_one(text: str) -> Any:
    return scores([text])


GIVEN: dict[str, Answer] = {
    "labels": names,
    "labels in an array of one column": lambda texts: np.array(names(texts))[:, None],
    "labels in a tuple": lambda texts: tuple(names(texts)),
    "labels from a generator": lambda texts: (name for name in names(texts)),
    "labels in a series of pandas": lambda texts: pd.Series(names(texts)),
    "labels in a series of Polars": lambda texts: pl.Series(names(texts)),
    "labels in capitals": lambda texts: [name.upper() for name in names(texts)],
    "`LABEL_0`, `LABEL_1`": lambda texts: [f"LABEL_{place}" for place in places(texts)],
    "whole numbers": places,
    "whole numbers as floats": lambda texts: np.array(places(texts), np.float32),
    "true and false": lambda texts: [place == 1 for place in places(texts)],
    "whole numbers as text": lambda texts: [str(place) for place in places(texts)],
    "labels in a set": lambda texts: set(names(texts)),
    "a label that is none of the model's": lambda texts: [
        "neutral" if text == "bad" else "positive" for text in texts
    ],
    "none for a text": lambda texts: [None if text == "bad" else "positive" for text in texts],
    "one label for all texts": lambda texts: ["positive" for text in texts if "good" in text][:1],
    "several labels for a text": lambda texts: [[name, "other"] for name in names(texts)],
    "`{label, score}` for each text": lambda texts: [row[0] for row in cells(texts)],
    "`{label, score}` for each class, sorted by score": cells,
    "a dictionary of scores for each text": lambda texts: [
        {cell["label"]: cell["score"] for cell in row} for row in cells(texts)
    ],
    "a dictionary of tensors of torch for each text": lambda texts: [
        {cell["label"]: torch.tensor(cell["score"]) for cell in row} for row in cells(texts)
    ],
    "a dictionary with a column for each class": swapped,
    "a data frame of pandas, its columns in another order": lambda texts: pd.DataFrame(swapped(texts)),
    "a data frame of Polars, its columns in another order": lambda texts: pl.DataFrame(swapped(texts)),
    "an array of NumPy with named columns, in another order": lambda texts: pd.DataFrame(
        swapped(texts)
    ).to_records(index=False),
    "a data set of the library `datasets`": lambda texts: Dataset.from_dict(swapped(texts)),
    "a data frame whose columns have no names": lambda texts: pd.DataFrame(scores(texts)),
    "a data frame of `label` and `score`": lambda texts: pd.DataFrame([row[0] for row in cells(texts)]),
    "a data frame with other columns": lambda texts: pd.DataFrame(scores(texts), columns=["ham", "spam"]),
    "rows of a data frame in another order": lambda texts: pd.DataFrame(swapped(texts)).sort_index(
        ascending=False
    ),
    "a series of labels by text, sorted": lambda texts: pd.Series(names(texts), index=texts).sort_index(),
    "probabilities": scores,
    "probabilities in an array of objects": lambda texts: scores(texts).astype(object),
    "probabilities in a tensor of torch with a gradient": lambda texts: torch.tensor(
        scores(texts), requires_grad=True
    ),
    "probabilities in half precision": lambda texts: torch.tensor(scores(texts), dtype=torch.bfloat16),
    "probabilities rounded to two places": lambda texts: scores(texts, 0.33, 0.66),
    "probabilities that sum to 0.9": lambda texts: scores(texts, 0.3, 0.6),
    "scores of labels that do not exclude each other": lambda texts: scores(texts, 0.6, 0.9),
    "logits": lambda texts: scores(texts, -2.5, 3.5),
    "an output of transformers with `logits`": lambda texts: {"logits": scores(texts, -2.5, 3.5)},
    "one number for each text, from 0 to 1": lambda texts: scores(texts)[:, 1:],
    "probabilities as text": lambda texts: scores(texts).astype(str),
    "complex numbers": lambda texts: scores(texts) + 0j,
    "no scores for a text": lambda texts: [
        None if text == "bad" else row for text, row in zip(texts, scores(texts).tolist(), strict=True)
    ],
    "scores that are masked": lambda texts: np.ma.masked_array(scores(texts), mask=True),
    "labels beside their scores": lambda texts: (names(texts), scores(texts)),
    "not a number": lambda texts: scores(texts) * np.nan,
    "one row for all texts": lambda texts: scores(texts)[0],
    "rows of different lengths": lambda texts: [
        row[:place] for place, row in enumerate(scores(texts).tolist(), 1)
    ],
    "a function of one text, which says so: `(text: str)`": one,
    "a function of one text that gives rows: `model.predict_proba([text])`": rows_of_one,
    "a function of one text, which does not say so": lambda text: one(text.lower()),
    "a coroutine": later,
}


class Estimator:
    """What answers as it is given to, as an estimator of scikit-learn does."""

    classes_ = np.array(LABELS)

    def __init__(self, answer: Answer, method: str) -> None:
        setattr(self, method, answer)
        self.predict = answer


OF_LABELS = ("labels", "labels in an array of one column", "labels in a series of pandas")
OF_SCORES = tuple(kind for kind in GIVEN if kind.startswith(("prob", "logits", "a data frame of pandas")))


def of_function(answer: Answer) -> Maker:
    return lambda _: model_of_object(answer, DataLabels(LABELS, numbered=True), name="m").load()


def of_estimator(answer: Answer, method: str) -> Maker:
    return lambda _: model_of_object(
        Estimator(answer, method), DataLabels(LABELS, numbered=True), name="m"
    ).load()


def of_graph(outputs: dict[str, str], options: str = "", **more: Any) -> Maker:
    return lambda folder: resolve(save_graph(folder, outputs, **more) + options).load()


GRAPHS: dict[str, Maker] = {
    "labels": of_graph({"label": "names"}),
    "whole numbers": of_graph({"label": "classes"}),
    "a dictionary of scores for each text": of_graph({"label": "names", "scores": "by_name"}),
    "probabilities": of_graph({"probabilities": "scores"}),
    "probabilities in half precision": of_graph({"probabilities": "half"}),
    "probabilities rounded to two places": of_graph({"probabilities": "rounded"}),
    "logits": of_graph({"logits": "logits"}),
    "one logit for each text": of_graph({"logits": "one_logit"}),
    "one number for each text, from 0 to 1": of_graph({"probability": "one"}),
    "a dictionary of scores by the number of the class": of_graph(
        {"label": "classes", "scores": "by_number"}
    ),
    "labels beside probabilities, as a first output and a last": of_graph(
        {"label": "classes", "probabilities": "scores", "class_labels": "names"}
    ),
    "scores of an output whose name says nothing": of_graph({"output": "scores"}),
    "the same with `?scores=probabilities`": of_graph({"output": "scores"}, "?scores=probabilities"),
    "two outputs of scores whose names say nothing": of_graph({"one": "scores", "two": "logits"}),
    "probabilities of a graph that takes whole numbers of 32 bits": of_graph(
        {"probabilities": "scores"}, kind=SHORT
    ),
    "probabilities of a graph that takes positions": of_graph(
        {"probabilities": "scores"}, inputs=("input_ids", "attention_mask", "position_ids")
    ),
}


def of_transformer(**config: Any) -> Maker:
    """A transformer that learns the four texts, with a head as its configuration says."""
    return lambda folder: resolve(f"hf:{save_learned(folder, TEXTS, WANTED, WORDS, **config)}").load()


def of_pipeline(*, labels: Sequence[str] = LABELS, **options: Any) -> Maker:
    """A pipeline of transformers itself."""

    def make(folder: Path) -> Classifier:
        save_learned(folder, TEXTS, WANTED, WORDS, id2label=dict(enumerate(labels)))
        made = pipeline("text-classification", model=str(folder), **options)
        return model_of_object(made, DataLabels(("0", "1"), numbered=True), name="m").load()

    return make


PIPELINES: dict[str, Maker] = {
    "a pipeline of transformers": of_pipeline(),
    "a pipeline of transformers with `top_k=None`": of_pipeline(top_k=None),
    "a pipeline of transformers for one score": of_pipeline(labels=["positive"]),
}

TRANSFORMERS: dict[str, Maker] = {
    "logits": of_transformer(id2label=dict(enumerate(LABELS))),
    "one logit for each text": of_transformer(id2label={0: "positive"}),
    "scores of labels that do not exclude each other": of_transformer(
        id2label=dict(enumerate(LABELS)), problem_type="multi_label_classification"
    ),
    "one number for each text, from 0 to 1": of_transformer(
        id2label={0: "LABEL_0"}, problem_type="regression"
    ),
}

LOCAL: dict[str, Column] = {
    "function, object, `py:`": {kind: of_function(answer) for kind, answer in GIVEN.items()} | PIPELINES,
    "`sklearn:`": {kind: of_estimator(GIVEN[kind], "predict") for kind in OF_LABELS}
    | {kind: of_estimator(GIVEN[kind], "predict_proba") for kind in OF_SCORES},
    "`hf:`": TRANSFORMERS,
    "`onnx:`": GRAPHS,
}
