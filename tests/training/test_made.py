import pytest

from robustaudit.models.training_history import Epoch
from robustaudit.training.fitted_model import FittedModel


@pytest.mark.parametrize(("accuracies", "best"), [((), 0), ((0.5, 0.8, 0.7), 2), ((0.6, 0.8, 0.8), 2)])
def test_the_best_epoch_is_the_first_of_the_most_accurate(accuracies, best):
    epochs = tuple(
        Epoch(
            epoch=epoch,
            train_loss=0.0,
            validation_loss=0.0,
            validation_accuracy=accuracy,
            validation_f1=0.0,
            seconds=0.0,
            evaluation_seconds=0.0,
            peak_rss_bytes=0,
            gpu_bytes=None,
            gpu_peak_bytes=None,
        )
        for epoch, accuracy in enumerate(accuracies, start=1)
    )
    made = FittedModel(
        classifier=None, parameters=0, model={}, training={}, files={}, library="torch", epochs=epochs
    )

    assert made.best_epoch == best
