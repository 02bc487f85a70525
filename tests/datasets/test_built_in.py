import re
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from robustaudit.core.display import visible
from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.datasets import BUILT_IN, Dataset, ReadOptions, load
from robustaudit.datasets.built_in import load_tiny
from robustaudit.datasets.reviews import cache_file


def test_data_that_ships_is_loaded_by_its_name() -> None:
    assert load("tiny", offline=True).name == "tiny"


def test_data_that_is_not_here_is_not_fetched_offline() -> None:
    with pytest.raises(NetworkUnavailable):
        load("reviews", offline=True)


def test_a_file_of_ones_own_is_loaded_by_its_path() -> None:
    Path("mine.csv").write_text("text,label\nFine.,1\n", encoding="utf-8")
    assert [example.text for example in load("mine.csv").examples] == ["Fine."]


def test_data_that_is_built_in_has_its_own_columns() -> None:
    with pytest.raises(UserError, match="--text-column is for data of your own, not for the data 'tiny'"):
        load("tiny", ReadOptions(text_column=("words",)))


def test_a_file_without_an_ending_is_told_which_are_known() -> None:
    Path("mine").touch()
    with pytest.raises(UserError, match=r"data file 'mine' must end in \.csv, \.tsv, "):
        load("mine")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("review", "unknown data 'review': did you mean 'reviews'?"),
        ("tny", "unknown data 'tny': did you mean 'tiny'?"),
        ("imdb", "unknown data 'imdb': known are reviews, tiny"),
        ("mine.csv", "data file 'mine.csv' does not exist"),
    ],
)
def test_what_is_not_there_is_named_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(name)
    assert str(caught.value) == message


def test_the_catalogue_says_what_is_on_this_machine() -> None:
    assert {name: built_in.is_here() for name, built_in in BUILT_IN.items()} == {
        "reviews": False,
        "tiny": True,
    }
    cache_file().parent.mkdir(parents=True)
    cache_file().touch()
    assert BUILT_IN["reviews"].is_here()


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_is_listed_under_its_name_with_title_and_source(name: str) -> None:
    assert BUILT_IN[name].name == name
    assert BUILT_IN[name].title
    assert BUILT_IN[name].source


def test_no_name_is_no_folder() -> None:
    with pytest.raises(UserError, match="unknown data '': known are reviews, tiny"):
        load("")


@pytest.fixture(scope="module")
def tiny() -> Dataset:
    return load_tiny()


def test_there_are_at_least_200_reviews_half_of_each_label(tiny: Dataset) -> None:
    labels = Counter(example.label for example in tiny.examples)
    assert set(labels) == {0, 1}
    assert labels[0] == labels[1] >= 100


def test_the_review_of_the_report_is_there(tiny: Dataset) -> None:
    (review,) = [e for e in tiny.examples if e.text == "I loved the food and the service was great!"]
    assert review.label == 1


def test_no_review_is_there_twice(tiny: Dataset) -> None:
    assert (
        len({e.id for e in tiny.examples})
        == len({e.text.lower() for e in tiny.examples})
        == len(tiny.examples)
    )


def test_it_is_audited_whole_and_each_review_is_a_group(tiny: Dataset) -> None:
    assert tiny.audited == tiny.examples
    assert all(example.group == example.id for example in tiny.examples)


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        (r"\b\w+'(t|s|re|ve|ll|d|m)\b", 20),
        (r"\b(do|is|was|are|did) not\b", 20),
        (r"[0-9]", 20),
        (r"\b[A-Z]{4,}\b", 5),
        (r"[“”]", 10),
        (r"’", 5),
        (r"[\U0001F300-\U0001FAFF❤]", 10),
        (r"[À-ÖØ-öø-ÿ]", 10),
        (
            r"(?i)\b(definately|unbelieveable|recieve\w*|untill|alot|seperate\w*|tommorow|wierd|teh|realy)\b",
            5,
        ),
        (r"\A\W*\w+\W*\Z", 5),
        (r"(?s)\A.{300,}\Z", 5),
        (r"\A\s|\s\Z", 2),
    ],
    ids=[
        "contractions",
        "contractions in full",
        "digits",
        "capitals",
        "curly quotes",
        "curly apostrophes",
        "emoji",
        "accents",
        "typos",
        "one word",
        "long",
        "blanks at an end",
    ],
)
def test_people_write_so(pattern: str, least: int, tiny: Dataset) -> None:
    assert sum(bool(re.search(pattern, example.text)) for example in tiny.examples) >= least


def test_no_review_is_blank_or_holds_what_no_keyboard_types(tiny: Dataset) -> None:
    assert all(example.text.strip() for example in tiny.examples)
    assert all(visible(example.text) == example.text for example in tiny.examples)


def test_what_is_said_of_it_is_so(tiny: Dataset) -> None:
    said = tomllib.loads(
        files("robustaudit.datasets").joinpath("data", "tiny.toml").read_text(encoding="utf-8")
    )
    assert said["rows"] == len(tiny.examples)
    assert sorted(map(int, said["labels"])) == sorted({example.label for example in tiny.examples})
    assert said["licence"] == "Apache-2.0"
