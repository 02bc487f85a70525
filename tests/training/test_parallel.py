"""Trainings in processes of their own."""

import multiprocessing
import signal
from dataclasses import replace
from functools import partial
from typing import Any

import psutil
import pytest

from failing_trainings import die, fail
from robustaudit.core.errors import UserError, WorkerDied
from robustaudit.models import resolve
from robustaudit.training import parallel as module
from robustaudit.training.hardware import Hardware
from robustaudit.training.parallel import count_jobs, run_in_parallel
from robustaudit.training.train import train
from robustaudit.training.training_events import EpochDone, ModelEvent, ModelSaved, ModelStarted, TableReady


def test_models_side_by_side_are_those_that_are_trained_alone(tiny, small, tmp_path):
    events: list[Any] = []
    cards = train(
        ["4", "tfidf", "5"],
        dataset=tiny,
        preset=small,
        output=tmp_path / "both",
        jobs=2,
        listener=events.append,
    )
    for name in ("4", "5"):
        train([name], dataset=tiny, preset=small, output=tmp_path / "alone")

    assert [card.name for card in cards] == ["4", "tfidf", "5"]
    for name in ("4", "5"):
        assert (
            resolve(name, folder=tmp_path / "both").digest == resolve(name, folder=tmp_path / "alone").digest
        )
    assert sum(isinstance(event, TableReady) for event in events) == 1
    assert {event.name for event in events if isinstance(event, ModelStarted)} == {"4", "tfidf", "5"}
    assert {event.card.name for event in events if isinstance(event, ModelSaved)} == {"4", "tfidf", "5"}
    epochs = [e.name for e in events if isinstance(e, ModelEvent) and isinstance(e.event, EpochDone)]
    assert sorted(epochs) == ["4", "4", "5", "5"]


@pytest.mark.parametrize("error", [UserError("it diverged"), ZeroDivisionError("a defect")])
def test_what_one_raises_is_raised_here_and_stops_the_others(error):
    with pytest.raises(type(error), match=str(error)) as raised:
        run_in_parallel(["1", "2"], partial(fail, how=error), jobs=2, listener=lambda _: None)

    assert not multiprocessing.active_children()
    if not isinstance(error, UserError):
        assert "in the process that trained model 2:\nTraceback" in raised.value.__notes__[0]


def test_an_interruption_here_stops_all():
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in_parallel(["1", "3"], partial(fail, how=UserError()), jobs=2, listener=interrupt)

    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("number", "how"),
    [
        (
            signal.SIGKILL,
            "SIGKILL when it trained model 1: memory may have run out; --jobs 1 takes less of it",
        ),
        (signal.SIGTERM, "SIGTERM when it trained model 1"),
    ],
)
def test_a_process_killed_from_outside_is_one_clear_line(number, how):
    with pytest.raises(WorkerDied, match=f"^the process was killed by {how}$"):
        run_in_parallel(["1"], partial(die, signal_number=number), jobs=1, listener=lambda _: None)


@pytest.mark.parametrize(
    ("machine", "models", "device", "jobs"),
    [
        ((8, 64), 3, "cpu", 3),
        ((2, 64), 8, "cpu", 2),
        ((8, 7), 8, "cpu", 2),
        ((8, 1), 8, "cpu", 1),
        ((8, 64), 8, "cuda", 1),
    ],
)
def test_how_many_at_once(monkeypatch, machine, models, device, jobs):
    cores, gigabytes = machine
    memory = psutil.virtual_memory()._replace(available=gigabytes * 2**30)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(module, "usable_cores", lambda: cores)

    assert count_jobs(models, replace(Hardware(), device=device)) == jobs
