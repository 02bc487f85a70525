"""Training as a whole: from names and examples to a folder of models that an audit can load."""

import hashlib
import json
import shlex
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import metadata
from pathlib import Path

from robustaudit.core.errors import UserError
from robustaudit.core.files import check_writable, remove_unfinished
from robustaudit.core.spelling import Flags
from robustaudit.core.validation import check_at_least, check_known
from robustaudit.core.version import __version__
from robustaudit.datasets import Dataset
from robustaudit.models import Card
from robustaudit.models.architectures.build import find_base
from robustaudit.models.card import AugmentationRecord, PresetRecord, RunRecord, write_card
from robustaudit.models.reference_models import REFERENCE_MODELS, resolve_trained
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.models.training_history import write_validation
from robustaudit.runs.folder_lock import locked
from robustaudit.training.augmentation import Augmentation
from robustaudit.training.checkpoint import Checkpoint
from robustaudit.training.checks import check_known_pieces, memory_errors
from robustaudit.training.embeddings import SharedTable, ensure_shared
from robustaudit.training.fitted_model import FittedModel, predictions_for, score
from robustaudit.training.hardware import Hardware
from robustaudit.training.initialisation import initial_network
from robustaudit.training.loop import count_steps
from robustaudit.training.network import make_network
from robustaudit.training.parallel import run_in_parallel
from robustaudit.training.preset import Preset
from robustaudit.training.tfidf import train_tfidf
from robustaudit.training.training_events import (
    FitEvent,
    ModelEvent,
    ModelSaved,
    ModelStarted,
    ModelUpToDate,
    TrainingEvent,
    TrainingListener,
)
from robustaudit.training.training_splits import TrainingSplits, split


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingJob:
    """The inputs that all models of one training share."""

    dataset: Dataset
    splits: TrainingSplits
    preset: Preset
    options: str
    seed: int
    output: Path
    hardware: Hardware
    augmentation: Augmentation | None = None


def train(
    names: Sequence[str],
    *,
    dataset: Dataset,
    preset: Preset,
    seed: int = 0,
    epochs: int | None = None,
    preset_name: str | None = None,
    changes: Sequence[str] = (),
    output: Path,
    hardware: Hardware = Hardware(),  # noqa: B008 - frozen
    jobs: int = 1,
    retrain: bool = False,
    augmentation: Augmentation | None = None,
    listener: TrainingListener = lambda _: None,
) -> tuple[Card, ...]:
    """Train each model on its own and store it as `output/<name>/`; its card is written last.

    Up to `jobs` models are trained at once, each in a process of its own, the largest first; that changes no
    weight. `preset_name` and `changes` are what `preset` was loaded with, for the card's command. A training
    that was stopped goes on after its last whole epoch; models that it had finished are kept, unless all are
    to be trained with `retrain`. With an `augmentation`, a share of the training texts is perturbed, anew in
    each epoch; validation and test examples are left as they are.

    Raises:
        UserError: an unknown model, data that cannot be trained on, a folder that is not writable or in which
            another process trains, too little memory, or a training that diverged.
    """
    for name in names:
        check_known("model", name, REFERENCE_MODELS)
    check_at_least("seed", seed, 0)
    check_at_least("jobs", jobs, 1)
    job = TrainingJob(
        dataset=dataset,
        splits=split(dataset),
        preset=preset if epochs is None else preset.with_epochs(epochs),
        options=_options(
            dataset,
            preset_name or preset.name,
            hardware,
            seed=seed,
            epochs=epochs,
            changes=changes,
            augmentation=augmentation,
        ),
        seed=seed,
        output=output,
        hardware=hardware,
        augmentation=augmentation,
    )
    check_writable(output)
    with locked(output) as lock:

        def listen(event: TrainingEvent) -> None:
            lock.check_held()  # each epoch has events, and ends with a checkpoint
            listener(event)

        return _train_missing(names, listen, job=job, jobs=jobs, retrain=retrain)


