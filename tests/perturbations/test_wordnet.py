"""Word nets that a user has added to wn: here a tiny one, in a folder of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import wn

from reachable import one_edit_away
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.perturbations import build
from robustaudit.perturbations import wordnet as wordnets

TINY = Path(__file__).with_name("tiny-wordnet.xml")


@pytest.fixture
def no_word_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for word nets that is not there yet."""
    wordnets._word_net.cache_clear()
    monkeypatch.setattr(wn.config, "_data_directory", tmp_path / "wn")
    monkeypatch.setattr(wn.config, "_dbpath", tmp_path / "wn" / "wn.db")
    yield tmp_path / "wn"
    wordnets._word_net.cache_clear()
    if connection := wn._db.pool.pop(wn.config.database_path, None):
        connection.close()


@pytest.fixture
def _tiny(no_word_net: Path) -> None:
    no_word_net.mkdir()
    wn.add(TINY, progress_handler=None)


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("hyponym", "Food", ["Soup", "Sloppy-joe"]),
        ("hyponym", "FARE, please", ["FAMINE, please", "SLOPPY-JOE, please", "SOUP, please"]),
        ("hyponym", "soup", ["broth"]),
        ("hyponym", "broth great restaurant", []),
        ("hyponym", "dish", []),
        ("synonym", "Food", ["Dish", "Fare"]),
        ("synonym", "great almost", ["grand almost"]),
        ("synonym", "dish", []),
    ],
)
def test_words_of_a_word_net(name: str, before: str, after: list[str]) -> None:
    assert one_edit_away(build(name, {"word_net": "tiny:1"}), before) == sorted(after)


@pytest.mark.usefixtures("_tiny")
def test_the_word_net_is_part_of_the_attack_with_its_version() -> None:
    attack = parse_attack('hyponym(word_net="tiny:1")').attack
    assert str(attack) == 'hyponym(word_net="tiny:1")@0.3'
    assert parse_attack(str(attack)).attack == attack


@pytest.mark.usefixtures("_tiny")
def test_a_word_net_that_is_not_there_is_named() -> None:
    with pytest.raises(
        UserError, match="word net 'oewn:2024' is not installed: python -m wn download oewn:2024"
    ):
        build("hyponym", {"word_net": "oewn:2024"})


def test_nothing_is_made_where_there_is_no_word_net(no_word_net: Path) -> None:
    with pytest.raises(UserError, match="word net 'tiny:1' is not installed"):
        build("synonym", {"word_net": "tiny:1"})
    assert not no_word_net.exists()


@pytest.mark.parametrize("name", ["oewn", "", "*:*", "oewn:*", "a:1 b:2", "tiny:"])
def test_a_word_net_has_a_name_and_a_version(name: str) -> None:
    with pytest.raises(
        UserError, match="word net must be 'shipped' or a name and version such as 'oewn:2024'"
    ):
        build("hyponym", {"word_net": name})


def test_the_library_is_named_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wn", None)
    with pytest.raises(UserError, match=r"wn is not installed: pip install 'robustaudit\[wordnet\]'"):
        build("hyponym", {"word_net": "nowhere:1"})
