from typing import Any

import torch

from robustaudit.models.architectures.layers import PieceEmbedding, Vectors

TABLE = torch.randn(20, 6, generator=torch.Generator().manual_seed(5))
VECTORS = Vectors(table=TABLE)
IDS = torch.arange(20).reshape(2, 10)


def test_vectors_are_normalised():
    vectors = PieceEmbedding(vectors=VECTORS, dropout=0.0, piece_dropout=0.0)(IDS)

    assert vectors.shape == (2, 10, 6)
    torch.testing.assert_close(vectors.mean(dim=-1), torch.zeros(2, 10), atol=1e-6, rtol=0)


def test_piece_dropout_silences_whole_pieces():
    vectors = PieceEmbedding(vectors=VECTORS, dropout=0.0, piece_dropout=0.5)(IDS)

    silent = (vectors == 0).all(dim=-1)
    assert silent.any()
    assert not (vectors[~silent] == 0).any()


def test_nothing_is_dropped_in_evaluation():
    embedding = PieceEmbedding(vectors=VECTORS, dropout=0.5, piece_dropout=0.5).eval()

    assert torch.equal(embedding(IDS), embedding(IDS))


def test_the_shared_table_is_neither_trained_nor_stored():
    embedding = PieceEmbedding(vectors=VECTORS, dropout=0.0, piece_dropout=0.0)

    assert set(embedding.state_dict()) == {"norm.weight", "norm.bias"}
    assert {name for name, _ in embedding.named_parameters()} == {"norm.weight", "norm.bias"}


def test_learned_vectors_are_trained_and_stored_but_for_the_paddings():
    embedding: Any = PieceEmbedding(
        vectors=Vectors(table=TABLE.clone(), learned=True), dropout=0.0, piece_dropout=0.0
    )
    torch.testing.assert_close(embedding(IDS), TABLE[IDS])
    embedding(IDS).sum().backward()

    assert set(embedding.state_dict()) == {"pieces.weight"}
    assert not embedding.pieces.weight.grad[0].any()
    assert embedding.pieces.weight.grad[1:].all()
