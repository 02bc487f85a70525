import json
from dataclasses import replace

import pytest

from robustaudit.core.errors import UserError
from robustaudit.models.card import (
    Card,
    CardFile,
    PresetRecord,
    Provenance,
    RunRecord,
    Scores,
    read_card,
    record_file,
    write_card,
)


@pytest.fixture
def card():
    return Card(
        name="4",
        title="LSTM encoder-decoder, dropout, attention",
        labels=("negative", "positive"),
        parameters=12,
        preset=PresetRecord(name="compact", model={"hidden": 128}, training={"learning_rate": 1e-3}),
        run=RunRecord(
            command="robustaudit train --models 4",
            data="reviews",
            data_digest="ab",
            augmentation=None,
            seed=0,
            epochs=2,
            best_epoch=1,
            seconds=1.5,
            versions={"torch": "2"},
        ),
        scores=Scores(validation_accuracy=0.8, validation_f1=0.8, test_accuracy=0.8, test_f1=0.8),
        files={"weights": CardFile(path="model.safetensors", sha256="cd")},
        embeddings=Provenance(source="somewhere", licence="Apache-2.0"),
        base_sha256=None,
    )


def test_a_card_reads_back_as_it_was_written(card, tmp_path):
    for written in (card, replace(card, embeddings=None)):
        write_card(written, tmp_path)
        assert read_card(tmp_path) == written


def test_a_digest_names_what_fixes_the_answers_and_nothing_else(card):
    assert replace(card, run=replace(card.run, seconds=9.0)).digest == card.digest

    others = [
        replace(card, files={"weights": CardFile(path="model.safetensors", sha256="ef")}),
        replace(card, preset=replace(card.preset, model={"hidden": 64})),
        replace(card, labels=("bad", "good")),
        replace(card, base_sha256="ef"),
    ]
    assert len({card.digest, *(other.digest for other in others)}) == 5


def test_files_are_recorded_relative_to_the_card(tmp_path):
    shared = tmp_path / "shared" / "tokenizer.json"
    shared.parent.mkdir()
    shared.write_bytes(b"{}")

    recorded = record_file(shared, tmp_path / "4")

    assert recorded.path == "../shared/tokenizer.json"
    assert len(recorded.sha256) == 64


def test_a_role_without_a_file_is_said(card, tmp_path):
    with pytest.raises(UserError, match="names no file for its tokenizer"):
        card.locate("tokenizer", tmp_path)


def test_a_card_that_was_cut_or_lacks_something_is_refused(card, tmp_path):
    write_card(card, tmp_path)
    path = tmp_path / "card.json"
    whole = json.loads(path.read_text())

    path.write_text(path.read_text()[:50])
    with pytest.raises(UserError, match=r"card\.json' is not JSON: it is truncated or corrupt"):
        read_card(tmp_path)

    del whole["labels"]
    path.write_text(json.dumps(whole))
    with pytest.raises(UserError, match=r"card\.json' lacks labels"):
        read_card(tmp_path)
