import shutil
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from robustaudit.core.errors import UserError
from robustaudit.datasets import Dataset
from robustaudit.models import available, resolve, resolve_trained
from robustaudit.models.reference_models import REFERENCE_MODELS
from robustaudit.models.training_history import read_history, read_validation
from robustaudit.runs.folder_lock import HOLDER, locked
from robustaudit.training.fitted_model import predictions_for, score
from robustaudit.training.train import train
from robustaudit.training.training_events import (
    EpochDone,
    ModelEvent,
    ModelSaved,
    ModelStarted,
    ModelUpToDate,
    Resumed,
    StepsDone,
)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def output(tiny, small, told, tmp_path_factory):
    output = tmp_path_factory.mktemp("trained")
    train(list(REFERENCE_MODELS), dataset=tiny, preset=small, seed=3, output=output, listener=told.append)
    return output


def test_every_model_can_be_trained_and_loaded(output, splits):
    for listing in available(output):
        source: Any = resolve(listing.name, folder=output)
        assert source.load().predict(["good"]).shape == (1, 2)
        # The card tells of the weights as they are stored, not as they were in memory.
        validation, test = (predictions_for(source.load(), part) for part in (splits.validation, splits.test))
        assert score(validation=validation, test=test, classes=2) == source.card.scores


def test_a_base_that_was_altered_since_is_refused(output, tmp_path, monkeypatch):
    other = tmp_path / "model.safetensors"
    other.write_bytes(b"other weights")
    monkeypatch.setattr("robustaudit.models.torch_classifier.find_base", lambda _: other)

    with pytest.raises(UserError, match=r"model '8': its base .* has other weights than it was trained on"):
        resolve("8", folder=output).load()


def test_the_answers_on_the_validation_split_are_those_of_the_stored_weights(output, splits):
    for name in ("4", "tfidf"):
        stored = read_validation(output / name)
        probabilities = resolve(name, folder=output).load().predict([e.text for e in splits.validation])

        assert list(stored.examples) == [e.id for e in splits.validation]
        assert list(stored.groups) == [e.group for e in splits.validation]
        assert stored.labels.tolist() == [e.label for e in splits.validation]
        assert stored.predictions.tolist() == probabilities.argmax(axis=1).tolist()
        of_the_label = probabilities[range(len(stored.labels)), stored.labels]
        np.testing.assert_allclose(stored.probabilities, of_the_label, atol=1e-5)


def test_a_card_tells_how_its_model_was_made(output, tiny):
    card = resolve_trained("4", folder=output).card

    assert card.run.command == "robustaudit train --models 4 --preset small --data tiny --seed 3"
    assert card.run.data_digest == tiny.digest
    assert card.run.epochs == 2
    assert set(card.run.versions) == {"robustaudit", "torch"}
    assert card.preset.model["hidden"] == 8
    assert card.embeddings.licence == "Apache-2.0"
    assert resolve_trained("1", folder=output).card.preset.model["dropout"] == 0
    assert resolve_trained("tfidf", folder=output).card.embeddings is None


def test_the_history_holds_every_epoch(output):
    epochs = read_history(output / "7").epochs
    card = resolve_trained("7", folder=output).card

    assert [epoch.epoch for epoch in epochs] == [1, 2]
    assert card.run.best_epoch == 1 + int(np.argmax([epoch.validation_accuracy for epoch in epochs]))


def test_what_is_told_in_order(output, told):
    assert [event.name for event in told if isinstance(event, ModelStarted)] == list(REFERENCE_MODELS)
    assert [event.folder for event in told if isinstance(event, ModelSaved)] == [
        output / name for name in REFERENCE_MODELS
    ]
    announced = sum(event.steps for event in told if isinstance(event, ModelStarted))
    assert announced == sum(
        e.event.count for e in told if isinstance(e, ModelEvent) and isinstance(e.event, StepsDone)
    )


def test_a_bert_is_stored_without_its_base(output, small, small_base):
    card = resolve_trained("8", folder=output).card

    assert set(card.files) == {"weights", "tokenizer"}
    assert card.preset.model["base"] == card.embeddings.source == str(small_base)
    assert (output / "8" / "model.safetensors").stat().st_size < 2 * card.parameters + 10_000
    assert card.preset.training["frozen_epochs"] == small.bert.training.frozen_epochs


