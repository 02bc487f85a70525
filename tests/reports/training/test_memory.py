from robustaudit.reports.training_report import memory_of
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training


def remembered(root, course):
    write_training(course, root)
    (training,) = read_trainings(None, folder=root)
    return memory_of(training)


def test_without_a_gpu_there_are_no_figures_of_one(tmp_path):
    memory = remembered(tmp_path, Course())

    assert (memory.gpu_steady, memory.gpu_peak) == (None, None)


def test_a_peak_is_that_of_the_epoch_that_took_most(tmp_path):
    memory = remembered(tmp_path, Course(gpu=True))

    assert memory.ram_peak == 502_000_000
    assert (memory.gpu_steady, memory.gpu_peak) == (2_000_000_000, 3_000_000_000)
