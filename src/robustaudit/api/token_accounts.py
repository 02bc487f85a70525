"""The token account of a stored run, for its reference models."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from robustaudit.core import defaults
from robustaudit.core.arrays import Integers
from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.models import REFERENCE_MODELS, TrainedModel
from robustaudit.models.reference_models import resolve_trained
from robustaudit.runs.guard import loaded
from robustaudit.runs.planned_labels import relabel_as_in_plan
from robustaudit.runs.predictions import predict_all
from robustaudit.runs.stored_run import StoredRun
from robustaudit.runs.token_account import CountPieces, PredictClasses, TokenAccount, account
from robustaudit.statistics.outcomes import with_predictions

_NO_CUT = 100_000  # word pieces: a model's own limit would hide what an edit adds at the end of a text


def token_accounts(run: StoredRun, *, models_dir: Path | None = None) -> tuple[TokenAccount, ...]:
    """An account for each reference network of the run and each of its attacks.

    Raises:
        UserError: the run has no such model, or its weights are others now.
    """
    networks = [uri for uri, model in REFERENCE_MODELS.items() if model.family != "tfidf"]
    models = [model for model in run.plan["models"] if model["uri"] in networks]
    if not models:
        raise UserError(f"run {str(run.folder)!r} has none of the reference networks, 1 to 8")
    run.finished()
    trials = with_predictions(run.trials())
    found = []
    for model in models:
        name = model["name"]
        source = replace(resolve_trained(model["uri"], folder=models_dir), name=name)
        if source.digest != model["digest"]:
            raise UserError(f"model {name!r} has changed since run {str(run.folder)!r}: run it again")
        count, predict = _pieces_of(source), _predictions_of(run, source)
        for attack in run.plan["attacks"]:
            made = account(trials, name, attack["name"], count=count, predict=predict)
            found += [made] if made else []
    return tuple(found)


def _pieces_of(source: TrainedModel) -> CountPieces:
    with extra("models"):
        from robustaudit.models.tokens import PieceTokenizer

    path = source.card.locate("tokenizer", source.folder)
    return PieceTokenizer(path=path, max_tokens=_NO_CUT).count


def _predictions_of(run: StoredRun, source: TrainedModel) -> PredictClasses:
    classifier = loaded(relabel_as_in_plan(run.plan, source))

    def predict(texts: Sequence[str]) -> Integers:
        once, place = np.unique(np.array(texts, dtype=object), return_inverse=True)
        found = predict_all(classifier, once.tolist(), model=source.name, batch_size=defaults.BATCH_SIZE)
        classes: Integers = found.predictions[place]
        return classes

    return predict
