import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robustaudit.core.errors import UserError
from robustaudit.models.training_history import (
    Step,
    TrainingHistory,
    ValidationPredictions,
    read_history,
    read_validation,
    write_history,
    write_validation,
)
from trainings import epoch

EPOCH = epoch()
HISTORY = TrainingHistory(
    steps=(
        Step(step=1, epoch=1, train_loss=0.7),
        Step(step=9, epoch=1, train_loss=0.6),
        Step(step=11, epoch=2, train_loss=0.5),
    ),
    epochs=(EPOCH, epoch(2, gpu_bytes=7, gpu_peak_bytes=8)),
)
ANSWERS = ValidationPredictions(
    examples=("12_3", "é"),
    groups=("12", "é"),
    labels=np.array([0, 1]),
    predictions=np.array([1, 1]),
    probabilities=np.array([0.25, 0.75], dtype=np.float32),
)


def test_a_history_reads_back_as_it_was_written(tmp_path):
    write_history(HISTORY, tmp_path)

    assert read_history(tmp_path) == HISTORY


def test_each_line_is_a_step_or_an_epoch_in_the_order_they_came(tmp_path):
    write_history(HISTORY, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]

    assert [(line["kind"], line["epoch"]) for line in lines] == [
        ("step", 1),
        ("step", 1),
        ("epoch", 1),
        ("step", 2),
        ("epoch", 2),
    ]
    assert lines[0] == {"kind": "step", "step": 1, "epoch": 1, "train_loss": 0.7}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no epoch"),
        ('{"kind": "step", "step": 1, "epoch": 1, "train_loss": 0.7}', "holds no epoch"),
        ('{"kind": "epoch", "epo', r"history\.jsonl', line 1 is not JSON: it is truncated or corrupt"),
        ('{"epoch": 1, "train_loss": 0.5}', "line 1 has no kind"),
        ("[1]", "line 1 has no kind"),
        ('{"kind": "epok", "epoch": 1}', "unknown kind in .* 'epok': did you mean 'epoch'"),
        ('{"kind": "step", "step": 1, "epoch": 1}', "line 1 lacks train_loss"),
        ('{"kind": "step", "step": "1", "epoch": 1, "train_loss": 1}', "step must be a whole number"),
    ],
)
def test_a_malformed_history_is_one_clear_line(tmp_path, content, message):
    (tmp_path / "history.jsonl").write_text(content)

    with pytest.raises(UserError, match=message):
        read_history(tmp_path)


def test_answers_read_back_as_they_were_written(tmp_path):
    write_validation(ANSWERS, tmp_path)
    read = read_validation(tmp_path)

    assert (read.examples, read.groups) == (ANSWERS.examples, ANSWERS.groups)
    for name in ("labels", "predictions", "probabilities"):
        written, there = getattr(ANSWERS, name), getattr(read, name)
        assert there.dtype == written.dtype
        np.testing.assert_array_equal(there, written)


def test_malformed_answers_are_one_clear_line(tmp_path):
    write_validation(ANSWERS, tmp_path)
    path = tmp_path / "validation.parquet"

    pq.write_table(pq.read_table(path).drop_columns(["group"]), path)
    with pytest.raises(
        UserError,
        match=r"must have the columns example \(string\), group .* retrain the model",
    ):
        read_validation(tmp_path)

    pq.write_table(pa.table({"example": [None, "b"]}), path)
    with pytest.raises(UserError, match="must have the columns"):
        read_validation(tmp_path)

    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(UserError, match="truncated or corrupt"):
        read_validation(tmp_path)


def test_files_that_are_not_there_say_what_writes_them(tmp_path):
    for read in (read_history, read_validation):
        with pytest.raises(UserError, match=r"is not there: retrain the model"):
            read(tmp_path)
