"""Examples: the built-in data sets, files of the user's, and data sets of the Hugging Face hub."""

from robustaudit.datasets.catalog import BUILT_IN, BuiltIn, load
from robustaudit.datasets.dataset import Dataset, single
from robustaudit.datasets.reading import Reading

__all__ = ["BUILT_IN", "BuiltIn", "Dataset", "Reading", "load", "single"]
