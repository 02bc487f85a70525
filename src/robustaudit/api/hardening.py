"""From the user's values to a hardened model in a folder."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from robustaudit.api.augmenting import load_training_data
from robustaudit.api.event_log import LogWriter
from robustaudit.api.models import chosen_models, labels_of, models_folder, trusted
from robustaudit.api.progress import Announce
from robustaudit.api.request import FIELDS, AnAttack, Data, chosen_attacks
from robustaudit.api.training_log import TrainingLog
from robustaudit.attacks import HeldOut, NamedAttack, parse_attack, unreached_lines
from robustaudit.core import defaults, spelling
from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.core.hub import network_access
from robustaudit.core.typed_values import field_parser, parse_several
from robustaudit.core.validation import check_at_least
from robustaudit.datasets import READERS, Dataset, ReadOptions
from robustaudit.models import ModelSource, Trust
from robustaudit.models.hardening_record import HardeningRecord
from robustaudit.perturbations import find_segmenter
from robustaudit.training.hardening_preset import load_hardening_preset
from robustaudit.training.training_events import TrainingListener

if TYPE_CHECKING:
    from robustaudit.reports.layout import TextReport

PRESET = "balanced"
"""The preset of a hardening that names none."""

_FIELDS: Mapping[str, Callable[[str, Any], Any]] = {
    **READERS,
    **{
        name: FIELDS[name]
        for name in (
            "attacks",
            "rate",
            "severities",
            "seed",
            "segmentation",
            "offline",
            "models_dir",
            "trust",
            "trust_pickle",
            "load_limit",
            "output",
        )
    },
    "hold_out": lambda name, value: parse_several(str, value, where=name),
    "preset": field_parser(str),
    "epochs": field_parser(int),
    "share": field_parser(float),
    "max_clean_loss": field_parser(float),
    "device": field_parser(str),
    "precision": field_parser(str),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardened:
    """A hardened model: its name, as `audit` and `robustaudit run` take it, its folder, and its record.

    Printed, it shows the accuracies before and after.
    """

    name: str
    folder: Path
    record: HardeningRecord
    notes: tuple[str, ...] = ()

    @property
    def held_out_attacks(self) -> tuple[str, ...]:
        """The held-out attacks, without the families."""
        return tuple(each.label for each in HeldOut.of(self.record.held_out).attacks)

    def as_json(self) -> dict[str, Any]:
        """The model's name and its record, as `robustaudit harden --json` prints them."""
        return {"model": self.name, **asdict(self.record)}

    def table(self) -> "TextReport":
        """The accuracies before and after, on the validation split, and what was held out."""
        from robustaudit.reports.hardening_report import render_hardening
        from robustaudit.reports.layout import TextReport

        return TextReport(lambda _: render_hardening(self.record))

    def __str__(self) -> str:
        return str(self.table())


def harden(
    model: str,
    data: Data = "reviews",
    *,
    attacks: AnAttack | Sequence[AnAttack],
    output: str | Path,
    hold_out: str | Sequence[str] = (),
    preset: str = PRESET,
    epochs: int | None = None,
    share: float | None = None,
    max_clean_loss: float | None = None,
    rate: float | None = None,
    severities: int | Sequence[int] | None = None,
    seed: int = defaults.SEED,
    segmentation: str = defaults.SEGMENTATION,
    text_column: str | Sequence[str] | None = None,
    label_column: str | None = None,
    id_column: str | None = None,
    group_column: str | None = None,
    label_map: Mapping[Any, int | str] | str | None = None,
    max_examples: int | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    data_format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    no_quotes: bool = False,
    escaped: bool = False,
    columns: str | Sequence[str] | None = None,
    records: str | None = None,
    max_data_mb: int | None = None,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
    precision: Literal["auto", "float32", "bfloat16"] = "auto",
    trust: str | Sequence[str] = (),
    trust_pickle: bool = False,
    load_limit: float | None = None,
    models_dir: str | Path | None = None,
    offline: bool = False,
    progress: LogWriter | None = None,
) -> Hardened:
    """Train a model on with perturbed copies of texts, new ones in each epoch, and save it as a folder.

    Each perturbed text is drawn from one of the `attacks`. Attacks and families in `hold_out` are refused
    among them, and stand in the record, for an audit of what the model has not seen. The epoch that is kept
    has the best accuracy on perturbed validation texts, of those that lose at most `max_clean_loss` of the
    accuracy on clean ones; if there is none, nothing is saved. `output` must not exist. What is not given is
    the preset's. `progress` gets a dictionary for each event, with the keys of `--log-json`. The other
    parameters mean the same as those of `audit`.

    Raises:
        UserError: a value cannot be used, the model cannot be hardened, or no epoch may be kept.
    """
    fields = {name: value for name, value in locals().items() if name not in ("model", "data", "progress")}
    if progress is None:
        return harden_with(model, data, fields)
    log = TrainingLog(progress)
    return harden_with(model, data, fields, listener=log, announce=log.note)


