"""A baseline: what a run found, small enough to commit, for later runs to be held against."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from robustaudit.core.documents import canonical, parse_object, read_bounded
from robustaudit.core.errors import UserError
from robustaudit.core.files import digest_of, is_there, write_to
from robustaudit.core.typed import parse
from robustaudit.engine.answers import answered, answers_of, changed_trials, per_example
from robustaudit.engine.measures import Estimate
from robustaudit.engine.result import Result, Row
from robustaudit.engine.statistics import EITHER_IS_RIGHT, Grouped, combined, grouped, with_added

VERSION = 2
MOST_BYTES = 5_000_000
"""A baseline is to be committed: a larger one is refused."""

_ANEW = "`robustaudit baseline save RUN` makes it anew"

Pairing = Literal["same trials", "other trials"]

_DIGITS = 6  # of a sum: they are thirds and the like where an example has several draws
_IDENTITY = ("example", "group", "draw", "label", "clean_text", "perturbed_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineAttack:
    """An attack: a SHA-256 of its changed trials, and of each of their groups how many examples it has."""

    attack: str
    expression: str
    trials_digest: str
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """A model under an attack: its perturbed accuracy, and the sum of that over examples, by group."""

    model: str
    attack: str
    perturbed_accuracy: float
    right: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a later run is held against; groups are in the order of their names, which are not kept."""

    robustaudit: str
    data: str
    data_digest: str
    seed: int
    trials: int
    attacks: tuple[BaselineAttack, ...]
    rows: tuple[BaselineRow, ...]

    def find(self, model: str, attack: str, expression: str) -> tuple[BaselineAttack, BaselineRow] | None:
        """What is known of a model under an attack that means the same."""
        attacks = [each for each in self.attacks if (each.attack, each.expression) == (attack, expression)]
        rows = [row for row in self.rows if (row.model, row.attack) == (model, attack)]
        return (attacks[0], rows[0]) if attacks and rows else None


@dataclass(frozen=True, slots=True)
class Regression:
    """By how much the perturbed accuracy fell; `fallen`: in which groups, where the trials are the same.

    Examples and groups are those of the side that has fewer.
    """

    estimate: Estimate
    examples: int
    groups: int
    pairing: Pairing
    fallen: tuple[str, ...] | None


def make_baseline(result: Result, trials: pa.Table) -> Baseline:
    """The baseline of a finished run."""
    plan = result.plan
    expressions = {attack["name"]: attack["expression"] for attack in plan["attacks"]}
    attacks: dict[str, BaselineAttack] = {}
    rows = []
    for row in result.rows:
        if row.changed.perturbed_accuracy is None:
            continue
        cell = changed_trials(answered(trials), row.model, row.attack)
        part, _ = _fold(cell)
        attacks[row.attack] = BaselineAttack(
            attack=row.attack,
            expression=expressions[row.attack],
            trials_digest=_digest(cell, written_labels(plan)),
            examples=tuple(part.sizes.astype(int).tolist()),
        )
        right = tuple(round(each, _DIGITS) for each in part.sums.tolist())
        value = row.changed.perturbed_accuracy.value
        rows.append(BaselineRow(model=row.model, attack=row.attack, perturbed_accuracy=value, right=right))
    return Baseline(
        robustaudit=plan["robustaudit"],
        data=plan["data"]["name"],
        data_digest=plan["data"]["digest"],
        seed=plan["seed"],
        trials=plan["trials"],
        attacks=tuple(attacks.values()),
        rows=tuple(rows),
    )


