"""Models: the classifier seam, and the trained models that can be named."""

from robustaudit.models.card import Card
from robustaudit.models.catalog import Listing, TrainedModel, available, resolve
from robustaudit.models.classifier import Classifier
from robustaudit.models.source import KnownAccuracy, ModelSource

__all__ = [
    "Card",
    "Classifier",
    "KnownAccuracy",
    "Listing",
    "ModelSource",
    "TrainedModel",
    "available",
    "resolve",
]