def _train_missing(
    names: Sequence[str], listener: TrainingListener, *, job: TrainingJob, jobs: int, retrain: bool
) -> tuple[Card, ...]:
    """The cards of all models, of which those that are not up to date are trained, or all with `retrain`."""
    _prepare(names, listener, job=job)
    cards = {} if retrain else _kept(names, listener, job=job)
    missing = [name for name in dict.fromkeys(names) if name not in cards]
    if jobs == 1 or len(missing) <= 1:
        cards |= {name: _train_one(name, listener, job=job) for name in missing}
    else:
        order = sorted(missing, key=list(REFERENCE_MODELS).index, reverse=True)
        cards |= run_in_parallel(order, partial(_train_one, job=job), jobs=jobs, listener=listener)
    return tuple(cards[name] for name in names)


def _kept(names: Sequence[str], listener: TrainingListener, *, job: TrainingJob) -> dict[str, Card]:
    """The models that an earlier start of the same training finished."""
    cards: dict[str, Card] = {}
    for name in dict.fromkeys(names):
        card = _finished(name, job)
        if card and not _checkpoint(name, job).path.is_file():
            listener(ModelUpToDate(folder=job.output / name, card=card))
            cards[name] = card
    return cards


def _finished(name: str, job: TrainingJob) -> Card | None:
    """The card of a model that is intact and was trained by the same command on the same data."""
    try:
        card = resolve_trained(name, folder=job.output).card
    except UserError:  # it is not there, or was altered: it is made again
        return None
    # Files that the command names, of data or of a preset, may have changed since.
    preset = job.preset.tfidf if REFERENCE_MODELS[name].family == "tfidf" else job.preset.network(name)
    wanted: list[object] = [
        _command(name, job),
        job.dataset.digest,
        asdict(preset.model),
        asdict(preset.training),
    ]
    made: list[object] = [
        card.run.command,
        card.run.data_digest,
        dict(card.preset.model),
        dict(card.preset.training),
    ]
    if job.augmentation and card.run.augmentation:  # an attack of the same name may be another now
        wanted.append(str(job.augmentation.attack.attack))
        made.append(card.run.augmentation.expression)
    if REFERENCE_MODELS[name].family in ("lstm", "transformer"):
        wanted.append(job.preset.embeddings.learned)
        made.append("embeddings" not in card.files)
    return card if made == wanted else None


def _prepare(names: Sequence[str], listener: TrainingListener, *, job: TrainingJob) -> None:
    """Prepare what several models share, once, before hours are spent on any of them."""
    families = {REFERENCE_MODELS[name].family for name in names}
    if families - {"tfidf"}:
        embeddings = job.preset.embeddings
        width = None if embeddings.learned else embeddings.width
        ensure_shared(job.output, width=width, listener=listener)
    if "bert" in families:
        find_base(job.preset.bert.model.base)


def _train_one(name: str, listener: TrainingListener, *, job: TrainingJob) -> Card:
    folder = job.output / name
    started = time.perf_counter()
    checkpoint = _checkpoint(name, job)
    remove_unfinished(folder)
    with memory_errors(name, preset=job.preset, checkpoint=checkpoint.path):
        made = _make(name, listener, job=job, checkpoint=checkpoint)
    # The epochs' own time holds for a training that was stopped and went on, too.
    seconds = sum(epoch.seconds for epoch in made.epochs) or time.perf_counter() - started
    validation = predictions_for(made.classifier, job.splits.validation)
    test = predictions_for(made.classifier, job.splits.test)
    write_validation(validation, folder)
    card = Card(
        name=name,
        title=_title(name, job),
        labels=job.splits.labels,
        parameters=made.parameters,
        preset=PresetRecord(name=job.preset.name, model=made.model, training=made.training),
        run=_run_record(name, job, made, seconds=seconds),
        scores=score(validation=validation, test=test, classes=len(job.splits.labels)),
        files=made.files,
        embeddings=made.embeddings,
        base_sha256=made.base_sha256,
    )
    write_card(card, folder)
    checkpoint.remove()
    listener(ModelSaved(folder=folder, card=card))
    return card


