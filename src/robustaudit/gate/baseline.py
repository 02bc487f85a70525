"""A baseline: the figures of a run, small enough to commit: the reference for later runs."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from robustaudit.core.documents import parse_json_object, read_bounded, to_canonical_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import digest_of, exists
from robustaudit.core.spelling import option
from robustaudit.core.typed_values import parse_typed
from robustaudit.gate.draw_outcomes import DRAW, EXAMPLE, UNANSWERED, ExampleDraws, draw_outcomes, draws_of
from robustaudit.models import Form
from robustaudit.runs.planned_labels import written_labels
from robustaudit.runs.result import Result
from robustaudit.runs.stored_run import Shards

VERSION = 5
MOST_BYTES = 5_000_000
"""The largest baseline in bytes: it is a file to commit."""

_ANEW = "`robustaudit baseline save RUN` creates it again"

_DIGEST = rf"[A-Za-z0-9_-]{{{EXAMPLE}}}([A-Za-z0-9_-]{{{DRAW}}})+"
_MARKS = r"[10.-]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineAttack:
    """An attack, and digests of each example that it changed and of its draws: a word for each group."""

    attack: str
    expression: str
    examples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """A model under an attack: its accuracy there, and a mark for each draw of the attack's examples.

    `digest` is the model's, `form` the one that it was in, None for the plain one.
    """

    model: str
    digest: str
    form: Form | None
    attack: str
    perturbed_accuracy: float
    draws: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The reference for later runs; groups are in the order of their names, which are not stored."""

    robustaudit: str
    data: str
    data_digest: str
    seed: int
    examples: int
    trials: int
    attacks: tuple[BaselineAttack, ...]
    rows: tuple[BaselineRow, ...]

    def find(self, model: str, attack: str, expression: str) -> tuple[BaselineAttack, BaselineRow] | None:
        """The attack and row of a model under an attack with the same expression."""
        attacks = [each for each in self.attacks if (each.attack, each.expression) == (attack, expression)]
        rows = [row for row in self.rows if (row.model, row.attack) == (model, attack)]
        return (attacks[0], rows[0]) if attacks and rows else None


def make_baseline(result: Result, shards: Shards) -> Baseline:
    """The baseline of a finished run."""
    plan = result.plan
    rows = [row for row in result.rows if row.on_changed.perturbed_accuracy is not None]
    found = draws_of(shards, [(row.model, row.attack) for row in rows], written_labels(plan))
    of_attacks: dict[str, dict[tuple[str, str], ExampleDraws]] = {}
    for (_, attack), drawn in found.items():
        of_attacks.setdefault(attack, {}).update({(each.group, each.example): each for each in drawn})
    expressions = {attack["name"]: attack["expression"] for attack in plan["attacks"]}
    digests = {model["name"]: model["digest"] for model in plan["models"]}
    return Baseline(
        robustaudit=plan["robustaudit"],
        data=plan["data"]["name"],
        data_digest=plan["data"]["digest"],
        seed=plan["seed"],
        examples=plan["examples"],
        trials=plan["trials"],
        attacks=tuple(
            BaselineAttack(attack=attack, expression=expressions[attack], examples=_examples(drawn))
            for attack, drawn in of_attacks.items()
        ),
        rows=tuple(
            BaselineRow(
                model=row.model,
                digest=digests[row.model],
                form=result.form_of(row.model),
                attack=row.attack,
                perturbed_accuracy=row.on_changed.perturbed_accuracy.value,
                draws=_draws(of_attacks[row.attack], found[row.model, row.attack]),
            )
            for row in rows
            if row.on_changed.perturbed_accuracy
        ),
    )


