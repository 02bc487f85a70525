import pytest

from robustaudit.training.fitted_model import FittedModel
from trainings import epoch


@pytest.mark.parametrize(("accuracies", "best"), [((), 0), ((0.5, 0.8, 0.7), 2), ((0.6, 0.8, 0.8), 2)])
def test_the_best_epoch_is_the_first_of_the_most_accurate(accuracies, best):
    epochs = tuple(
        epoch(number, validation_accuracy=accuracy) for number, accuracy in enumerate(accuracies, start=1)
    )
    made = FittedModel(
        classifier=None, parameters=0, model={}, training={}, files={}, library="torch", epochs=epochs
    )

    assert made.best_epoch == best
