"""Folders of runs as only a stranger makes them: by hand, and yet with a manifest that agrees."""

import json
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from results import CHANGED, planned_model
from robustaudit.core.documents import to_pretty_json
from robustaudit.core.errors import UserError
from robustaudit.runs.manifest import (
    NAME,
    PLAN,
    RESULT,
    VERDICT,
    VERSION,
    FileRecord,
    Journal,
    ManifestHeader,
    StatusChange,
    create_manifest,
    read_manifest,
)
from robustaudit.runs.plan_record import PlanRecord
from robustaudit.runs.result import Result, Row
from robustaudit.runs.trial import TRIALS
from robustaudit.runs.trials_table import shard_of


def model(name: str, digest: str | None = None) -> dict[str, Any]:
    """A model of a plan."""
    digest = digest or f"m{name}"
    return planned_model(
        name, title="a model", digest=digest, labels=["0", "1"], labels_matched_by="name", form=None
    )


MADE: dict[str, Any] = {
    "robustaudit": "0.1.0",
    "data": {
        "name": "reviews",
        "title": "reviews",
        "digest": "d1",
        "path": None,
        "reading": {},
        "classes": [],
        "numbered": True,
        "rows": 100,
        "examples": 100,
        "skipped": 0,
        "duplicates": 0,
        "conflicting_labels": 0,
        "notes": [],
    },
    "examples": 100,
    "trials": 100,
    "seed": 0,
    "segmentation": "characters",
    "on_error": "stop",
    "time_limit": None,
    "minimal": "some",
    "labels": [],
    "class_names": [None, None],
    "models": [model("1"), model("4")],
    "tfidf_baseline": None,
    "attacks": [
        {
            "name": "qwerty",
            "expression": "qwerty@0.3",
            "rates": [0.3],
            "base": None,
            "severity": None,
            "family": None,
        }
    ],
    "slices": [],
    "baseline_model": None,
    "until_decided": None,
}
"""A plan in words and numbers."""


def keep(
    folder: Path,
    plan: dict[str, Any] = MADE,
    *,
    rows: Sequence[Row] | None = None,
    ended: StatusChange | None = None,
) -> None:
    """A finished run of that plan, whose shards hold nothing; rows are alike unless they are given."""
    planned = PlanRecord.read(plan, where="plan")
    if rows is None:
        named = ((model, attack) for model in planned.layout.models for attack in planned.layout.attacks)
        rows = [replace(CHANGED, model=model, attack=attack) for model, attack in named]
    folder.mkdir(parents=True)
    (folder / "trials").mkdir()
    manifest = create_manifest(
        folder / NAME, ManifestHeader(manifest=VERSION, plan=planned.digest, declared_slices=())
    )
    with closing(Journal(folder / NAME, manifest)) as journal:

        def write(path: str, data: bytes, **more: Any) -> None:
            journal.write(FileRecord.of(path, data, **more))
            (folder / path).write_bytes(data)

        write(PLAN, to_pretty_json({"digest": planned.digest, **plan, "declared_slices": []}))
        for unit in planned.layout.units():
            shard = shard_of(TRIALS.empty_table(), unit, plan=planned.digest)
            write(f"trials/{unit.name}.parquet", shard, rows=0, unit=unit)
        write(RESULT, to_pretty_json(Result(plan, tuple(rows), 1.0).as_json()))
        journal.write(ended or StatusChange.now("finished"))


def forge(
    folder: Path,
    change: Callable[[dict[str, Any]], object] = lambda _: None,
    *,
    file: str = PLAN,
    trials: Callable[[pa.Table], pa.Table] = lambda trials: trials,
) -> None:
    """Change what a JSON file of a run says, or its trials, and make all digests in the folder agree."""
    plan, result = (json.loads((folder / name).read_bytes()) for name in (PLAN, RESULT))
    change({PLAN: plan, RESULT: result}[file])
    same = {key: value for key, value in plan.items() if key not in ("digest", "declared_slices")}
    if file == PLAN:
        result["plan"] = same
    with suppress(UserError):  # a plan that no run can have keeps the digest of its own
        plan["digest"] = PlanRecord.read(same, where="plan").digest
    written = {PLAN: to_pretty_json(plan), RESULT: to_pretty_json(result)}
    old = read_manifest((folder / NAME).read_bytes())
    (folder / NAME).unlink()
    made = create_manifest(folder / NAME, replace(old.begun, plan=plan["digest"]))
    with closing(Journal(folder / NAME, made)) as journal:
        for path, kept in old.files.items():
            if not (folder / path).exists():
                continue
            data = written.get(path) or (folder / path).read_bytes()
            if kept.unit:
                data = shard_of(trials(pq.read_table(BytesIO(data))), kept.unit, plan=plan["digest"])
            (folder / path).write_bytes(data)
            journal.write(FileRecord.of(path, data, rows=kept.rows, unit=kept.unit))
        if old.turn:
            journal.write(old.turn)


def killed(folder: Path) -> None:
    """Leave a finished run as if it had been killed before its result was there."""
    lines = (folder / NAME).read_bytes().splitlines(keepends=True)
    last = next(place for place, line in enumerate(lines) if f'"path":"{RESULT}"'.encode() in line)
    (folder / NAME).write_bytes(b"".join(lines[:last]))
    for name in (RESULT, VERDICT):
        (folder / name).unlink(missing_ok=True)
