"""Which class of a model a label of the data is: understood, or refused with the maps that settle it."""

import re
import shlex
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeSource
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, in_memory_dataset
from robustaudit.datasets.read_options import ReadOptions
from robustaudit.runs.label_matching import match

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
LABELS = ("LABEL_0", "LABEL_1", "LABEL_2")
SENTIMENTS = ("negative", "positive")
GRADES = ("terrible", "bad", "so so", "good", "great")


def data(*labels: object, label_map: str | None = None) -> Dataset:
    return in_memory_dataset(
        [(f"text {i}", label) for i, label in enumerate(labels)], ReadOptions.parse(label_map=label_map)
    )


def read(dataset: Dataset, classes: Sequence[str]) -> tuple[dict[str, str], str]:
    """The name of the class that each label is, and how that is known."""
    found = match(dataset, FakeSource("m", labels=tuple(classes)))
    return {label.text: classes[found.classes[label.number]] for label in dataset.labels}, found.by


def refused(dataset: Dataset, classes: Sequence[str]) -> str:
    with pytest.raises(UserError) as caught:
        read(dataset, classes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("one", [1, 1.0, "1", "1.0", "+1", "01", True, "True", "true"], ids=repr)
@pytest.mark.parametrize("name", ["1", "1.0", "True", "+1"])
def test_a_number_is_the_class_whose_name_spells_it_however_both_are_written(one: object, name: str) -> None:
    (classes, how) = read(data(one), ("-1", "7", name))
    assert (list(classes.values()), how) == ([name], "name")


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ((1, 2), ("1", "2", "3", "4", "5")),
        ((1, 2), ("1", "2")),
        ((-1, 1), ("-1", "1")),
        ((0, 1), ("1", "0")),
        ((True, False), ("False", "True")),
        (("spam", "ham"), ("spam", "ham")),
        (("Spam", "HAM"), ("spam", "ham")),
        (("us", "US"), ("US", "us")),
        (("cafe\u0301", "the"), ("the", "café")),
    ],
)
def test_labels_that_are_names_are_those_classes(labels: Sequence[object], classes: Sequence[str]) -> None:
    dataset = data(*labels)
    found, how = read(dataset, classes)
    assert how == "name"
    # Only what is no name as it stands is one in another writing.
    assert all(name == written or written not in classes for written, name in found.items())


@pytest.mark.parametrize(
    ("labels", "classes", "found"),
    [
        ((0, 1), SENTIMENTS, {"0": "negative", "1": "positive"}),
        ((1,), SENTIMENTS, {"1": "positive"}),
        (("False", "True"), SENTIMENTS, {"False": "negative", "True": "positive"}),
        ((0, 1, 2), LABELS, {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}),
        ((1, 2), LABELS, {"1": "LABEL_1", "2": "LABEL_2"}),
        ((0, 4), STARS, {"0": "1 star", "4": "5 stars"}),
        ((0, 2), GRADES, {"0": "terrible", "2": "so so"}),
    ],
)
def test_positions_are_taken_where_nothing_else_can_be_meant(
    labels: Sequence[object], classes: Sequence[str], found: dict[str, str]
) -> None:
    assert read(data(*labels), classes) == (found, "position")


@pytest.mark.parametrize(
    ("labels", "classes", "maps"),
    [
        (
            (1, 2, 3, 4),
            STARS,
            ["1=1 star,2=2 stars,3=3 stars,4=4 stars", "1=2 stars,2=3 stars,3=4 stars,4=5 stars"],
        ),
        ((1, 2), GRADES, ["1=bad,2=so so", "1=terrible,2=bad"]),
        ((0, 1), ("true", "false"), ["0=false,1=true", "0=true,1=false"]),
        (("us", "the"), ("US", "Us", "the"), ["the=the,us=US", "the=the,us=Us"]),
    ],
    ids=["numbers in names", "counted from 0 or 1", "truths the other way round", "case alone"],
)
def test_what_can_be_read_in_two_ways_is_refused_with_the_map_of_each(
    labels: Sequence[object], classes: Sequence[str], maps: Sequence[str]
) -> None:
    message = refused(data(*labels), classes)
    assert "can be read in two ways as classes of model 'm'" in message
    assert message.count("--label-map") == len(maps)
    for each in maps:
        assert f"--label-map '{each}' (" in message
        pairs = dict(pair.split("=") for pair in each.split(","))
        found, how = read(data(*labels, label_map=each), classes)
        assert (found, how) == ({name: name for name in pairs.values()}, "name")


@pytest.mark.parametrize(
    ("labels", "classes", "maps"),
    [
        ((1, 2), SENTIMENTS, ["1=negative,2=positive", "1=positive,2=negative"]),
        ((-1, 1), SENTIMENTS, ["-1=negative,1=positive", "-1=positive,1=negative"]),
        ((1, 2, 3, 4, 5), STARS, ["1=1 star,2=2 stars,3=3 stars,4=4 stars,5=5 stars"]),
        ((1, 2, 3, 4, 5), GRADES, ["1=terrible,2=bad,3=so so,4=good,5=great"]),
        (STARS, "12345", ["1 star=1,2 stars=2,3 stars=3,4 stars=4,5 stars=5"]),
        ((0, 1, 2, 3, 4), "12345", ["0=1,1=2,2=3,3=4,4=5"]),
        (("good", "bad"), SENTIMENTS, ["bad=negative,good=positive", "bad=positive,good=negative"]),
        (("bad", "positive"), SENTIMENTS, ["bad=negative,positive=positive"]),
        ((0, 2), SENTIMENTS, ["0=negative,2=positive", "0=positive,2=negative"]),
    ],
)
def test_labels_that_no_class_is_are_refused_with_maps_that_may_be_meant(
    labels: Sequence[object], classes: Sequence[str], maps: Sequence[str]
) -> None:
    message = refused(data(*labels), tuple(classes))
    assert "does not know" in message or "two ways" in message
    for each in maps:
        assert f"--label-map '{each}' (" in message
        read(data(*labels, label_map=each), tuple(classes))


