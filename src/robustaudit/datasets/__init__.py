"""Data sets: built-in ones, files, folders, in-memory data, and those of the Hugging Face hub."""

from robustaudit.datasets.built_in import BUILT_IN, BuiltIn, load
from robustaudit.datasets.dataset import SENTIMENTS, DataLabel, Dataset, single
from robustaudit.datasets.dataset_statistics import DatasetStatistics, SampleSpec
from robustaudit.datasets.in_memory import Rows, in_memory_dataset
from robustaudit.datasets.label_reader import LEFT_OUT, LabelMap, format_label_map, number_of_label
from robustaudit.datasets.read_options import READERS, ReadOptions

__all__ = [
    "BUILT_IN",
    "LEFT_OUT",
    "READERS",
    "SENTIMENTS",
    "BuiltIn",
    "DataLabel",
    "Dataset",
    "DatasetStatistics",
    "LabelMap",
    "ReadOptions",
    "Rows",
    "SampleSpec",
    "format_label_map",
    "in_memory_dataset",
    "load",
    "number_of_label",
    "single",
]
