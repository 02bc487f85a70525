from dataclasses import replace

import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset
from robustaudit.training.training_splits import split


def dataset(*labels):
    return Dataset(
        "mine", tuple(Example(str(i), f"text {i}", label, str(i)) for i, label in enumerate(labels))
    )


def test_no_group_is_in_two_splits(tiny):
    splits = split(tiny)

    groups = [{e.group for e in part} for part in (splits.train, splits.validation, splits.test)]
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert splits.labels == ("negative", "positive")


def test_classes_beyond_two_are_named_by_number():
    assert split(dataset(*[0, 1, 2] * 40)).labels == ("0", "1", "2")


def test_names_of_classes_are_those_of_the_data_though_not_all_occur():
    named = replace(dataset(*[0, 1] * 60), label_names=("World", "Sports", "Business"))

    assert split(named).labels == ("World", "Sports")


def test_one_class_is_refused():
    with pytest.raises(UserError, match="data 'mine' has one class only, 1: training needs two or more"):
        split(dataset(*[1] * 100))


def test_a_class_that_is_skipped_is_refused():
    with pytest.raises(UserError, match="no training example of class 1 of 3"):
        split(dataset(*[0, 2] * 60))


def test_too_few_examples_are_refused():
    with pytest.raises(UserError, match=r"data 'mine' has no .* examples: 2 are too few"):
        split(dataset(0, 1))