def test_the_line_says_what_is_not_known_and_what_is() -> None:
    assert refused(data("mixed", "positive", "negative"), SENTIMENTS) == (
        "data 'rows' has labels that model 'm' does not know: 'mixed' (row 1); it knows 'negative', "
        "'positive': give --label-map with each of them, such as 'mixed=negative,…'"
    )
    assert refused(data(2), SENTIMENTS) == (
        "data 'rows' has labels that model 'm' does not know: '2' (row 1); it knows 'negative', 'positive', "
        "by their numbers 0 to 1: give --label-map 2=positive (counted from 1)"
    )


@pytest.mark.parametrize("labels", [("negative", "positive"), ("neg", "pos")])
def test_no_map_parts_labels_by_the_case_of_a_name(labels: Sequence[str]) -> None:
    message = refused(data(*labels), ("positive", "Positive"))
    assert message.endswith(
        "; it knows 'positive', 'Positive', of which 'positive', 'Positive' differ only by case: "
        "give --label-map with the class of each"
    )


def test_the_maps_of_a_refusal_take_the_place_of_one_that_was_given() -> None:
    message = refused(data("a", "b", "c", label_map="a=7,b=8,c=8"), SENTIMENTS)
    assert "--label-map 'a=negative,b=positive,c=positive' (in their order)" in message
    assert "such as 'a=negative,…'" in refused(data("a", label_map="a=7"), SENTIMENTS)


def test_names_that_the_data_has_for_its_numbers_go_before_these() -> None:
    def named(*names: str) -> Dataset:
        examples = tuple(Example(str(i), "x", i, str(i)) for i in range(2))
        return Dataset("theirs", examples, label_names=names)

    assert read(named("positive", "negative"), SENTIMENTS) == ({"0": "positive", "1": "negative"}, "name")
    assert read(named("neg", "pos"), SENTIMENTS)[1] == "position"
    assert read(named("neg", "pos"), ("0", "1")) == ({"0": "0", "1": "1"}, "name")
    # Its names say the opposite of its numbers, or it counts another number of classes.
    assert "does not know: '1'" in refused(named("positive", "neg"), SENTIMENTS)
    assert refused(named("neg", "pos"), GRADES) == (
        "data 'theirs' has labels that model 'm' does not know: '0' (example 1), '1' (example 2); it "
        "knows 'terrible', 'bad', 'so so', 'good', 'great': give --label-map with each of them, such as "
        "'0=terrible,…'"
    )


def test_numbers_of_any_length_in_names_are_only_names() -> None:
    assert read(data(0, 1), ("a" + "1" * 5000, "b2"))[1] == "position"


def test_hostile_names_are_shown_and_not_obeyed() -> None:
    message = refused(data("a\x1b[2Jb", "c"), ("\u202ex", "y"))
    assert message.isprintable()


NUMBERS = ("0", "1", "2", "-1", "1.0", "+1", "3")
WORDS = (
    "True",
    "false",
    "LABEL_0",
    "LABEL_1",
    "1 star",
    "2 stars",
    "a, b",
    "c=d",
    "it's",
    '"q"',
    "Pos",
    "pos",
    "é",
)
some = st.lists(st.sampled_from(NUMBERS + WORDS), min_size=2, max_size=5, unique=True)


@given(
    classes=some, labels=st.one_of(*(st.sets(st.sampled_from(each), min_size=1) for each in (NUMBERS, WORDS)))
)
def test_every_map_of_a_refusal_settles_it_as_it_says(classes: list[str], labels: set[str]) -> None:
    dataset = data(*sorted(labels))
    try:
        found, how = read(dataset, classes)
    except UserError as error:
        message = str(error)
    else:
        assert how == "position" or all(name in classes for name in found.values())
        return
    assert message.isprintable()
    assert "--label-map" in message
    for quoted in re.findall(r"--label-map ((?:'[^']*'|\"'\")+) \(", message):
        (words,) = shlex.split(quoted)
        mapped = data(*sorted(labels), label_map=words)
        settled, how = read(mapped, classes)
        assert how == "name"
        assert set(settled.values()) <= set(classes)
        assert all(name == label for label, name in settled.items())


@given(classes=some, order=st.randoms(use_true_random=False))
def test_names_mean_the_same_classes_in_any_order(classes: list[str], order: object) -> None:
    words = [name for name in classes if name in WORDS]
    if words:
        dataset = data(*words)
        shuffled = sorted(classes, key=lambda _: order.random())  # type: ignore[attr-defined]
        assert read(dataset, classes)[0] == read(dataset, shuffled)[0] == {word: word for word in words}
