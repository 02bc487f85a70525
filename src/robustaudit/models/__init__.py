"""Models: the classifier seam, the trained models that can be named, and those made elsewhere."""

from robustaudit.models.adapters import Budget, Reference, Trust, split_models
from robustaudit.models.card import Card
from robustaudit.models.catalog import Listing, TrainedModel, available, resolve, resolve_trained
from robustaudit.models.classifier import Classifier, Unanswered
from robustaudit.models.source import ForeignModel, KnownAccuracy, ModelSource

__all__ = [
    "Budget",
    "Card",
    "Classifier",
    "ForeignModel",
    "KnownAccuracy",
    "Listing",
    "ModelSource",
    "Reference",
    "TrainedModel",
    "Trust",
    "Unanswered",
    "available",
    "resolve",
    "resolve_trained",
    "split_models",
]
