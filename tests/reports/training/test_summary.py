from robustaudit.training.model_comparison import recommend, summarise
from trainings import Course

FAST = Course(name="1", accuracy=(0.7, 0.82, 0.8), wrong=range(18), seconds=5)
GOOD = Course(name="4", accuracy=(0.7, 0.8, 0.86), wrong=range(14), seconds=9)
POOR = Course(name="7", accuracy=(0.5, 0.5, 0.5), wrong=range(50), seconds=7)


def test_losses_are_the_last_accuracy_and_f1_the_best_epochs(told):
    (row,) = summarise(told(FAST))

    assert (row.last_train_loss, row.last_validation_loss) == (0.35, 0.42)
    assert (row.best_epoch, row.best_validation_accuracy, row.validation_f1) == (2, 0.82, 0.82 - 0.01)


def test_evaluation_is_not_counted_as_training(told):
    (row,) = summarise(told(FAST))

    assert (row.train_seconds, row.evaluation_seconds) == (13.5, 1.5)


def test_the_fastest_and_the_best_are_marked(told):
    rows = summarise(told(FAST, GOOD, POOR))

    assert [row.model for row in rows if row.is_fastest] == ["1"]
    assert [row.model for row in rows if row.is_best] == ["4"]


def test_the_choice_names_those_that_are_not_shown_to_be_less_accurate(told):
    choice = recommend(told(FAST, GOOD, POOR))

    assert (choice.fastest, choice.best) == ("1", "4")
    assert [rival.model for rival in choice.rivals] == ["1"]


def test_a_model_alone_is_neither_fastest_nor_best(told):
    trainings = told(FAST)

    assert recommend(trainings) is None
    assert not any(row.is_fastest or row.is_best for row in summarise(trainings))


def test_models_asked_different_examples_are_not_ranked(told):
    trainings = told(FAST, Course(name="4", prefix="other"))

    assert recommend(trainings) is None
    assert not any(row.is_fastest or row.is_best for row in summarise(trainings))
