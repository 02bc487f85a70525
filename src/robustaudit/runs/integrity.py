"""Integrity of a run's folder: all that was written is there, unchanged, and nothing else."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice, product
from pathlib import Path

from robustaudit.core.documents import parse_json_object, read_bounded
from robustaudit.core.errors import UserError
from robustaudit.core.files import digest_of, is_file, is_folder
from robustaudit.core.spelling import option
from robustaudit.runs.manifest import (
    NAME,
    PLAN,
    RESULT,
    SLICES,
    TRIALS_FOLDER,
    VERDICT,
    FileRecord,
    Manifest,
    read_manifest,
    shard_named,
    shard_path,
)
from robustaudit.runs.plan_record import MOST_TRIALS, PlanRecord
from robustaudit.runs.result import Result, Row, Slice, parse_result
from robustaudit.runs.slices import TEXT_LENGTHS, TRUE_LABEL
from robustaudit.statistics.measures import Estimate, Measures

_LENGTHS = re.compile(r"\d{1,9}–\d{1,9}")


def find_implausible(result: Result, plan: PlanRecord) -> str | None:
    """A finding that no run of the plan can have, in words after the file's name; None if there is none."""
    if result.plan != plan.as_json():
        return "has another plan"
    layout = plan.layout
    cells = list(product(layout.models, layout.attacks))
    if [(row.model, row.attack) for row in result.rows] != cells or any(row.slice for row in result.rows):
        return "has rows of other models or attacks"
    found = (_misfit(row, plan, set(cells)) for row in (*result.rows, *result.slices))
    return next((wrong for wrong in found if wrong), None)


def _misfit(row: Row, plan: PlanRecord, cells: set[tuple[str, str]]) -> str | None:
    of = f"of model {row.model!r} under {row.attack!r}"
    if (row.model, row.attack) not in cells:
        return "has rows of other models or attacks"
    if row.slice and not _can_be(row.slice, plan):
        return f"has a slice of {row.slice.column!r} with the value {row.slice.value!r}"
    if not 0 <= row.trials_changed <= row.trials <= plan.trials or not 0 <= row.skipped <= row.trials:
        return f"has more trials than its plan, {of}"
    if any(abs(number) > MOST_TRIALS for number in _numbers(row)):
        return f"has a figure that is none, {of}"
    return None


def _can_be(part: Slice, plan: PlanRecord) -> bool:
    """Whether examples can have that value in the slice's column; columns of the data have any values."""
    if part.column in plan.slices:
        return True
    if part.column == TRUE_LABEL:
        return part.value in map(plan.classes.name, range(len(plan.class_names)))
    return part.column in TEXT_LENGTHS and _LENGTHS.fullmatch(part.value) is not None


def _numbers(row: Row) -> Iterator[float]:
    """All figures of a row."""
    measured = (
        getattr(each, field.name) for each in (row.on_changed, row.on_all) for field in fields(Measures)
    )
    curves = (each.accuracy for curve in (row.worst_of_k, row.worst_of_k_all) for each in curve)
    for estimate in (*measured, *curves):
        if isinstance(estimate, Estimate):
            yield from (each for each in (estimate.value, estimate.low, estimate.high) if each is not None)
    yield from (row.examples, row.examples_changed, row.groups_changed, row.flips)


MOST_BYTES = {PLAN: 2**26, RESULT: 2**30, VERDICT: 2**28, SLICES: 2**32}
"""Limits that no run exceeds; the limit of a shard is its size in the manifest."""

_MOST_MANIFEST = 2**32
_MOST_DAMAGES = 1000  # that are looked for: a forged plan may lack any number of units

_AGAIN = "run the command that made the run again: what is damaged is set aside and recreated"
_JUDGE = "`robustaudit gate` creates it again"


@dataclass(frozen=True, slots=True)
class Damage:
    """A file of a run that is not as it should be, or `of_earlier_version`, which this one does not read."""

    path: str
    what: str
    of_earlier_version: bool = False

    @property
    def mend(self) -> str:
        """How to repair it."""
        if self.path == VERDICT:
            return _JUDGE
        elsewhere = f"the command that made the run creates it again with another {option('output')}"
        return elsewhere if self.of_earlier_version else _AGAIN

    def __str__(self) -> str:
        return f"{self.path} {self.what}: {self.mend}"