def _make(name: str, listener: TrainingListener, *, job: TrainingJob, checkpoint: Checkpoint) -> FittedModel:
    title, folder = _title(name, job), job.output / name
    if REFERENCE_MODELS[name].family == "tfidf":
        listener(ModelStarted(name=name, title=title, steps=0))
        return train_tfidf(job.splits, preset=job.preset.tfidf, folder=folder, augmentation=job.augmentation)
    preset, embeddings = job.preset.network(name), job.preset.embeddings
    shared = SharedTable.of(job.output)
    tokenizer = PieceTokenizer(path=shared.tokenizer, max_tokens=preset.model.max_tokens)
    check_known_pieces(job.splits, tokenizer, data=job.dataset.name)
    steps = count_steps(len(job.splits.train), preset.training)

    def on_fit(event: FitEvent) -> None:
        listener(ModelEvent(name=name, event=event))

    listener(ModelStarted(name=name, title=title, steps=steps))
    return make_network(
        job.splits,
        foundation=initial_network(
            name,
            preset=preset,
            embeddings=embeddings,
            shared=shared,
            pieces=tokenizer.pieces,
            classes=len(job.splits.labels),
        ),
        tokenizer=tokenizer,
        preset=preset,
        seed=job.seed,
        folder=folder,
        listener=on_fit,
        hardware=job.hardware,
        checkpoint=checkpoint,
        augmentation=job.augmentation,
    )


def _title(name: str, job: TrainingJob) -> str:
    title = REFERENCE_MODELS[name].title
    return f"{title}, augmented with {job.augmentation.attack.label}" if job.augmentation else title


def _augmentation_record(job: TrainingJob, made: FittedModel) -> AugmentationRecord | None:
    augmentation = job.augmentation
    if augmentation is None or made.augmented_digest is None:
        return None
    return AugmentationRecord(
        attack=augmentation.attack.label,
        expression=str(augmentation.attack.attack),
        share=augmentation.share,
        seed=augmentation.seed,
        texts_digest=made.augmented_digest,
    )


def _run_record(name: str, job: TrainingJob, made: FittedModel, *, seconds: float) -> RunRecord:
    return RunRecord(
        command=_command(name, job),
        data=job.dataset.name,
        data_digest=job.dataset.digest,
        augmentation=_augmentation_record(job, made),
        seed=job.seed,
        epochs=len(made.epochs),
        best_epoch=made.best_epoch,
        seconds=round(seconds, 1),
        versions={"robustaudit": __version__, made.library: metadata.version(made.library)},
    )


def _command(name: str, job: TrainingJob) -> str:
    return f"robustaudit train --models {name} {job.options}"


def _options(
    dataset: Dataset,
    preset: str,
    hardware: Hardware,
    *,
    seed: int,
    epochs: int | None,
    changes: Sequence[str],
    augmentation: Augmentation | None,
) -> str:
    """The options of a command that trains the same model again."""
    data = ["--data", dataset.path or dataset.name]
    for field, value in dataset.reading.items():
        data += [Flags().option(field), *([] if value is True else [str(value)])]
    options = ["--preset", preset, *data, "--seed", str(seed), *hardware.options()]
    for change in changes:
        options += ["--set", change]
    if augmentation:
        options += ["--augment", augmentation.attack.label, "--augment-share", f"{augmentation.share:g}"]
    return shlex.join(options if epochs is None else [*options, "--epochs", str(epochs)])


def _checkpoint(name: str, job: TrainingJob) -> Checkpoint:
    """The checkpoint of a model's unfinished training, named by all that determines it."""
    numbers = [asdict(job.preset.network(name)), asdict(job.preset.embeddings)]
    with_what = [job.hardware.device, job.hardware.precision, metadata.version("torch")]
    course = [name, numbers, job.seed, job.dataset.digest, *with_what]
    if job.augmentation:
        course += [str(job.augmentation.attack.attack), job.augmentation.share]
    digest = hashlib.sha256(json.dumps(course, sort_keys=True).encode()).hexdigest()
    return Checkpoint(path=job.output / name / "checkpoint.safetensors", training=digest)