@pytest.mark.parametrize("name", REFERENCE_MODELS)
def test_the_same_seed_gives_the_same_model_alone(name, output, tiny, small, tmp_path):
    train([name], dataset=tiny, preset=small, seed=3, output=tmp_path)

    assert resolve(name, folder=tmp_path).digest == resolve(name, folder=output).digest


def test_the_number_of_threads_changes_nothing(output, tiny, small, tmp_path):
    before = torch.get_num_threads()
    torch.set_num_threads(1 if before > 1 else 2)
    try:
        train(["4"], dataset=tiny, preset=small, seed=3, output=tmp_path)
        assert torch.get_num_threads() != before
    finally:
        torch.set_num_threads(before)

    assert resolve("4", folder=tmp_path).digest == resolve("4", folder=output).digest


def test_epochs_override_the_preset_and_stand_in_the_command(tiny, small, tmp_path):
    (card,) = train(["1"], dataset=tiny, preset=small, epochs=1, output=tmp_path)

    assert card.run.epochs == card.preset.training["epochs"] == 1
    assert card.run.command.endswith("--seed 0 --epochs 1")


def test_the_command_has_the_data_and_the_preset_as_they_were_given(tiny, small, tmp_path):
    given = {"dataset": replace(tiny, path="d/my data.csv"), "preset_name": "d/mine.toml"}
    (card,) = train(["tfidf"], preset=small, output=tmp_path, **given)

    wanted = "robustaudit train --models tfidf --preset d/mine.toml --data 'd/my data.csv' --seed 0"
    assert card.run.command == wanted


def test_changes_of_the_preset_stand_in_the_command(tiny, small, tmp_path):
    changes = ("tfidf.training.inverse_penalty=2", "lstm.model.pooling=mean")
    (card,) = train(["tfidf"], dataset=tiny, preset=small, changes=changes, output=tmp_path)

    assert card.run.command.endswith(
        "--seed 0 --set tfidf.training.inverse_penalty=2 --set lstm.model.pooling=mean"
    )


def test_a_training_that_was_killed_ends_as_if_it_had_not_been(output, tiny, small, tmp_path):
    steps: list[Any] = []

    def kill(event):
        if isinstance(event, ModelEvent) and isinstance(event.event, StepsDone):
            steps.append(event)
            if len(steps) == 5:
                raise KeyboardInterrupt

    checkpoint = tmp_path / "4" / "checkpoint.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(["4"], dataset=tiny, preset=small, seed=3, output=tmp_path, listener=kill)
    assert checkpoint.is_file()
    with pytest.raises(UserError, match="is of an unfinished training with other data, numbers or seed"):
        train(["4"], dataset=tiny, preset=small, seed=4, output=tmp_path)
    events: list[Any] = []
    train(["4"], dataset=tiny, preset=small, seed=3, output=tmp_path, listener=events.append)

    assert ModelEvent(name="4", event=Resumed(epoch=1, steps=4)) in events
    assert not checkpoint.exists()
    assert resolve("4", folder=tmp_path).digest == resolve("4", folder=output).digest


def names_of(events, kind):
    return [
        event.name if kind is ModelStarted else event.card.name for event in events if type(event) is kind
    ]


def test_models_that_the_same_training_finished_before_it_was_stopped_are_kept(tiny, small, tmp_path):
    def train_both(listener, **changes):
        arguments = {"dataset": tiny, "preset": small, "seed": 3, "output": tmp_path, **changes}
        return train(["tfidf", "1"], listener=listener, **arguments)

    def kill(event):
        if isinstance(event, ModelEvent) and isinstance(event.event, EpochDone):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_both(kill)
    events: list[Any] = []
    cards = train_both(events.append)

    assert names_of(events, ModelUpToDate) == ["tfidf"]
    assert names_of(events, ModelStarted) == ["1"]
    assert [card.name for card in cards] == ["tfidf", "1"]
    again: list[Any] = []
    assert train_both(again.append) == cards
    assert names_of(again, ModelUpToDate) == ["tfidf", "1"]
    assert len(again) == 2


