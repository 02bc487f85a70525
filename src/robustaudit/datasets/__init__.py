"""Examples: the built-in data sets and files of the user's."""

from robustaudit.datasets.catalog import BUILT_IN, BuiltIn, load
from robustaudit.datasets.dataset import Dataset, single

__all__ = ["BUILT_IN", "BuiltIn", "Dataset", "load", "single"]
