from dataclasses import replace

import pytest
import torch

from robustaudit.core.files import sha256_of
from robustaudit.models.weights import trained_tensors
from robustaudit.training.embeddings import ensure_shared
from robustaudit.training.initialisation import initial_network
from robustaudit.training.loop import seeded


@pytest.fixture
def laid(small, tmp_path):
    shared = ensure_shared(tmp_path, width=128, listener=lambda _: None)

    def foundation(name, *, learn=False):
        embeddings = replace(small.embeddings, learned=learn)
        return initial_network(
            name,
            preset=small.network(name),
            embeddings=embeddings,
            shared=shared,
            pieces=30_522,
            classes=2,
        )

    return foundation


def test_a_network_over_the_shared_table_needs_its_file_and_says_whose_it_is(laid):
    foundation = laid("5")

    assert {path.name for path in foundation.files.values()} == {"tokenizer.json", "embeddings.safetensors"}
    assert "all-MiniLM-L6-v2" in foundation.provenance.source
    assert not [name for name in trained_tensors(foundation.build()) if "pieces" in name]


def test_a_network_that_learns_its_vectors_draws_them_by_the_seed(laid):
    foundation = laid("5", learn=True)
    tables = []
    for seed in (1, 1, 2):
        with seeded(seed):
            tables.append(trained_tensors(foundation.build())["embedding.pieces.weight"])
    first, again, other = tables

    assert set(foundation.files) == {"tokenizer"}
    assert foundation.provenance is None
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not first[0].any()
    assert first[1:].std() == pytest.approx(1, abs=0.01)


def test_a_bert_stands_on_its_base_alone(laid, small_base):
    for learn in (False, True):
        foundation = laid("8", learn=learn)

        assert set(foundation.files) == {"tokenizer"}
        assert foundation.provenance.source == str(small_base)
        assert foundation.base_sha256 == sha256_of(small_base / "model.safetensors")
