"""The names of a run's classes: whose they are, and how a class is given by name or number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeSource
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, in_memory_dataset
from robustaudit.runs.named_classes import NamedClasses, class_names
from robustaudit.runs.planned_labels import match_labels

POLARITY = ("negative", "positive")


def named(data: Dataset, *models: tuple[str, ...]) -> tuple[str | None, ...]:
    sources = [FakeSource(f"m{place}", labels=labels) for place, labels in enumerate(models)]
    return match_labels(data, data.examples, sources).class_names


def rows(*labels: object) -> Dataset:
    return in_memory_dataset([(f"text {place}", label) for place, label in enumerate(labels)])


@pytest.mark.parametrize(
    ("data", "models", "names"),
    [
        (rows(0, 1), [POLARITY], POLARITY),  # the model's, where the data only counts
        (rows(0, 1), [("LABEL_0", "LABEL_1")], (None, None)),
        (rows(0, 1), [("0", "1")], (None, None)),
        (rows("Positive", "Negative"), [POLARITY], ("Negative", "Positive")),  # as the data writes them
        (rows(1, 2, 3), [("1", "2", "3")], ("1", "2", "3")),  # a number that is not the class's own
        (rows(0, 1), [("LABEL_0", "LABEL_1"), ("ham", "spam")], ("ham", "spam")),
        (rows("bad", "good"), [("good", "so so", "bad")], ("good", "so so", "bad")),
        (
            Dataset("d", (Example("a", "x", 0, "a"),), label_names=("bad", "good")),
            [POLARITY],
            ("bad", "positive"),
        ),
    ],
)  # fmt: skip
def test_classes_have_the_names_of_the_data_or_else_of_the_first_model_that_names_them(
    data: Dataset, models: list[tuple[str, ...]], names: tuple[str | None, ...]
) -> None:
    assert named(data, *models) == names


def test_one_number_is_one_class_of_all_models_even_where_no_label_is_it() -> None:
    names = named(
        rows("neg", "pos"),
        ("neg", "pos", "neutral"),
        ("neg", "pos", "mixed"),
        ("mixed", "pos", "neutral", "neg"),
    )
    assert names == ("neg", "pos", "neutral", "mixed")


NAMES = st.lists(
    st.sampled_from(["0", "1", "2", "good", "Good", "good (1)", "good (2)", "class 1", "–", "LABEL_1", " "]),
    max_size=4,
)


@given(NAMES, NAMES)
def test_each_class_is_found_by_what_it_is_called(data: list[str], model: list[str]) -> None:
    classes = NamedClasses(class_names(list(enumerate(data)), [model]))
    shown = [classes.name(number) for number in range(len(classes.names))]
    assert len(set(shown)) == len(shown)
    for number, name in enumerate(shown):
        assert classes.find(f"name:{name}") == classes.find(f"number:{number}") == number
        try:
            assert classes.find(name) == number
        except UserError as error:
            assert "two ways" in str(error)  # noqa: PT017


STARS = NamedClasses(("1", "2", "3"))


def test_a_name_that_is_the_number_of_another_class_is_refused_with_both_readings() -> None:
    with pytest.raises(UserError) as caught:
        STARS.find("1")
    assert str(caught.value) == (
        "label '1' can be read in two ways: give 'name:1' for the class of that name, which is number 0, "
        "or 'number:1' for class number 1, '2'"
    )
    assert [STARS.find(given) for given in ("name:1", "number:1", "3", 0, "0")] == [0, 1, 2, 0, 0]


def test_classes_are_given_in_either_case_and_unknown_ones_are_refused_with_the_nearest() -> None:
    classes = NamedClasses(("negative", "positive"))
    assert [classes.find(given) for given in ("POSITIVE", 1, "1", " positive ")] == [1, 1, 1, 1]
    with pytest.raises(UserError, match="unknown label 'positiv': did you mean 'positive'"):
        classes.find("positiv")
    for wrong in (2, "01", "1" * 5_000):  # the last has more digits than Python reads as a number
        with pytest.raises(
            UserError, match=f"unknown label '{str(wrong)[0]}.*': known are negative, positive"
        ):
            classes.find(wrong)
