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
    ],
)
def test_names_are_parted_by_commas_but_for_those_within_a_name(given: list[str], names: list[str]) -> None:
    assert split_models(given) == names


def test_a_scheme_that_there_is_not_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"unknown scheme of models 'sklaern': did you mean 'sklearn'\?"):
        resolve("sklaern:model.skops")
