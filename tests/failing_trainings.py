"""What goes wrong in a training of a process of its own, which imports this file and no more."""

import os
import signal
from typing import Any

from robustaudit.training.training_events import ModelStarted


def fail(name: str, listener: Any, *, how: Exception) -> None:
    listener(ModelStarted(name=name, title="", steps=1))
    if name == "2":
        raise how
    signal.pause()  # until it is stopped


def die(_: str, __: Any, *, signal_number: int) -> None:
    os.kill(os.getpid(), signal_number)