class DamagedRunError(UserError):
    """A run that is incomplete or has a checksum mismatch."""

    def __init__(self, folder: Path, damages: Sequence[Damage]) -> None:
        self.damages = tuple(damages)
        more = f" ({len(damages) - 1} more: `robustaudit check` lists them)" if damages[1:] else ""
        super().__init__(f"run {str(folder)!r} is damaged: {damages[0]}{more}")


@dataclass(frozen=True, slots=True)
class Inspection:
    """A run's folder as it was found.

    Without a plan or result where there is none that can be read; a run that is not finished has no result.
    `undone` takes back the manifest's last line, if its file did not appear before the run ended.
    """

    folder: Path
    manifest: Manifest
    plan: PlanRecord | None
    result: Result | None
    damages: tuple[Damage, ...]
    undone: FileRecord | None = None


def inspect(folder: Path, *, plan: PlanRecord | None = None) -> Inspection:
    """Look at every byte of a run's files, but of shards only at whether they are as they were written.

    Their units are those of `plan` where it is given, else of the plan that is stored.

    Raises:
        UserError: it holds no run.
        DamagedRunError: nothing can be read of its manifest.
    """
    if not is_folder(folder):
        raise UserError(f"run {str(folder)!r} does not exist: give a run's folder, such as reports/tiny-…")
    manifest = manifest_of(folder)
    if undone := _undone(folder, manifest):
        others = {path: kept for path, kept in manifest.files.items() if path != undone.path}
        manifest = replace(manifest, files=others | ({undone.path: undone} if undone.sha256 else {}))
    stored = result = None
    # To a finished run a verdict may be added: where that was cut short, the run lacks nothing.
    complete = manifest.torn and is_finished(manifest)
    damages = [Damage(NAME, manifest.damage)] if manifest.damage and not complete else []
    damages += _altered(folder, manifest)
    altered = {damage.path for damage in damages}
    if PLAN not in altered and (plan is None or PLAN in manifest.files):  # it may have just begun
        try:
            stored = _plan_of(folder, manifest)
        except UserError as error:
            what = f"is not the plan of this run, or of another version ({error})"
            damages.append(Damage(PLAN, what, of_earlier_version=True))
    if known := plan or stored:
        damages += islice(_unfit_units(manifest, known), _MOST_DAMAGES)
    if stored and is_finished(manifest) and RESULT not in altered:
        try:
            result = _result_of(folder, manifest, stored)
        except UserError as error:
            damages.append(Damage(RESULT, f"is not the result of this run ({error})"))
    return Inspection(folder, manifest, stored, result, tuple(damages), undone)


def is_finished(manifest: Manifest) -> bool:
    """Whether the run has ended, and was not started again since."""
    return manifest.turn is not None and manifest.turn.status == "finished"


def read_kept(folder: Path, kept: FileRecord) -> bytes:
    """A file as it was written.

    Raises:
        UserError: it is another now.
    """
    data = read_bounded(folder / kept.path, "file", most=MOST_BYTES.get(kept.path, kept.size))
    if digest_of(data) != kept.sha256:
        raise UserError(f"{str(folder / kept.path)!r} has a checksum mismatch: {_AGAIN}")
    return data


def manifest_of(folder: Path) -> Manifest:
    """The manifest of a run's folder.

    Raises:
        UserError: it holds no run.
        DamagedRunError: it has none, or one of which nothing can be read.
    """
    if not os.path.lexists(folder / NAME):
        if not os.path.lexists(folder / PLAN):
            raise UserError(f"folder {str(folder)!r} holds no run: it has no {PLAN}")
        raise DamagedRunError(folder, [_without_manifest(folder)])
    try:
        return read_manifest(read_bounded(folder / NAME, "manifest", most=_MOST_MANIFEST))
    except UserError as error:
        raise DamagedRunError(folder, [Damage(NAME, f"cannot be read ({error})")]) from error


def _without_manifest(folder: Path) -> Damage:
    try:
        read_plan(read_bounded(folder / PLAN, "plan", most=MOST_BYTES[PLAN]), where=str(folder / PLAN))
    except UserError:
        return Damage(NAME, "is missing: an earlier version made the run", of_earlier_version=True)
    return Damage(NAME, "is missing")


