"""Runs read back from their folders, without the data and models that made them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import option
from robustaudit.models import Form
from robustaudit.runs.integrity import Damage, DamagedRunError, inspect, read_kept
from robustaudit.runs.manifest import NAME as MANIFEST
from robustaudit.runs.manifest import SLICES, Manifest, read_manifest
from robustaudit.runs.plan_record import PlanRecord, find_model
from robustaudit.runs.planned_labels import written_labels
from robustaudit.runs.result import Result
from robustaudit.runs.slices import MEMBERSHIPS
from robustaudit.runs.trials_table import table_from, trials_of
from robustaudit.statistics.outcomes import with_predictions

Shards: TypeAlias = Callable[[], Iterable[pa.Table]]
"""Gives the trials of a run, shard by shard, as often as it is called."""


def latest_run(parent: Path) -> Path:
    """The folder in `parent` of the run that finished last.

    Raises:
        UserError: there is none.
    """
    ended = []
    for manifest in parent.glob(f"*/{MANIFEST}"):
        try:
            turn = read_manifest(manifest.read_bytes()).turn
        except (OSError, UserError):  # whoever names that run is told
            continue
        if turn and turn.status == "finished":
            ended.append((turn.at, manifest.parent))
    if not ended:
        raise UserError(f"folder {str(parent)!r} holds no finished run: give the folder of one")
    return max(ended)[1]


@dataclass(frozen=True, slots=True)
class StoredRun:
    """An intact run; docs/results-format.md explains each key and column.

    `result` is None if the run is not finished. `passed_over` are the faults of files that the reader is
    about to create again.
    """

    folder: Path
    planned: PlanRecord
    result: Result | None
    manifest: Manifest = field(repr=False)
    passed_over: tuple[Damage, ...] = ()

    @property
    def plan(self) -> Mapping[str, Any]:
        """The plan as `plan.json` has it."""
        return self.planned.as_json()

    @property
    def forms(self) -> dict[str, Form | None]:
        """The form that each model is in, by its shards."""
        units = (kept.unit for kept in self.manifest.files.values() if kept.unit)
        return {unit.model: unit.form for unit in units}

    @property
    def ended(self) -> datetime:
        """When it came to its latest status."""
        turn = self.manifest.turn
        return turn.at if turn else datetime.fromtimestamp(0, tz=UTC)

    def finished(self) -> Result:
        """The result.

        Raises:
            UserError: the run is not finished.
        """
        if self.result is None:
            raise UserError(f"run {str(self.folder)!r} is not finished: run its command again to resume")
        return self.result

    def shards(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The trials that are finished, or some columns of them, shard by shard, sorted by name.

        Raises:
            UserError: a shard has a checksum mismatch, or not one of its unit.
        """
        for path in sorted(self.manifest.files):
            if self.manifest.files[path].unit and (self.folder / path).exists():
                shard = self.shard(path).replace_schema_metadata(None)
                yield shard if columns is None else shard.select(columns)

    def shard(self, path: str) -> pa.Table:
        """The trials of one shard.

        Raises:
            UserError: it has a checksum mismatch, or not one of its unit.
        """
        kept, plan = self.manifest.files[path], self.manifest.begun.plan
        if kept.unit is None:
            raise UserError(f"{path!r} is no shard")
        data = read_kept(self.folder, kept)
        return trials_of(data, kept.unit, self.planned.layout, plan=plan, where=str(self.folder / path))

    def trials(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All trials that are finished, or some columns of them; `shards` gives them one part at a time.

        Raises:
            UserError: there is none, or a shard has a checksum mismatch.
        """
        shards = list(self.shards(columns))
        if not shards:
            raise UserError(
                f"run {str(self.folder)!r} has no finished trials: run its command again to resume"
            )
        return pa.concat_tables(shards)

    def slices(self) -> pa.Table:
        """The values of each example in the columns of slices: `example`, `column`, `value`."""
        data = self.read(SLICES)
        if data is None:
            return MEMBERSHIPS.empty_table()
        return table_from(data, MEMBERSHIPS, where=str(self.folder / SLICES))

    def read(self, path: str) -> bytes | None:
        """A file as it was written; None where the run has none.

        Raises:
            UserError: it is another now.
        """
        kept = self.manifest.files.get(path)
        return None if kept is None else read_kept(self.folder, kept)


def open_run(folder: Path, *, anew: Sequence[str] = ()) -> StoredRun:
    """The run in a folder, every file of which has its checksum; `anew` are files that are not needed.

    Raises:
        UserError: there is no such folder, no run in it, or one that is damaged.
    """
    found = inspect(folder)
    passed_over = tuple(damage for damage in found.damages if damage.path in anew)
    damages = [damage for damage in found.damages if damage.path not in anew]
    if damages or found.plan is None:
        raise DamagedRunError(folder, damages)
    return StoredRun(folder, found.plan, found.result, found.manifest, passed_over)


def read_result(folder: Path) -> Result:
    """The result of a finished run, from its folder.

    Raises:
        UserError: there is none, or it is damaged.
    """
    return open_run(folder).finished()


_COMPARED = (
    "model",
    "attack",
    "example",
    "group",
    "draw",
    "label",
    "changed",
    "clean_prediction",
    "perturbed_prediction",
)
_TEXTS = ("clean_text", "perturbed_text")


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A finished run as its folder holds it, with what is compared of the trials that have predictions.

    Texts may be digests, as all that counts is whether they are the same.
    """

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
    def is_sequential(self) -> bool:
        """Whether its size follows from a sequential test: its figures have no intervals of a fixed size."""
        return bool(self.result.plan.get("until_decided"))

    @property
    def attacks(self) -> dict[str, str]:
        """The names of the attacks by what they mean in full."""
        return {attack["expression"]: attack["name"] for attack in self.result.plan["attacks"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedModel:
    """One of two models: the run it is of, and its name there."""

    run: FinishedRun
    model: str


def read_run(folder: Path) -> FinishedRun:
    """A finished run.

    Raises:
        UserError: the folder holds none.
    """
    run = open_run(folder)
    shards = [_compared(with_predictions(shard)) for shard in run.shards()]
    return FinishedRun(folder, run.finished(), pa.concat_tables(shards))


def _compared(trials: pa.Table) -> pa.Table:
    """What is compared of trials, with digests of their texts."""
    found = trials.select(_COMPARED)
    for name in _TEXTS:
        digests = [blake2b(str(text).encode(), digest_size=16).digest() for text in trials[name].to_pylist()]
        found = found.append_column(name, pa.array(digests, pa.binary(16)))
    return found


def models_to_compare(
    runs: Sequence[FinishedRun], models: Sequence[str] | None = None
) -> list[tuple[ComparedModel, ComparedModel]]:
    """The pairs of models to compare: two that are named, the two of one run, or those that two runs share.

    Raises:
        UserError: this does not determine them.
    """
    first, second = runs[0], runs[-1]
    if models is not None:
        if len(models) != 2:  # noqa: PLR2004
            raise UserError(f"models must be two, such as 1,4, got {','.join(models)!r}")
        named = [
            find_model(model, run.result.plan["models"], these=f"run {run.folder.name!r} has")
            for run, model in zip((first, second), models, strict=True)
        ]
        pairs = [(named[0], named[1])]
    elif len(runs) == 1:
        if len(first.models) != 2:  # noqa: PLR2004
            raise UserError(
                f"one run is compared by two of its models, with {option('models')}: "
                f"run {first.folder.name!r} has {', '.join(first.models)}"
            )
        pairs = [(first.models[0], first.models[1])]
    elif len(first.models) == len(second.models) == 1:
        pairs = [(first.models[0], second.models[0])]
    else:
        pairs = [(model, model) for model in first.models if model in second.models]
    if not pairs:
        raise UserError(
            f"the runs share no model: give {option('models')}, one of {', '.join(first.models)} "
            f"and one of {', '.join(second.models)}"
        )
    if len(runs) == 1 and (same := [a for a, b in pairs if a == b]):
        raise UserError(
            f"model {same[0]!r} of run {first.folder.name!r} would be compared with itself: "
            "give another model, or another run"
        )
    return [(ComparedModel(run=first, model=a), ComparedModel(run=second, model=b)) for a, b in pairs]
