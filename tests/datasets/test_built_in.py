from pathlib import Path

import pytest

from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.datasets import BUILT_IN, ReadOptions, load
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
        load("tiny", ReadOptions(text=("words",)))


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