@pytest.fixture(scope="module")
def finished(tiny, small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    train(["1"], dataset=tiny, preset=small, output=folder)
    return folder


@pytest.mark.parametrize(
    "other", ["retrain", "seed", "data", "epochs", "numbers", "vectors", "weights", "half-trained"]
)
def test_a_model_is_trained_again_where_anything_is_different(other, finished, tiny, small, tmp_path):
    output = tmp_path / "out"
    shutil.copytree(finished, output)
    arguments = {"dataset": tiny, "preset": small, "output": output}
    match other:
        case "retrain" | "seed" | "epochs":
            arguments[other] = 1
        case "data":
            arguments["dataset"] = replace(tiny, examples=tiny.examples[1:])
        case "numbers":
            model = replace(small.lstm.model, pooling="mean")
            arguments["preset"] = replace(small, lstm=replace(small.lstm, model=model))
        case "vectors":
            arguments["preset"] = replace(small, embeddings=replace(small.embeddings, learned=True))
        case "weights":
            (output / "1" / "model.safetensors").write_bytes(b"cut")
        case "half-trained":

            def kill(event):
                if isinstance(event, ModelEvent) and isinstance(event.event, EpochDone):
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                train(["1"], **arguments, retrain=True, listener=kill)
    events: list[Any] = []
    train(["1"], **arguments, listener=events.append)

    assert names_of(events, ModelStarted) == ["1"]
    assert names_of(events, ModelUpToDate) == []


def test_a_network_that_learns_its_vectors_stores_them(tiny, small, tmp_path):
    learning = replace(small, embeddings=replace(small.embeddings, learned=True))
    (card,) = train(["1"], dataset=tiny, preset=learning, epochs=1, output=tmp_path)

    assert set(card.files) == {"weights", "tokenizer"}
    assert card.embeddings is None
    assert card.parameters > 30_522 * 128
    assert resolve("1", folder=tmp_path).load().predict(["good"]).shape == (1, 2)


def test_a_network_reads_a_few_pieces_of_long_texts(tiny, small, tmp_path):
    sizes = replace(small.transformer.model, max_tokens=4)
    short = replace(small, transformer=replace(small.transformer, model=sizes))
    train(["7"], dataset=tiny, preset=short, epochs=1, output=tmp_path)

    first, second = resolve("7", folder=tmp_path).load().predict(["so good", "so good but then again bad"])
    np.testing.assert_allclose(first, second, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": ["9"]}, "unknown model '9'"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"dataset": Dataset("mine", ())}, "data 'mine' has no train examples"),
    ],
)
def test_wrong_use_is_one_clear_line_and_writes_nothing(change, message, tiny, small, tmp_path):
    arguments = {"names": ["1"], "dataset": tiny, "preset": small, "output": tmp_path / "new", **change}
    with pytest.raises(UserError, match=message):
        train(arguments.pop("names"), **arguments)
    assert not (tmp_path / "new").exists()


def test_data_of_one_class_is_refused(tiny, small, tmp_path):
    positive = Dataset("praise", tuple(e for e in tiny.examples if e.label == 1))
    with pytest.raises(UserError, match="data 'praise' has one class only"):
        train(["1"], dataset=positive, preset=small, output=tmp_path)


def test_an_output_that_is_a_file_is_refused(tiny, small, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is not writable"):
        train(["1"], dataset=tiny, preset=small, output=tmp_path / "file")


def test_a_second_training_into_the_same_folder_is_told_who_holds_it(tiny, small, tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(UserError, match=r"folder '.+' is being worked on by this process since 20"),
    ):
        train(["tfidf"], dataset=tiny, preset=small, output=tmp_path)
    assert not (tmp_path / "tfidf").exists()
    train(["tfidf"], dataset=tiny, preset=small, output=tmp_path)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_training_whose_folder_was_taken_over_saves_nothing_more(jobs, tiny, small, tmp_path):
    def take_over(event):
        if isinstance(event, ModelEvent) and isinstance(event.event, EpochDone):
            (tmp_path / HOLDER).unlink()

    with pytest.raises(UserError, match="was taken over by another process while this one stood still"):
        train(["1", "4"], dataset=tiny, preset=small, output=tmp_path, jobs=jobs, listener=take_over)
    assert not list(tmp_path.glob("*/card.json"))
