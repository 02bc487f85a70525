import pytest

from robustaudit.core.errors import UserError
from robustaudit.training.preset import load_preset


def test_any_number_of_a_preset_can_be_set():
    preset = load_preset(
        "compact",
        changes=(
            "lstm.training.epochs=3",
            "transformer.model.dropout = 0.1",
            "lstm.training.learning_rate=1e-4",
            "lstm.model.pooling=mean",
            "embeddings.learned=true",
        ),
    )

    assert preset.lstm.training.epochs == 3
    assert preset.transformer.model.dropout == 0.1
    assert preset.lstm.training.learning_rate == 1e-4
    assert preset.lstm.model.pooling == "mean"
    assert preset.embeddings.learned is True
    assert preset.transformer.training == load_preset("compact").transformer.training


def test_the_last_of_two_settings_of_one_number_holds():
    changes = ("lstm.training.epochs=3", "lstm.training.epochs=5")

    assert load_preset("compact", changes=changes).lstm.training.epochs == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("lstm.training.epoch=3", "'lstm.training.epoch': did you mean 'lstm.training.epochs'"),
        ("lstm.training=3", "unknown preset value 'lstm.training'"),
        ("name=mine", "unknown preset value 'name'"),
        ("lstm.training.epochs", "set must be NAME=VALUE, such as lstm.training.epochs=3, got"),
        ("lstm.training.epochs=", "set must be NAME=VALUE"),
        ("lstm.training.epochs=many", "lstm.training.epochs must be a whole number, got 'many'"),
        ("lstm.training.epochs=0", "epochs must be at least 1, got 0"),
        ("lstm.model.pooling=maen", "'maen': did you mean 'mean'"),
        ("embeddings.learned=maybe", "embeddings.learned must be true or false, got 'maybe'"),
        ("transformer.model.head_size=16", "must be the embeddings' width 128, got 4"),
    ],
)
def test_what_cannot_be_set_is_said(change, message):
    with pytest.raises(UserError, match=message):
        load_preset("compact", changes=(change,))