def _undone(folder: Path, manifest: Manifest) -> FileRecord | None:
    """What to write into the manifest of a run that ended before the file of its last line appeared.

    A new file is missing, or the file that it was to replace is there. The verdict of a finished run is told
    apart from one that was deleted only in the second case.
    """
    kept = manifest.files.get(manifest.latest or "")
    if kept is None:
        return None
    if os.path.lexists(folder / kept.path):
        before = manifest.replaced
        return before if before and _wrong(folder, kept) and not _wrong(folder, before) else None
    if manifest.replaced or is_finished(manifest):
        return None
    return replace(kept, sha256=None)


def _altered(folder: Path, manifest: Manifest) -> Iterator[Damage]:
    """Files that are not as they were written, that are missing, or that nobody has written."""
    for path, kept in manifest.files.items():
        there = os.path.lexists(folder / path)
        if wrong := _wrong(folder, kept) if there else "is missing":
            yield Damage(path, wrong)
    if os.path.lexists(folder / TRIALS_FOLDER) and not is_folder(folder / TRIALS_FOLDER):
        yield Damage(TRIALS_FOLDER, "is no folder")
    found = [name for name in (PLAN, RESULT, VERDICT, SLICES) if os.path.lexists(folder / name)]
    found += sorted(f"{TRIALS_FOLDER}/{path.name}" for path in (folder / TRIALS_FOLDER).glob("[!.]*.parquet"))
    yield from (Damage(path, "is not of this run") for path in found if path not in manifest.files)


def _wrong(folder: Path, kept: FileRecord) -> str | None:
    """The fault of a file, or None; a file of another size is not read."""
    path = folder / kept.path
    try:
        if is_file(path) and path.stat().st_size != kept.size:
            return "has a checksum mismatch"
        same = digest_of(read_bounded(path, "file", most=kept.size)) == kept.sha256
    except (OSError, UserError) as error:
        return f"cannot be read ({error})"
    return None if same else "has a checksum mismatch"


def _plan_of(folder: Path, manifest: Manifest) -> PlanRecord:
    where = str(folder / PLAN)
    if PLAN not in manifest.files:
        raise UserError(f"{where!r} does not exist")
    plan = read_plan(read_kept(folder, manifest.files[PLAN]), where=where)
    if plan.digest != manifest.begun.plan:
        raise UserError(f"{NAME} belongs to another run")
    return plan


def read_plan(data: bytes, *, where: str) -> PlanRecord:
    """The plan in a file.

    Raises:
        UserError: it is none, or its digest is that of another.
    """
    content = parse_json_object(data, where)
    digest, declared = content.pop("digest", None), content.pop("declared_slices", None)
    plan = PlanRecord.read(content, where=where)
    if digest != plan.digest or not isinstance(declared, list):
        raise UserError(f"{where} is not what its digest says")
    return plan


def _unfit_units(manifest: Manifest, plan: PlanRecord) -> Iterator[Damage]:
    """Shards that are not in the plan, and shards that a finished run lacks."""
    layout, turn = plan.layout, manifest.turn
    until_decided = plan.until_decided is not None
    shards = {path: kept.unit for path, kept in manifest.files.items() if kept.unit}
    used = set(turn.units or ()) if turn and until_decided and is_finished(manifest) else None
    for path, unit in shards.items():
        fits = layout.has(unit) and (until_decided or unit.attacks == layout.attacks)
        if not fits or (used is not None and unit.name not in used):
            yield Damage(path, "is of no unit of the plan")
    if is_finished(manifest):
        needed = map(shard_path, layout.units()) if used is None else (shard_named(name) for name in used)
        yield from (Damage(path, "is missing") for path in needed if path not in shards)


def _result_of(folder: Path, manifest: Manifest, plan: PlanRecord) -> Result:
    where = str(folder / RESULT)
    if RESULT not in manifest.files:
        raise UserError(f"{where!r} does not exist")
    result = parse_result(read_kept(folder, manifest.files[RESULT]), where=where)
    if wrong := find_implausible(result, plan):
        raise UserError(f"{where} {wrong}")
    return result
