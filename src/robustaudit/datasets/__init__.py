"""Examples: the built-in data sets, files and folders of the user's, and data of the Hugging Face hub."""

from robustaudit.datasets.catalog import BUILT_IN, BuiltIn, load
from robustaudit.datasets.census import Census, Sample
from robustaudit.datasets.dataset import SENTIMENTS, DataLabel, Dataset, single
from robustaudit.datasets.labels import Classes, is_plain, spelt, written_map
from robustaudit.datasets.memory import Rows, held
from robustaudit.datasets.reading import Reading

__all__ = [
    "BUILT_IN",
    "SENTIMENTS",
    "BuiltIn",
    "Census",
    "Classes",
    "DataLabel",
    "Dataset",
    "Reading",
    "Rows",
    "Sample",
    "held",
    "is_plain",
    "load",
    "single",
    "spelt",
    "written_map",
]
