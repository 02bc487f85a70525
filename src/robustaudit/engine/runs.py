"""Finished runs as their folders hold them, and which models of them are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known
from robustaudit.engine.answers import NEEDED, answered
from robustaudit.engine.labels import written_labels
from robustaudit.engine.result import Result
from robustaudit.engine.stored import open_run

_TEXTS = ("clean_text", "perturbed_text")


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A finished run as its folder holds it; of its trials those that were answered."""

    folder: Path
    result: Result
    trials: pa.Table

    @property
    def models(self) -> list[str]:
        return [model["name"] for model in self.result.plan["models"]]

    @property
    def data(self) -> str:
        """The digest of the data."""
        digest: str = self.result.plan["data"]["digest"]
        return digest

    @property
    def labels(self) -> dict[int, str]:
        """The label of each class as the data writes it, where that is no number of the class."""
        return written_labels(self.result.plan)

    @property
    def chose_its_size(self) -> bool:
        """Whether it ended where the answer was known: its figures have no intervals of a fixed size."""
        return bool(self.result.plan.get("until_decided"))

    @property
    def attacks(self) -> dict[str, str]:
        """The names of the attacks by what they mean in full."""
        return {attack["expression"]: attack["name"] for attack in self.result.plan["attacks"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two models: the run it is of, and its name there."""

    run: FinishedRun
    model: str


def read_run(folder: Path) -> FinishedRun:
    """A finished run.

    Raises:
        UserError: the folder holds none.
    """
    run = open_run(folder)
    return FinishedRun(folder, run.finished(), answered(run.trials()).select([*NEEDED, *_TEXTS]))


def sides(runs: Sequence[FinishedRun], models: Sequence[str] | None = None) -> list[tuple[Side, Side]]:
    """Which models are compared: the two that are named, the two of one run, or those that two runs share.

    Raises:
        UserError: that says not which.
    """
    first, second = runs[0], runs[-1]
    if models is not None:
        if len(models) != 2:  # noqa: PLR2004
            raise UserError(f"models must be two, such as 1,4, got {','.join(models)!r}")
        for run, model in zip((first, second), models, strict=True):
            check_known(f"model of run {run.folder.name!r}", model, run.models)
        pairs = [(models[0], models[1])]
    elif len(runs) == 1:
        if len(first.models) != 2:  # noqa: PLR2004
            raise UserError(
                "one run is compared by two of its models, with --models: "
                f"run {first.folder.name!r} has {', '.join(first.models)}"
            )
        pairs = [(first.models[0], first.models[1])]
    elif len(first.models) == len(second.models) == 1:
        pairs = [(first.models[0], second.models[0])]
    else:
        pairs = [(model, model) for model in first.models if model in second.models]
    if not pairs:
        raise UserError(
            f"the runs share no model: give --models, one of {', '.join(first.models)} "
            f"and one of {', '.join(second.models)}"
        )
    return [(Side(run=first, model=a), Side(run=second, model=b)) for a, b in pairs]
