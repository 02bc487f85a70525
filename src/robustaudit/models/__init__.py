"""Models: the classifier seam, the trained models that can be named, and those made elsewhere."""

from robustaudit.models.adapters import CallLimit, ModelUri, Trust, consent_reason, is_remote, may_be_pickled
from robustaudit.models.card import Card
from robustaudit.models.classifier import (
    Classifier,
    DataLabels,
    ExternalModel,
    KnownAccuracy,
    MissingPredictions,
    ModelFile,
    ModelSource,
    SeenAttack,
    as_probabilities,
    files_of,
    seen_by,
)
from robustaudit.models.defended import DefendedObject, defended_source
from robustaudit.models.forms import Form, fastest_form, has_bf16, in_form
from robustaudit.models.model_names import (
    check_alias,
    check_location,
    names_as_written,
    resolve,
    short_name,
    split_alias,
    split_models,
)
from robustaudit.models.objects import Predict, Predicts, model_of_object
from robustaudit.models.reference_models import (
    REFERENCE_MODELS,
    ModelEntry,
    TrainedModel,
    available,
    resolve_trained,
)
from robustaudit.models.relabelled import RelabelledModel
from robustaudit.models.word_pieces import SplitWords, WordPieces

__all__ = [
    "REFERENCE_MODELS",
    "CallLimit",
    "Card",
    "Classifier",
    "DataLabels",
    "DefendedObject",
    "ExternalModel",
    "Form",
    "KnownAccuracy",
    "MissingPredictions",
    "ModelEntry",
    "ModelFile",
    "ModelSource",
    "ModelUri",
    "Predict",
    "Predicts",
    "RelabelledModel",
    "SeenAttack",
    "SplitWords",
    "TrainedModel",
    "Trust",
    "WordPieces",
    "as_probabilities",
    "available",
    "check_alias",
    "check_location",
    "consent_reason",
    "defended_source",
    "fastest_form",
    "files_of",
    "has_bf16",
    "in_form",
    "is_remote",
    "may_be_pickled",
    "model_of_object",
    "names_as_written",
    "resolve",
    "resolve_trained",
    "seen_by",
    "short_name",
    "split_alias",
    "split_models",
]