def harden_with(
    model: str,
    data: Data,
    fields: Mapping[str, Any],
    *,
    listener: TrainingListener = lambda _: None,
    announce: Announce = lambda _: None,
) -> Hardened:
    """`harden`, with its parameters as fields; None means not given."""
    given = {
        name: _FIELDS[name](spelling.named(name), value)
        for name, value in fields.items()
        if value is not None
    }
    notes: list[str] = []

    def note(line: str) -> None:
        notes.append(line)
        announce(line)

    attacks, held_out = _attacks(given), HeldOut.of(given.get("hold_out", ()))
    held_out.check_unseen(attacks)
    preset = load_hardening_preset(given.get("preset", PRESET)).with_values(
        **{name: given.get(name) for name in ("epochs", "share", "max_clean_loss")}
    )
    for line in _attack_lines(attacks, held_out):
        note(line)
    reading = ReadOptions.parse(**{name: given[name] for name in READERS if name in given})
    offline, output = given.get("offline", False), given["output"]
    dataset = load_training_data(data, reading, offline=offline, announce=note)
    trust = trusted(given.get("trust", ()), pickle=given.get("trust_pickle", False), announce=note)
    with network_access(allowed=not offline, announce=note):
        source = _original(model, dataset, given, trust)
        with extra("models"):
            from robustaudit.training.hardening_job import HardeningJob, splits_for
            from robustaudit.training.hardening_kinds import harden as harden_model

        job = HardeningJob(
            source=source,
            dataset=dataset,
            splits=splits_for(source, dataset),
            device=given.get("device", "auto"),
            precision=given.get("precision", "auto"),
            attacks=tuple(attacks),
            held_out=held_out,
            preset=preset,
            seed=check_at_least(spelling.named("seed"), given.get("seed", defaults.SEED), 0),
            segmenter=find_segmenter(given.get("segmentation", defaults.SEGMENTATION)),
            command=_command(model, dataset, given),
        )
        name, record = harden_model(job, output, trust=trust, listener=listener)
    return Hardened(name=name, folder=output, record=record, notes=tuple(notes))


def _attacks(given: Mapping[str, Any]) -> list[NamedAttack]:
    """The attacks to train with; those without a rate are left so, unless a rate or severity is given."""
    if not given.get("attacks"):
        raise UserError(f"{spelling.named('attacks')} must be one or more, got none")
    strength = {name: given[name] for name in ("rate", "severities") if name in given}
    if strength:
        return chosen_attacks(given["attacks"], **strength)
    return [parse_attack(each, rate=None) for each in given["attacks"]]


def _attack_lines(attacks: Sequence[NamedAttack], held_out: HeldOut) -> list[str]:
    """What there is to say of the attacks before any time is spent on them."""
    lines = list(unreached_lines(each for attack in attacks for each in attack.unreached))
    if related := held_out.related_to(attacks):
        lines.append(
            f"held out, but of a family that is trained with: {', '.join(related)}; a result under them is "
            "about another attack, not about another family"
        )
    return lines


def _original(model: str, dataset: Dataset, given: Mapping[str, Any], trust: Trust) -> ModelSource:
    """The one model of that name.

    Raises:
        UserError: there is no such model, or there are several.
    """
    found = chosen_models(
        [model],
        folder=models_folder(given.get("models_dir")),
        trust=trust,
        data_labels=labels_of(dataset),
        load_limit=given.get("load_limit"),
    )
    if len(found) != 1:
        raise UserError(f"{spelling.named('model')} must be one model, got {len(found)}: {model}")
    return found[0]


_NOT_SAID = ("offline", "load_limit", "device", "precision")


def _command(model: str, dataset: Dataset, given: Mapping[str, Any]) -> str:
    """The command that makes the same model again."""
    words = ["robustaudit", "harden", "--model", model, "--data", dataset.path or dataset.name]
    flags = spelling.FLAGS
    for field, value in {**dataset.reading, **given}.items():
        if (field in READERS and field not in dataset.reading) or field in _NOT_SAID:
            continue
        several = value if isinstance(value, tuple | list) and field != "severities" else [value]
        for each in several:
            written = ",".join(map(str, each)) if isinstance(each, list) else str(each)
            words += [flags.option(field)] if each is True else [flags.option(field), written]
    return shlex.join(words)
