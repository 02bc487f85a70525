from dataclasses import replace
from importlib import resources
from typing import Any

import pytest

from robustaudit.core.errors import UserError
from robustaudit.training.preset import load_preset

COMPACT = (resources.files("robustaudit.training") / "presets" / "compact.toml").read_text()


def written(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_text(content)
    return str(path)


def test_a_preset_from_a_file_is_the_one_that_ships(tmp_path):
    assert load_preset(written(tmp_path, COMPACT)) == load_preset("compact")


def test_setting_1_has_no_dropout_and_the_others_have():
    preset: Any = load_preset("compact")

    assert preset.network("1").model.dropout == preset.network("1").model.piece_dropout == 0
    for name in ("2", "3", "4"):
        assert preset.network(name).model.dropout > 0
    assert preset.network("4").training == preset.network("1").training


def test_epochs_can_be_set_for_all_networks():
    preset = load_preset("compact").with_epochs(3)

    assert {preset.network(name).training.epochs for name in "12345678"} == {3}


def test_a_setting_may_have_numbers_of_its_own(tmp_path):
    own = "[settings.7.training]\nlearning_rate = 0.5\n[settings.1.model]\ndropout = 0.5\nmax_tokens = 8\n"
    preset = load_preset(written(tmp_path, COMPACT + own))

    assert preset.network("7").training == replace(preset.transformer.training, learning_rate=0.5)
    assert preset.network("7").model == preset.network("5").model == preset.transformer.model
    assert (preset.network("1").model.max_tokens, preset.network("1").model.dropout) == (8, 0)
    assert preset.network("2").model == preset.lstm.model
    assert preset.with_epochs(3).network("7").training.epochs == 3


def test_what_is_set_for_a_family_holds_for_all_its_settings():
    preset = load_preset("compact", changes=["transformer.training.batch_size=16"])

    assert {preset.network(name).training.batch_size for name in "567"} == {16}
    assert preset.network("6").model != preset.network("5").model


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("settings.0.model.hidden = 1", "unknown setting in preset '.*' '0'"),
        ("settings.tfidf.model.max_words = 1", "unknown setting in preset '.*' 'tfidf'"),
        ("settings.7.modell = {}", r"\[settings.7\],.transformer 'modell': did you mean 'model'"),
        ("settings.7.model.dropout = true", r"transformer.model.dropout must be a number, got True"),
        ("settings.7.model = 5", r"transformer.model must be a table, got 5"),
        ("settings.7.model.num_heads = 3", r"embeddings' width 128, got 3 \* 32"),
        ("settings = 3", "settings must be a table, got 3"),
    ],
)
def test_what_is_wrong_in_a_settings_own_numbers_is_said(tmp_path, own, message):
    with pytest.raises(UserError, match=message):
        load_preset(written(tmp_path, f"{own}\n{COMPACT.partition('# Four layers')[0]}"))


def test_the_papers_bert_is_frozen_in_its_first_epoch():
    how = load_preset("paper").network("8").training

    assert [how.freezes(epoch) for epoch in range(1, how.epochs + 1)] == [True, False]
    assert not load_preset("compact").network("7").training.freezes(1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("warm_up", "warmup", "unknown key in .*training 'warmup': did you mean 'warm_up'"),
        ("[tfidf.model]", "[tfidf.modell]", "unknown key in .*tfidf 'modell': did you mean 'model'"),
        ("epochs = 8", "epochs = 0", "epochs must be at least 1, got 0"),
        ("epochs = 8", "epochs = 8.5", "training.epochs must be a whole number, got 8.5"),
        ("hidden = 128", "", "model lacks hidden"),
        ('schedule = "linear"', 'schedule = "linaer"', "'linaer': did you mean 'linear'"),
        ("learned = false", "learned = 0", "embeddings.learned must be true or false, got 0"),
        ("width = 128", "width = 64", "must be the embeddings' width 64, got 4 \\* 32"),
        ("learning_rate = 1e-3", "learning_rate = -1.0", "learning_rate must be above 0"),
        ("inverse_penalty = 4.0", "inverse_penalty = 0", "inverse_penalty must be above 0"),
        ("[embeddings]", "[embeddings", "cannot be read"),
    ],
)
def test_what_is_wrong_in_a_preset_is_said(tmp_path, old, new, message):
    assert old in COMPACT
    with pytest.raises(UserError, match=message):
        load_preset(written(tmp_path, COMPACT.replace(old, new)))


def test_presets_that_are_not_there():
    with pytest.raises(UserError, match="unknown preset 'compcat': did you mean 'compact'"):
        load_preset("compcat")
    with pytest.raises(UserError, match=r"preset 'nowhere\.toml' does not exist"):
        load_preset("nowhere.toml")
