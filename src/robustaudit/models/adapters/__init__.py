"""Models made elsewhere, by scheme; each file here is one adapter, imported light."""

from robustaudit.models.adapters import hugging_face, onnx_runtime, python, scikit_learn
from robustaudit.models.adapters.reference import Reference, Trust
from robustaudit.models.adapters.registry import SCHEMES, adapt, split_models

__all__ = [
    "SCHEMES",
    "Reference",
    "Trust",
    "adapt",
    "hugging_face",
    "onnx_runtime",
    "python",
    "scikit_learn",
    "split_models",
]
