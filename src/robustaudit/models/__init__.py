"""Models: the classifier seam, and the trained models that can be named."""

from robustaudit.models.card import Card
from robustaudit.models.catalog import Listing, ModelSource, available, resolve
from robustaudit.models.classifier import Classifier

__all__ = ["Card", "Classifier", "Listing", "ModelSource", "available", "resolve"]