def encode_baseline(baseline: Baseline) -> bytes:
    """The content of a baseline's file.

    Raises:
        UserError: it is too large.
    """
    content = _as_bytes(baseline)
    if len(content) > MOST_BYTES:
        raise UserError(
            f"a baseline must be at most {MOST_BYTES:,} bytes, this one has {len(content):,}: "
            "save that of a run with fewer examples, models or attacks"
        )
    return content


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file.

    Raises:
        UserError: there is none, or it is not as `baseline save` writes it.
    """
    where = f"baseline {str(path)!r}"
    if not exists(path):
        raise UserError(f"{where} does not exist: `robustaudit baseline save RUN` writes one")
    content = parse_json_object(read_bounded(path, "baseline", most=MOST_BYTES), where)
    version, digest = content.pop("schema_version", None), content.pop("digest", None)
    if version != VERSION:
        raise UserError(f"{where} must have schema version {VERSION}, got {version!r}: {_ANEW}")
    baseline = parse_typed(Baseline, content, where=where)
    if digest != _digest_of(baseline):
        raise UserError(f"{where} was edited or damaged since it was saved: {_ANEW}")
    _check(baseline, path)
    return baseline


def check_shared(baseline: Baseline, plan: Mapping[str, Any], path: Path) -> None:
    """Refuse a baseline that has no model and attack of the run with that plan, where it has any.

    Raises:
        UserError: it is that of something else.
    """
    models = [model["name"] for model in plan["models"]]
    attacks = {attack["name"]: attack["expression"] for attack in plan["attacks"]}
    if baseline.rows and not any(baseline.find(model, *each) for model in models for each in attacks.items()):
        there, known = (
            list(dict.fromkeys(of)) for of in zip(*((r.model, r.attack) for r in baseline.rows), strict=True)
        )
        apart = _apart("model", there, models) + _apart("attack", known, [*attacks])
        raise UserError(
            f"baseline {str(path)!r} has nothing of this run: "
            f"{apart or 'no model under an attack of the same meaning; '}{_way_out(models, there)}"
        )


def _apart(kind: str, there: Sequence[str], here: Sequence[str]) -> str:
    """The names on both sides, a few of each, unless they share one."""
    if set(here) & set(there):
        return ""
    known, mine = (", ".join([*map(repr, names[:3]), *["…"] * (len(names) > 3)]) for names in (there, here))  # noqa: PLR2004
    return f"it has {kind} {known}, this run {mine}; "


def _way_out(models: Sequence[str], known: Sequence[str]) -> str:
    if set(models) & set(known):
        return "audit what it has, or save another baseline"
    renamed = option("models", f"{known[0]}=NEW")
    return f"a new version takes the name of the old one by {renamed}, NEW being its file or address"


def _by_group(drawn: Mapping[tuple[str, str], ExampleDraws], words: Iterable[str]) -> str:
    """A word of each example, those of a group together."""
    named = zip(sorted(drawn), words, strict=True)
    return " ".join("/".join(word for _, word in of) for _, of in groupby(named, key=lambda each: each[0][0]))


def _examples(drawn: Mapping[tuple[str, str], ExampleDraws]) -> str:
    return _by_group(drawn, (drawn[key].digest for key in sorted(drawn)))


def _draws(drawn: Mapping[tuple[str, str], ExampleDraws], of_model: Sequence[ExampleDraws]) -> str:
    """Marks by group; examples without trials of this model, as sequential runs may have, are unanswered."""
    unasked = {key: UNANSWERED * len(each.marks) for key, each in drawn.items()}
    marks = unasked | {(each.group, each.example): each.marks for each in of_model}
    return _by_group(drawn, (marks[key] for key in sorted(drawn)))


def _digest_of(baseline: Baseline) -> str:
    """The SHA-256 of the content, whatever the layout of the JSON."""
    return digest_of(to_canonical_json(asdict(baseline)))


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
    return json.dumps(value, separators=(",", ":"))


def _check(baseline: Baseline, path: Path) -> None:
    """Refuse what no run can have found."""
    examples = {attack.attack: attack.examples for attack in baseline.attacks}
    for row in baseline.rows:
        digests = examples.get(row.attack, "")
        sound = _is(_DIGEST, digests) and _is(_MARKS, row.draws) and _draws_of(digests) == _any(row.draws)
        if not sound or not draw_outcomes((None, marks) for marks in re.split("[ /]", row.draws)).trials:
            raise UserError(
                f"baseline {str(path)!r} is damaged at model {row.model!r}, attack {row.attack!r}: {_ANEW}"
            )


def _is(word: str, text: str) -> bool:
    return bool(re.fullmatch(f"{word}([ /]{word})*", text))


def _draws_of(digests: str) -> str:
    """A mark for each draw of which there is a digest."""
    return re.sub("[^ /]+", lambda found: "?" * ((len(found[0]) - EXAMPLE) // DRAW), digests)


def _any(marks: str) -> str:
    return re.sub("[^ /]", "?", marks)
