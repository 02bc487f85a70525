"""Models made elsewhere, by scheme; each file here is one adapter, imported light."""

from robustaudit.models.adapters.hugging_face import hugging_face
from robustaudit.models.adapters.onnx_runtime import onnx_runtime
from robustaudit.models.adapters.python import python
from robustaudit.models.adapters.reference import (
    SCHEMES,
    Budget,
    Reference,
    Trust,
    adapt,
    power_of,
    split_models,
)
from robustaudit.models.adapters.remote import http, openai
from robustaudit.models.adapters.scikit_learn import scikit_learn

__all__ = [
    "SCHEMES",
    "Budget",
    "Reference",
    "Trust",
    "adapt",
    "http",
    "hugging_face",
    "onnx_runtime",
    "openai",
    "power_of",
    "python",
    "scikit_learn",
    "split_models",
]
