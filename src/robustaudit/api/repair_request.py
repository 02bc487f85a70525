"""The request of a repair: a stored run, the defences and hardened model to try, how much to query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from robustaudit.api.models import Model
from robustaudit.api.request import RUNS, AuditRequest, Data, Reader
from robustaudit.attacks import NamedAttack, parse_attack
from robustaudit.core.errors import MissingExtra, UserError
from robustaudit.core.spelling import named, option
from robustaudit.core.typed_values import field_parser, parse_field, parse_several, parse_typed
from robustaudit.core.validation import check_at_least
from robustaudit.defences import DEFENCES, Chain, Defence, behind
from robustaudit.reports.commands import given_data, run_fields
from robustaudit.runs.plan_record import find_model
from robustaudit.runs.stored_run import StoredRun, open_run

HELD_OUT = (
    "substitute",
    "homoglyph",
    "zero_width",
    "leetspeak@0.1",
    "space_letters@0.1",
    "phone-typing",
)
"""The attacks that candidates are judged on besides those of the run, unless others are given."""

_ORDER = ("mojibake", "strip", "fold", "nfkc", "join", "leet", "collapse", "spell")
"""Defences in an order in which none hides from a later one what that undoes; others follow."""

CLEAN_COST, WORST_EXAMPLES, BUDGET = 0.01, 40, 50
"""The clean accuracy that a chain may cost, the examples with every edit, and a search's queries."""

_OWN: Mapping[str, Reader] = {
    "max_clean_cost": field_parser(float),
    "worst_examples": field_parser(int),
    "budget": field_parser(int),
    "trust_models": field_parser(bool),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRequest:
    """Everything a repair depends on: `audit` is the request of the run, with all examples of both halves.

    `model` is the name of the model in the run, `given` the model itself where it was in memory. The chain is
    made of `defences`, which are tried in that order where the data do not say which is better. `worst_case`
    are the attacks of which every single edit is queried; None for those of the run that have few enough.
    """

    run: StoredRun
    audit: AuditRequest
    model: str
    given: Model | None
    defences: tuple[Defence, ...]
    held_out: tuple[NamedAttack, ...]
    hardened: Model | None = None
    max_clean_cost: float = CLEAN_COST
    worst_case: tuple[NamedAttack, ...] | None = None
    worst_examples: int = WORST_EXAMPLES
    budget: int = BUDGET
    trust_models: bool = False
    left_out: tuple[str, ...] = field(default=())
    """What was left out of the defences, and why."""

    @classmethod
    def of(
        cls,
        run: str | Path,
        data: Data | None = None,
        *,
        model: Model | None = None,
        defences: str | None = None,
        hold_out: str | Sequence[str] | None = None,
        hardened: Model | None = None,
        worst_case: str | Sequence[str] | None = None,
        output: Path | None = None,
        output_parent: Path | None = RUNS,
        **fields: Any,  # noqa: ANN401
    ) -> "RepairRequest":
        """The request with those fields; None means not given.

        Raises:
            UserError: there is no such run, or a value cannot be used.
        """
        stored = open_run(parse_typed(Path, run, where="run"))
        stored.finished()
        own = {
            name: reader(named(name), fields.pop(name))
            for name, reader in _OWN.items()
            if fields.get(name) is not None
        }
        name = _model_of(stored, model)
        tried, left_out = _defences(defences)
        audit = _audit_of(stored, data, fields)
        held = () if hold_out == () else parse_several(str, hold_out or HELD_OUT, where=named("hold_out"))
        request = cls(
            run=stored,
            audit=replace(audit, output=replace(audit.output, folder=output, parent=output_parent)),
            model=name,
            given=None if model is None or isinstance(model, str) else model,
            defences=tried,
            held_out=_unseen(held, audit.attacks),
            hardened=hardened,
            worst_case=None
            if worst_case is None
            else tuple(map(parse_attack, parse_several(str, worst_case, where=named("worst_case")))),
            left_out=left_out,
            **own,
        )
        check_at_least(named("worst_examples"), request.worst_examples, 0)
        check_at_least(named("budget"), request.budget, 0)
        if not 0 <= request.max_clean_cost <= 1:
            raise UserError(f"{named('max_clean_cost')} must be from 0 to 1, got {request.max_clean_cost:g}")
        return request


def _model_of(stored: StoredRun, given: Model | None) -> str:
    """The name of the model to repair: as given, else the only one of the run."""
    planned = stored.plan["models"]
    names = [model["name"] for model in planned]
    if isinstance(given, str):
        name = find_model(given, planned, these="the run has")
    elif len(names) > 1:
        which = f"say which, with {option('model', names[0])}"
        raise UserError(f"run {str(stored.folder)!r} has models {', '.join(names)}: {which}")
    else:
        (name,) = names
    uri = next(model["uri"] for model in planned if model["name"] == name)
    if uri is not None and behind(uri).chain is not None:
        raise UserError(
            f"model {name!r} stands behind defences already: audit {behind(uri).model!r} and repair that run"
        )
    if uri is None and (given is None or isinstance(given, str)):
        raise UserError(f"model {name!r} of the run was an object in memory: give it as model= in Python")
    return name


def _defences(written: str | None) -> tuple[tuple[Defence, ...], tuple[str, ...]]:
    """The defences to try; by default all that clean texts, without those whose library is missing."""
    if written is not None:
        chain = Chain.parse(written)
        given = chain.defences
        if chain.vote:
            raise UserError(f"{named('defences')} must clean texts, and a vote does not, got {written!r}")
        if len(set(given)) < len(given):
            raise UserError(f"{named('defences')} must be different ones, got {written!r}")
        return given, ()
    found: list[Defence] = []
    left_out = []
    for name in sorted(DEFENCES, key=lambda each: _ORDER.index(each) if each in _ORDER else len(_ORDER)):
        chain = Chain.parse(name)
        if chain.vote:
            continue
        try:
            _ = chain.digest  # asks for what it needs
        except MissingExtra as error:
            left_out.append(f"without {name}: {error}")
        else:
            found += chain.defences
    return tuple(found), tuple(left_out)


def _audit_of(stored: StoredRun, data: Data | None, fields: Mapping[str, Any]) -> AuditRequest:
    """The request of the run, one trial an example, in single precision, so that halves are alike."""
    plan = stored.plan
    given = given_data(plan["data"]) if data is None else data
    if given is None:
        raise UserError("the data of the run was in memory: give it as data= in Python")
    asked = run_fields(plan, data=None, models=[])
    if data is not None:
        asked = {name: value for name, value in asked.items() if name not in plan["data"]["reading"]}
    number = parse_field(int, fields.get("examples") or plan["examples"], where=named("examples"))
    check_at_least(named("examples"), number, 4)
    own = {"examples": number, "trials": number, "exact": True, "minimal": "none"}
    none = dict.fromkeys(("data", "models", "baseline_model", "slices"))
    given_fields = {name: value for name, value in fields.items() if value is not None}
    asked = asked | given_fields | own | none
    return AuditRequest.of((), given, **{name: asked[name] for name in asked.keys() - {"data", "models"}})


def _unseen(held: Sequence[str], seen: Sequence[NamedAttack]) -> tuple[NamedAttack, ...]:
    """Those attacks that are not among the seen ones."""
    known = {str(each.attack) for each in seen}
    return tuple(each for each in map(parse_attack, held) if str(each.attack) not in known)
