from pathlib import Path

import pytest

from robustaudit.core.errors import UserError
from robustaudit.models import resolve, split_models


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["1,4, 7"], ["1", "4", "7"]),
        (["1", "hf:folder"], ["1", "hf:folder"]),
        (["1,4,hf:folder"], ["1", "4", "hf:folder"]),
        (["hf:folder, py:a.b:c"], ["hf:folder", "py:a.b:c"]),
        (["tfidf,py:a:b?labels=1,2,3,sklearn:x.skops"], ["tfidf", "py:a:b?labels=1,2,3", "sklearn:x.skops"]),
        (["sklearn:one, two.skops", "1,4"], ["sklearn:one, two.skops", "1", "4"]),
        (["py:a:b?labels=good: yes,bad: no"], ["py:a:b?labels=good: yes,bad: no"]),
        (["py:mine:f,4"], ["py:mine:f", "4"]),
        (["hf:folder, tfidf,1"], ["hf:folder", "tfidf", "1"]),
        (["py:a:b?labels=0,1,4"], ["py:a:b?labels=0,1,4"]),
        (["sklearn:one,4.skops"], ["sklearn:one,4.skops"]),
    ],
)
def test_names_are_parted_by_commas_but_for_those_within_a_name(given: list[str], names: list[str]) -> None:
    assert split_models(given) == names


@pytest.mark.parametrize("given", ["py:a:b?labels=bad,good,4", "sklearn:my,4"])
def test_what_may_be_one_model_or_two_is_refused_with_both(given: str, empty_folder: Path) -> None:
    (empty_folder / "my,4").touch()
    with pytest.raises(
        UserError, match=r"^(.*),4 may be one model, or \1 and model 4: for two, give 4 first$"
    ):
        split_models([given])
    assert split_models([f"4,{given.removesuffix(',4')}"]) == ["4", given.removesuffix(",4")]


def test_a_scheme_that_there_is_not_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"unknown scheme of models 'sklaern': did you mean 'sklearn'\?"):
        resolve("sklaern:model.skops")
