import pytest

from robustaudit.core.errors import UserError
from robustaudit.models import resolve
from robustaudit.training.outline import outline
from robustaudit.training.preset import load_preset


@pytest.mark.parametrize("name", ["1", "2", "3", "4", "5", "6", "7"])
def test_the_parameters_of_what_ships_are_those_of_its_outline(name):
    whole = outline(name, preset=load_preset("compact"))[0]

    assert whole.trained == resolve(name).card.parameters
    assert whole.frozen == 30_522 * 128


def test_attention_holds_what_the_formula_says():
    rows = {row.name: row for row in outline("4", preset=load_preset("compact"))}
    d = 4 * 64

    assert rows["attention"].kind == "MultiHeadAttention"
    assert rows["attention"].parameters == 4 * d**2 + 4 * d


def test_what_is_no_network_is_refused():
    with pytest.raises(UserError, match="model 'tfidf' has no modules: it is no network"):
        outline("tfidf", preset=load_preset("compact"))
    with pytest.raises(UserError, match="unknown model '9'"):
        outline("9", preset=load_preset("compact"))
