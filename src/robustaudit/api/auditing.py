"""`audit`: models, data and attacks in, a finished audit out."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from robustaudit.api.arguments import in_python, number, optional, path, python_words, strings, whole
from robustaudit.api.arguments import label_map as written_map
from robustaudit.api.models import Models, given_models, models_folder, trusted
from robustaudit.api.outcome import Audit, Kept
from robustaudit.api.progress import Announce, watched
from robustaudit.api.running import AnAttack, carry_out, chosen_attacks, plan_of
from robustaudit.attacks.algebra import Operand, unweighted
from robustaudit.core import defaults
from robustaudit.core.errors import UserError
from robustaudit.core.files import from_home
from robustaudit.core.hub import network
from robustaudit.datasets import Dataset, Reading, Rows, Sample, held, load
from robustaudit.runs.patience import Patience
from robustaudit.runs.plan import sample_of
from robustaudit.statistics.sequential import Deciding

Data: TypeAlias = str | Path | Rows
"""A name or path, as on the command line, a data frame, texts with their labels, or examples."""


def audit(
    models: Models,
    data: Data,
    *,
    attacks: AnAttack | Sequence[AnAttack] | None = None,
    trials: int | None = None,
    examples: int | None = None,
    seed: int = defaults.SEED,
    rate: float | None = None,
    severities: Sequence[int] | None = None,
    until_decided: float | None = None,
    text_column: str | None = None,
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
    max_data_mb: int | None = None,
    slices: str | Sequence[str] = (),
    baseline_model: str | None = None,
    segmentation: str = defaults.SEGMENTATION,
    batch_size: int = defaults.BATCH_SIZE,
    on_error: Literal["stop", "skip"] = "stop",
    time_limit: float | None = None,
    max_calls: int | None = None,
    trust: str | Sequence[str] = (),
    trust_pickle: bool = False,
    models_dir: str | Path | None = None,
    offline: bool = False,
    output: str | Path | None = None,
    progress: bool | None = None,
) -> Audit:
    """Perturb texts, ask models before and after, and say how much worse they got.

    `models` is a name as on the command line (`"4"`, `"hf:…"`), an object with `predict`, a function of texts
    that answers with labels or probabilities, several of these, or several by names of yours. `data` is a
    name or path as on the command line, a data frame with the columns `text` and `label`, pairs of these, or
    examples. Parameters mean what the options of `robustaudit run` mean; docs/python.md has them all.

    The run is kept in `output`, where it goes on if it was stopped, or else in a temporary folder for as long
    as the result lives. `progress` shows a bar, and what there is to say; unless it is said, in a notebook or
    a shell of Python alone.

    Raises:
        UserError: a value cannot be used; the message is one line.
        ModelError: a model broke its contract.
        BudgetSpent: `max_calls` calls were made.
    """
    with python_words(), watched(progress) as (listener, tell):
        notes = Notes(tell)
        deciding = (
            None if until_decided is None else Deciding(max_drop=number("until_decided", until_decided))
        )
        trials, examples = optional(whole, "trials", trials), optional(whole, "examples", examples)
        seed, slices = whole("seed", seed), strings("slices", slices)
        chosen = chosen_attacks(
            optional(_attacks, "attacks", attacks),
            rate=optional(number, "rate", rate),
            severities=optional(_levels, "severities", severities),
        )
        patience = Patience(on_error=on_error, time_limit=optional(number, "time_limit", time_limit))
        reading = Reading.given(
            text_column=optional(_string, "text_column", text_column),
            label_column=optional(_string, "label_column", label_column),
            id_column=optional(_string, "id_column", id_column),
            group_column=optional(_string, "group_column", group_column),
            label_map=written_map(label_map),
            max_examples=optional(whole, "max_examples", max_examples),
            on_bad_row=on_bad_row,
            data_format=optional(_string, "data_format", data_format),
            encoding=optional(_string, "encoding", encoding),
            delimiter=optional(_string, "delimiter", delimiter),
            no_quotes=no_quotes,
            escaped=escaped,
            columns=None if columns is None else ",".join(strings("columns", columns)),
            max_data_mb=optional(whole, "max_data_mb", max_data_mb),
            slices=slices,
        )
        # Whole groups are taken until it is decided: which, can be told of all of them alone.
        sample = None if deciding else sample_of(trials or defaults.TRIALS, examples, seed=seed)
        dataset = _dataset(data, reading, sample=sample, offline=offline, announce=notes)
        folder = models_folder(optional(path, "models_dir", models_dir))
        calls = optional(whole, "max_calls", max_calls)
        trusting = trusted(strings("trust", trust), pickle=trust_pickle, max_calls=calls, announce=notes)
        with network(allowed=not offline, announce=notes):
            sources = given_models(models, dataset, folder=folder, trust=trusting)
        plan = plan_of(
            dataset,
            sources,
            chosen,
            trials=trials,
            examples=examples,
            seed=seed,
            segmentation=segmentation,
            slices=slices,
            baseline_model=baseline_model,
            deciding=deciding,
            patience=patience,
            models_folder=folder,
            announce=notes,
        )
        kept = Kept.at(optional(path, "output", output))
        carry_out(
            plan,
            kept.folder,
            batch_size=whole("batch_size", batch_size),
            offline=offline,
            listener=listener,
            announce=notes,
            warn=notes,
        )
    return Audit(kept, notes=tuple(notes.lines))


class Notes:
    """What there is to say of an audit, kept, and told where somebody watches."""

    def __init__(self, tell: Announce) -> None:
        self._tell = tell
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        self.lines.append(in_python(line))
        self._tell(self.lines[-1])


def _dataset(
    data: Data, reading: Reading, *, sample: Sample | None, offline: bool, announce: Announce
) -> Dataset:
    if isinstance(data, str | Path):
        name = data if isinstance(data, str) else str(from_home(data))
        return load(name, reading, sample=sample, offline=offline, announce=announce)
    return held(data, reading, announce=announce)


def _attacks(name: str, given: Any) -> list[AnAttack]:  # noqa: ANN401
    """One attack, or several."""
    several = [given] if isinstance(given, str | Operand) else given
    if not isinstance(several, Sequence) or not all(isinstance(each, str | Operand) for each in several):
        raise UserError(f"{name} must be expressions, or what compose() makes of them, got {given!r}")
    if not several:
        raise UserError(f"{name} must be one or more, got none: leave it out for those of the report")
    return [each if isinstance(each, str) else unweighted(each) for each in several]


def _levels(name: str, given: Any) -> list[int]:  # noqa: ANN401
    """One level of severity, or several, each once."""
    several = given if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    return list(dict.fromkeys(whole(name, level) for level in several))


def _string(name: str, given: Any) -> str:  # noqa: ANN401
    (value,) = strings(name, [given])
    return value
