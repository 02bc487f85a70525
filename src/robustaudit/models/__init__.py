"""Models: the classifier seam, the trained models that can be named, and those made elsewhere."""

from robustaudit.models.adapters import Budget, Reference, Trust, power_of, split_models
from robustaudit.models.card import Card
from robustaudit.models.catalog import Listing, TrainedModel, available, resolve, resolve_trained
from robustaudit.models.classifier import (
    Classifier,
    DataLabels,
    ForeignModel,
    KnownAccuracy,
    ModelSource,
    Unanswered,
    as_probabilities,
)
from robustaudit.models.own import Predict, Predicts, own_model
from robustaudit.models.renumbered import Renumbered

__all__ = [
    "Budget",
    "Card",
    "Classifier",
    "DataLabels",
    "ForeignModel",
    "KnownAccuracy",
    "Listing",
    "ModelSource",
    "Predict",
    "Predicts",
    "Reference",
    "Renumbered",
    "TrainedModel",
    "Trust",
    "Unanswered",
    "as_probabilities",
    "available",
    "own_model",
    "power_of",
    "resolve",
    "resolve_trained",
    "split_models",
]
