"""The request of an audit: one frozen value, from options, a file or arguments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, get_args

from robustaudit.api.models import Models, model_names, named_models, with_aliases
from robustaudit.attacks import REPORT_ATTACKS, Composition, NamedAttack, parse_attack
from robustaudit.core import defaults, spelling
from robustaudit.core.configuration import Configuration
from robustaudit.core.errors import UserError
from robustaudit.core.files import exists, is_file, is_folder
from robustaudit.core.typed_values import field_parser, parse_field
from robustaudit.core.validation import check_at_least, check_choice, check_known
from robustaudit.datasets import BUILT_IN, READERS, ReadOptions, Rows
from robustaudit.gate.rules import GateConfig, read_gate
from robustaudit.models import REFERENCE_MODELS, split_models
from robustaudit.runs.actor_size import ActorSize
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.guard import load_limit_or_default
from robustaudit.runs.plan_record import Minimal
from robustaudit.statistics.sequential import SequentialTest

Data: TypeAlias = str | Path | Rows
"""A name or path, as on the command line, a data frame, texts with their labels, or examples."""

AnAttack: TypeAlias = str | Composition
"""An expression, such as `"homoglyph,qwerty"`, or what `compose` makes of one."""

RUNS = Path("reports")
"""The default parent folder of runs."""

MODELS = ("1", "4", "7")
"""The default models."""

_OURS, _BRIDGES = "robustaudit.perturbations.", "robustaudit.perturbations.bridges."


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """The models to audit, the folder of trained ones, and what external models may do.

    The errors of all are divided by those of the `baseline`, if there is one.
    """

    given: Models = MODELS
    folder: Path | None = None
    baseline: str | None = None
    trust: tuple[str, ...] = ()
    trust_pickle: bool = False
    max_calls: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSpec:
    """The data and how it is read; None is `reviews`, or `tiny` if that cannot be downloaded.

    Of data that a model was trained on, its test split is audited, or all with `include_seen`.
    """

    given: Data | None = None
    reading: ReadOptions = field(default_factory=ReadOptions)
    include_seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSpec:
    """The numbers of trials and examples, the seed, and the sequential test.

    Raises:
        UserError: a number is out of range.
    """

    trials: int | None = None
    examples: int | None = None
    seed: int = defaults.SEED
    segmentation: str = defaults.SEGMENTATION
    sequential_test: SequentialTest | None = None

    def __post_init__(self) -> None:
        for name, value in (("trials", self.trials), ("examples", self.examples)):
            if value is not None:
                check_at_least(spelling.named(name), value, 1)
        check_at_least(spelling.named("seed"), self.seed, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaySpec:
    """The address of a Ray cluster, None for the one that Ray finds, and the size of each actor there."""

    address: str | None = None
    size: ActorSize = field(default_factory=ActorSize)


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceSpec:
    """How models are queried: by default in batches that suit them, from as many processes as pay.

    In single precision if `exact`, else where nothing else is as safe and faster. With `ray`, on a cluster,
    by as many actors as fit there. `minimal` says of which failing trials the smallest failure is sought:
    by default of some, and of none where a model is queried over the network.

    Raises:
        UserError: a number is out of range, or `minimal` is no choice.
    """

    batch_size: int | None = None
    jobs: int | None = None
    error_policy: ErrorPolicy = field(default_factory=ErrorPolicy)
    exact: bool = False
    minimal: Minimal | None = None
    offline: bool = False
    ray: RaySpec | None = None

    def __post_init__(self) -> None:
        if self.minimal is not None:
            check_choice(spelling.named("minimal"), self.minimal, get_args(Minimal))
        for name, value in (("batch_size", self.batch_size), ("jobs", self.jobs)):
            if value is not None:
                check_at_least(spelling.named(name), value, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSpec:
    """The folder of the run, or its parent folder; temporary without either.

    Finished units lie at the address `shards` too, if there is one.
    """

    folder: Path | None = None
    parent: Path | None = None
    shards: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """Everything an audit depends on; `robustaudit.audit` carries it out.

    `AuditRequest.of` makes one from fields as users write them. With a `gate`, the run is checked.
    """

    models: ModelSpec = field(default_factory=ModelSpec)
    data: DataSpec = field(default_factory=DataSpec)
    attacks: tuple[NamedAttack, ...] = ()
    trials: TrialSpec = field(default_factory=TrialSpec)
    inference: InferenceSpec = field(default_factory=InferenceSpec)
    gate: GateConfig | None = None
    output: OutputSpec = field(default_factory=OutputSpec)

    @property
    def runs_own_code_alone(self) -> bool:
        """Whether models, data and attacks all ship, so that no code of others uses what it likes."""
        models, data = named_models(self.models.given), self.data.given
        kinds = [type(leaf).__module__ for each in self.attacks for leaf in each.attack.leaves()]
        return (
            all(isinstance(model, str) and model in REFERENCE_MODELS for _, model in models)
            and (data is None or (isinstance(data, str) and data in BUILT_IN))
            and all(kind.startswith(_OURS) and not kind.startswith(_BRIDGES) for kind in kinds)
        )

    @classmethod
    def of(
        cls,
        models: Models | None = None,
        data: Data | None = None,
        *,
        gate: GateConfig | None = None,
        output_parent: Path | None = None,
        **fields: Any,  # noqa: ANN401
    ) -> "AuditRequest":
        """The request with those fields (`FIELDS`); None means not given: without a gate, `MODELS`.

        Raises:
            UserError: a value cannot be used, or there is a gate and no models.
        """
        if models is None and gate is not None:
            raise _no_models(gate, data)
        given = _read(fields)

        def only(*names: str) -> dict[str, Any]:
            return {name: given[name] for name in names if name in given}

        return cls(
            models=ModelSpec(
                given=_names(MODELS if models is None else models),
                folder=given.get("models_dir"),
                baseline=given.get("baseline_model"),
                **only("trust", "trust_pickle", "max_calls"),
            ),
            data=DataSpec(given=data, reading=ReadOptions.parse(**only(*READERS)), **only("include_seen")),
            attacks=tuple(chosen_attacks(**only("attacks", "rate", "severities"))),
            trials=TrialSpec(
                **only("trials", "examples", "seed", "segmentation"),
                sequential_test=_deciding(**only(*_DECIDING)),
            ),
            inference=InferenceSpec(
                **only("batch_size", "jobs", "exact", "minimal", "offline"),
                error_policy=ErrorPolicy(**only("on_error", "time_limit", "load_limit")),
                ray=_on_ray(**only("executor", *_OF_RAY)),
            ),
            gate=gate,
            output=OutputSpec(folder=given.get("output"), parent=output_parent, **only("shards")),
        )


def _no_models(gate: GateConfig, data: Data | None) -> UserError:
    """The error of a gate without models: a verdict on the default ones would be on others than meant."""
    needed = ["models"] if data is not None else ["models", "data"]
    keys, options = (" and ".join(map(spelt, needed)) for spelt in (str, spelling.option))
    of_baseline = ""
    if gate.needs_baseline and exists(gate.baseline):
        from robustaudit.gate.baseline import read_baseline

        known = read_baseline(gate.baseline)
        models = ", ".join(dict.fromkeys(repr(row.model) for row in known.rows))
        of_baseline = f"; the baseline has model {models} on data {known.data!r}"
    return UserError(
        f"a gate needs models, and {gate.path.name!r} names none: add {keys} to its [run], or give "
        f"{options}{of_baseline}"
    )


def chosen_attacks(
    attacks: Sequence[str] = (), *, rate: float | None = None, severities: Sequence[int] | None = None
) -> list[NamedAttack]:
    """Each attack, at each severity if any are given; by default the nine default attacks."""
    share = rate_or_default(rate, severities)
    return [
        parse_attack(each, rate=share, severity=level)
        for each in attacks or REPORT_ATTACKS
        for level in severities or (None,)
    ]


def rate_or_default(rate: float | None, severity: object) -> float:
    """The rate, or the default; refuses both a rate and a severity."""
    if rate is not None and severity is not None:
        both = f"{spelling.named('rate')} and {spelling.named('severities')}"
        raise UserError(f"{both} exclude each other: give one of them")
    return defaults.RATE if rate is None else rate


def _deciding(*, until_decided: bool = False, **numbers: Any) -> SequentialTest | None:  # noqa: ANN401
    """The sequential test with its `max_drop` and `alpha`, which are refused for other runs."""
    wanted = spelling.named("until_decided")
    if until_decided and "max_drop" not in numbers:
        threshold = spelling.option("max_drop", 0.05)
        raise UserError(f"{wanted} needs a threshold: give {threshold} for 5 percentage points")
    if until_decided:
        return SequentialTest(**numbers)
    for name, value in numbers.items():
        raise UserError(f"{spelling.named(name)} is for {wanted}, which is missing: got {value:g}")
    return None


def _on_ray(
    *,
    executor: str = "local",
    address: str | None = None,
    actor_cpus: float | None = None,
    actor_gpus: float | None = None,
) -> RaySpec | None:
    """The cluster of the executor `ray`, whose fields are refused for others."""
    if check_choice(spelling.named("executor"), executor, ("local", "ray")) == "ray":
        cpus = {} if actor_cpus is None else {"cpus": actor_cpus}
        return RaySpec(address=address, size=ActorSize(**cpus, gpus=actor_gpus))
    for name, value in (("address", address), ("actor_cpus", actor_cpus), ("actor_gpus", actor_gpus)):
        if value is not None:
            wanted = spelling.option("executor", "ray")
            raise UserError(f"{spelling.named(name)} is for {wanted}, which is missing: got {value}")
    return None


def _attacks(name: str, given: Any) -> list[str]:  # noqa: ANN401
    """One or several attacks."""
    several = [given] if isinstance(given, str | Composition) else given
    if not isinstance(several, Sequence) or not all(isinstance(each, str | Composition) for each in several):
        raise UserError(f"{name} must be expressions, or what compose() makes of them, got {given!r}")
    if not several:
        raise UserError(f"{name} must be one or more, got none: leave it out for those of the report")
    return [each if isinstance(each, str) else each.expression for each in several]


def levels(name: str, given: Any) -> list[int]:  # noqa: ANN401
    """Severity levels without repetition: one, several, or a text such as `1,2,3`."""
    return list(dict.fromkeys(parse_field(tuple[int, ...], given, where=name)))


Reader: TypeAlias = Callable[[str, Any], Any]
"""Parses the user's value of a field, or raises UserError with the field's name."""


_DECIDING: Mapping[str, Reader] = {
    "until_decided": field_parser(bool),
    "max_drop": field_parser(float),
    "alpha": field_parser(float),
}

_OF_RAY: Mapping[str, Reader] = {
    "address": field_parser(str),
    "actor_cpus": field_parser(float),
    "actor_gpus": field_parser(float),
}

FIELDS: Mapping[str, Reader] = {
    **READERS,
    **_DECIDING,
    **_OF_RAY,
    "attacks": _attacks,
    "include_seen": field_parser(bool),
    "rate": field_parser(float),
    "severities": levels,
    "trials": field_parser(int),
    "examples": field_parser(int),
    "seed": field_parser(int),
    "segmentation": field_parser(str),
    "batch_size": field_parser(int),
    "jobs": field_parser(int),
    "executor": field_parser(str),
    "on_error": field_parser(str),
    "time_limit": field_parser(float),
    "load_limit": field_parser(float),
    "exact": field_parser(bool),
    "minimal": field_parser(str),
    "offline": field_parser(bool),
    "models_dir": field_parser(Path),
    "baseline_model": field_parser(str),
    "trust": field_parser(tuple[str, ...]),
    "trust_pickle": field_parser(bool),
    "max_calls": field_parser(int),
    "output": field_parser(Path),
    "shards": field_parser(str),
}
"""All fields of a request except models, data and gate; docs/python.md explains them."""

_NOT_IN_FILES = (*_DECIDING, "offline", "trust", "trust_pickle", "max_calls", "output", "address", "shards")
IN_FILES: Mapping[str, Reader] = {
    "models": model_names,
    "data": field_parser(str),
    **{name: reader for name, reader in FIELDS.items() if name not in _NOT_IN_FILES},
}
"""The fields that the table `[run]` of a configuration may have."""


def _names(models: Models) -> Models:
    """Model names as a tuple, with their aliases; objects are passed through."""
    if isinstance(models, Mapping):
        written = with_aliases(models)
        return models if written is None else tuple(split_models(written))
    several = [models] if isinstance(models, str) else models
    if isinstance(several, Sequence) and all(isinstance(each, str) for each in several):
        return tuple(split_models([str(each) for each in several]))
    return models


def _read(fields: Mapping[str, Any]) -> dict[str, Any]:
    for name in fields:
        check_known("field", name, FIELDS)
    return {
        name: FIELDS[name](spelling.named(name), value) for name, value in fields.items() if value is not None
    }


def request_in(configuration: Configuration) -> AuditRequest:
    """The audit of a configuration file, with its gate.

    Raises:
        UserError: a table is invalid.
    """
    fields = fields_in(configuration)
    fields["load_limit"] = load_limit_or_default(fields.get("load_limit"))
    return AuditRequest.of(**fields, gate=read_gate(configuration), output_parent=RUNS)


def table_in(configuration: Configuration, name: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The fields of a table of a configuration file, each parsed by its reader.

    Raises:
        UserError: a key is unknown, or a value has the wrong type.
    """
    table, where = configuration.tables.get(name, {}), configuration.where(name)
    for key in table:
        check_known(f"key in {where}", key, readers)
    return {key: readers[key](f"{key} in {where}", value) for key, value in table.items()}


def fields_in(configuration: Configuration) -> dict[str, Any]:
    """The fields of the table `[run]` of a configuration file; paths are relative to it.

    Raises:
        UserError: a key is unknown, or a value has the wrong type.
    """
    given = table_in(configuration, "run", IN_FILES)
    folder = configuration.path.parent
    if "models_dir" in given:
        given["models_dir"] = folder / given["models_dir"]
    if "data" in given and any(is_there(folder / given["data"]) for is_there in (is_file, is_folder)):
        given["data"] = str(folder / given["data"])
    return given
