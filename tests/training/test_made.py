import pytest

from robustaudit.training.events import EpochDone
from robustaudit.training.made import Made


@pytest.mark.parametrize(("accuracies", "best"), [((), 0), ((0.5, 0.8, 0.7), 2), ((0.6, 0.8, 0.8), 2)])
def test_the_best_epoch_is_the_first_of_the_most_accurate(accuracies, best):
    history = tuple(
        EpochDone(
            epoch=epoch,
            train_loss=0.0,
            validation_loss=0.0,
            validation_accuracy=accuracy,
            validation_f1=0.0,
            seconds=0.0,
        )
        for epoch, accuracy in enumerate(accuracies, start=1)
    )
    made = Made(
        classifier=None, parameters=0, model={}, training={}, files={}, library="torch", history=history
    )

    assert made.best_epoch == best