def write_baseline(baseline: Baseline, path: Path) -> int:
    """Write the file, whole, and return its size in bytes.

    Raises:
        UserError: it would be too large, or cannot be written there.
    """
    content = _as_bytes(baseline)
    if len(content) > MOST_BYTES:
        raise UserError(
            f"a baseline must be at most {MOST_BYTES:,} bytes, this one has {len(content):,}: "
            "save that of a run with fewer examples, models or attacks"
        )
    write_to(path, content)
    return len(content)


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file.

    Raises:
        UserError: there is none, or it is not as `baseline save` writes it.
    """
    where = f"baseline {str(path)!r}"
    if not is_there(path):
        raise UserError(f"{where} does not exist: `robustaudit baseline save RUN` writes one")
    content = parse_object(read_bounded(path, "baseline", most=MOST_BYTES), where)
    version, digest = content.pop("schema_version", None), content.pop("digest", None)
    if version != VERSION:
        raise UserError(f"{where} must have schema version {VERSION}, got {version!r}: {_ANEW}")
    baseline = parse(Baseline, content, where=where)
    if digest != _digest_of(baseline):
        raise UserError(f"{where} was edited or damaged since it was saved: {_ANEW}")
    _check(baseline, path)
    return baseline


def regression(
    baseline: Baseline,
    trials: pa.Table,
    row: Row,
    expression: str,
    *,
    interval: bool = True,
    written: Mapping[int, str] | None = None,
) -> Regression | None:
    """How a row's perturbed accuracy fell from the baseline's; None where that has no such row.

    `written` are the labels of the data by their classes in the trials, where they are no numbers of these.
    Where the trials are the same, text by text, the two are paired by group; else taken as independent. A run
    that chose its own size has no interval.
    """
    known = baseline.find(row.model, row.attack, expression)
    cell = changed_trials(trials, row.model, row.attack)
    if known is None or len(cell) == 0:
        return None
    before = Grouped(np.array(known[1].right), np.array(known[0].examples, dtype=np.float64))
    after, names = _fold(cell)
    value = before.mean - after.mean
    examples = min(sum(known[0].examples), row.examples_changed)
    groups = min(before.groups, after.groups)
    same = known[0].trials_digest == _digest(cell, written or {}) and len(before.sums) == len(after.sums)
    fallen = tuple(names[place] for place in _where_less(after, before)) if same else None
    if not same:
        before, after = _beside(before, 0, len(after.sums)), _beside(after, len(before.sums), 0)
    estimate = Estimate(value)
    if interval and groups > 1:
        parts = [with_added(*each) for each in zip((before, after), EITHER_IS_RIGHT, strict=True)]
        estimate = Estimate(value, *combined(parts, [1.0, -1.0]).interval(-1.0, 1.0))
    return Regression(estimate, examples, groups, "same trials" if same else "other trials", fallen)


def _where_less(after: Grouped, before: Grouped) -> list[int]:
    places: list[int] = np.flatnonzero(before.sums - after.sums > 10.0**-_DIGITS).tolist()
    return places


def _beside(part: Grouped, before: int, after: int) -> Grouped:
    """The same with places for groups of another part, which are none of its own."""
    return Grouped(np.pad(part.sums, (before, after)), np.pad(part.sizes, (before, after)))


def _fold(cell: pa.Table) -> tuple[Grouped, Sequence[str]]:
    """Perturbed accuracy by group, and the names of the groups, sorted."""
    groups, examples = (sorted(map(str, set(cell[name].to_pylist()))) for name in ("group", "example"))
    found = per_example(answers_of(cell, examples=examples, groups=groups))
    return grouped(found.perturbed, found.group), groups


def written_labels(plan: Mapping[str, Any]) -> dict[int, str]:
    """The label of each class as the data writes it; nothing where the data counts classes as trials do.

    So the order in which a model has its classes is no matter.
    """
    written = {label["number"]: label["written"] for label in reversed(plan.get("labels", []))}
    return written if any(str(number) != label for number, label in written.items()) else {}


def _digest(cell: pa.Table, written: Mapping[int, str]) -> str:
    columns: dict[str, list[Any]] = {name: cell[name].to_pylist() for name in _IDENTITY}
    columns["label"] = [written.get(label, label) for label in columns["label"]]
    content = json.dumps([columns[name] for name in _IDENTITY])
    return digest_of(content.encode("ascii"))


def _digest_of(baseline: Baseline) -> str:
    """A SHA-256 of what it says, however the file is laid out: tools lay JSON out anew."""
    return digest_of(canonical(asdict(baseline)))


def _as_bytes(baseline: Baseline) -> bytes:
    """An attack and a row to a line, so that a diff shows which changed."""
    digest = _digest_of(baseline)
    content: Mapping[str, Any] = {"schema_version": VERSION, "digest": digest} | asdict(baseline)
    fields = []
    for key, value in content.items():
        if isinstance(value, tuple):
            lines = ",\n".join(f"    {_line(each)}" for each in value)
            fields.append(f"  {_line(key)}: [\n{lines}\n  ]")
        else:
            fields.append(f"  {_line(key)}: {_line(value)}")
    return ("{\n" + ",\n".join(fields) + "\n}\n").encode("ascii")


def _line(value: object) -> str:
    # 1.0 is written as 1: most groups have one example, which is right or wrong.
    if isinstance(value, dict) and "right" in value:
        value = value | {"right": [int(each) if each == int(each) else each for each in value["right"]]}
    return json.dumps(value, separators=(",", ":"))


def _check(baseline: Baseline, path: Path) -> None:
    """Refuse what no run can have found."""
    examples = {attack.attack: attack.examples for attack in baseline.attacks}
    for row in baseline.rows:
        sizes = examples.get(row.attack, ())
        sound = len(sizes) == len(row.right) > 0 and min(sizes) > 0
        if not sound or not all(0 <= r <= n for r, n in zip(row.right, sizes, strict=True)):
            raise UserError(
                f"baseline {str(path)!r} is damaged at model {row.model!r}, attack {row.attack!r}: {_ANEW}"
            )
