import numpy as np
import pytest

from robustaudit.perturbations import Lazy, Sites
from robustaudit.perturbations.sites import one_letter_changed


def test_a_lazy_sequence_makes_only_what_is_asked_for() -> None:
    made: list[int] = []

    def make(k: int) -> str:
        made.append(k)
        return str(k)

    lazy = Lazy(1_000_000, make)
    assert (len(lazy), lazy[7], lazy[-1], made) == (1_000_000, "7", "999999", [7, 999_999])


def test_a_lazy_sequence_behaves_as_any_other() -> None:
    lazy = Lazy(4, lambda k: "abcd"[k])
    assert list(lazy) == ["a", "b", "c", "d"]
    assert lazy[1:3] == ("b", "c")
    assert lazy[::-1] == ("d", "c", "b", "a")
    assert "c" in lazy
    assert "e" not in lazy


@pytest.mark.parametrize("index", [4, -5])
def test_a_lazy_sequence_has_an_end(index: int) -> None:
    with pytest.raises(IndexError):
        Lazy(4, str)[index]


def test_one_letter_changes_at_a_time_each_by_its_own_choices() -> None:
    assert list(one_letter_changed("abc", ["xy", "", ["", "zz"]])) == ["xbc", "ybc", "ab", "abzz"]


@pytest.mark.parametrize(
    ("letters", "choices"), [("", []), ("abc", ["", "", ""])], ids=["no letters", "no choices"]
)
def test_without_letters_or_choices_nothing_changes(letters: str, choices: list[str]) -> None:
    assert len(one_letter_changed(letters, choices)) == 0


def test_sites_count_their_replacements_by_form() -> None:
    zeros = np.zeros(3, dtype=np.int64)
    sites = Sites(zeros, zeros, zeros, np.array([1, 0, 1]), [("a", "b", "c"), ("d",)])
    assert len(sites) == 3
    assert sites.count.tolist() == [1, 3, 1]
