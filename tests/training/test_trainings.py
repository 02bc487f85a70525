import pytest

from robustaudit.core.errors import UserError
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training


def test_every_trained_network_is_read_in_the_order_of_the_settings(tmp_path):
    for name in ("7", "1"):
        write_training(Course(name=name), tmp_path)

    assert [training.name for training in read_trainings(None, folder=tmp_path)] == ["1", "7"]


def test_those_named_are_read_once_each_in_the_order_named(tmp_path):
    for name in ("1", "4", "7"):
        write_training(Course(name=name), tmp_path)

    assert [training.name for training in read_trainings(["7", "1", "7"], folder=tmp_path)] == ["7", "1"]


def test_what_several_models_share_is_not_counted_as_their_own(tmp_path):
    write_training(Course(), tmp_path)
    (training,) = read_trainings(None, folder=tmp_path)

    assert training.shared_bytes == 5_000_000
    assert 1_000_000 < training.own_bytes < 1_100_000


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (None, "no trained network in"),
        (["9"], "unknown model '9'"),
        (["4"], "no weights for model '4'"),
        (["tfidf"], "model 'tfidf' is fitted at once: it has no training curves"),
    ],
)
def test_what_is_not_there_is_one_clear_line(tmp_path, names, message):
    with pytest.raises(UserError, match=message):
        read_trainings(names, folder=tmp_path)
