"""Stand-ins for models: as fast as a look at the letters, and wrong in known ways."""

import copy
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import parent_process
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustaudit.models import Classifier, Form, KnownAccuracy, ModelFile
from robustaudit.runs.events import Listener
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.work_units import Finished, InProcess, Work


class LetterCounter:
    """Says 1 where a text has an even number of `e`s, and remembers what it was asked."""

    labels: tuple[str, ...] = ("negative", "positive")
    preferred_batch_size: int | None = None

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        self.asked.append(list(texts))
        positive = np.array([0.9 if text.count("e") % 2 == 0 else 0.2 for text in texts])
        return np.stack([1 - positive, positive], axis=1)


class InTwoForms(LetterCounter):
    """A letter counter that is off in bf16, and takes some texts for the other class."""

    def __init__(self, off: float = 0.004, others: str = "") -> None:
        super().__init__()
        self.form: Form = "fp32"
        self.off, self.others = off, others
        self.asked_in: list[Form] = []

    def in_form(self, form: Form) -> Classifier:
        made = copy.copy(self)
        made.form = form
        return made

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        self.asked_in += [self.form] * len(texts)
        answer = super().predict(texts)
        if self.form == "bf16":
            answer += np.array([-self.off, self.off])
            other = [bool(self.others) and text.count(self.others) > 1 for text in texts]
            answer[other] = answer[other, ::-1]
        return answer


@dataclass
class FakeSource:
    """A model that is always there."""

    name: str = "fake"
    title: str = "counts letters"
    labels: tuple[str, ...] = ("negative", "positive")
    digest: str = "d1"
    accuracy: KnownAccuracy | None = None
    uri: str | None = None
    make: Callable[[], Classifier] = LetterCounter
    loaded: list[Classifier] = field(default_factory=list)
    has_bf16: bool = False
    files: tuple[ModelFile, ...] = ()

    def load(self) -> Classifier:
        self.loaded.append(self.make())
        return self.loaded[-1]


class DiesInAnotherProcess(LetterCounter):
    """A model that is killed while it answers, but only in a process that the tests started."""

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        if parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().predict(texts)


class FailsInAnotherProcess(LetterCounter):
    """A model whose answer cannot be had in a process that the tests started."""

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        if parent_process() is not None:
            raise RuntimeError("out of order")
        return super().predict(texts)


class Backwards(InProcess):
    """An executor that finishes the last unit first."""

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished:
        return super().run(units[::-1], work, listener)
