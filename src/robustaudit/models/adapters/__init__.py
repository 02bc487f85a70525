"""Models made elsewhere, by scheme; each file here is one adapter, imported light."""

from robustaudit.models.adapters.hugging_face import hugging_face
from robustaudit.models.adapters.model_uri import (
    SCHEMES,
    CallLimit,
    ModelUri,
    Trust,
    consent_reason,
    is_remote,
    may_be_pickled,
    resolve_external,
)
from robustaudit.models.adapters.onnx_runtime import onnx_runtime
from robustaudit.models.adapters.python import python
from robustaudit.models.adapters.remote import http, openai
from robustaudit.models.adapters.scikit_learn import scikit_learn

__all__ = [
    "SCHEMES",
    "CallLimit",
    "ModelUri",
    "Trust",
    "consent_reason",
    "http",
    "hugging_face",
    "is_remote",
    "may_be_pickled",
    "onnx_runtime",
    "openai",
    "python",
    "resolve_external",
    "scikit_learn",
]
