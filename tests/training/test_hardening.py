from dataclasses import replace
from typing import Any

import pytest

from robustaudit.attacks import HeldOut, parse_attack, perturbations_in
from robustaudit.core.errors import UserError
from robustaudit.models import Trust, files_of, resolve, resolve_trained, seen_by
from robustaudit.models.hardening_record import HARDENING, read_hardening
from robustaudit.perturbations import CHARACTERS
from robustaudit.training.augmentation import AugmentedEpochs
from robustaudit.training.hardening_job import CleanBound, HardeningJob, splits_for
from robustaudit.training.hardening_kinds import harden
from robustaudit.training.hardening_preset import load_hardening_preset
from robustaudit.training.train import train
from robustaudit.training.training_events import EpochDone, ModelEvent, ModelHardened, Resumed

SEEN = tuple(parse_attack(each, rate=None) for each in ("qwerty", "delete"))


@pytest.fixture(scope="module")
def trained(tiny, small, tmp_path_factory):
    output = tmp_path_factory.mktemp("trained")
    train(["1", "7", "8"], dataset=tiny, preset=small, output=output)
    return output


@pytest.fixture(scope="module")
def preset():
    """The numbers that ship, for networks that have seen little: they may lose what they like."""
    return load_hardening_preset("balanced").with_values(epochs=2, share=None, max_clean_loss=0.5)


@pytest.fixture
def job(trained, tiny, preset):
    def make(name="1", **changes):
        source = resolve_trained(name, folder=trained)
        fields = {
            "source": source,
            "dataset": tiny,
            "splits": splits_for(source, tiny),
            "device": "cpu",
            "precision": "auto",
            "attacks": SEEN,
            "held_out": HeldOut.of(["homoglyph"]),
            "preset": preset,
            "seed": 3,
            "segmenter": CHARACTERS,
            "command": "robustaudit harden --model 1",
        }
        return HardeningJob(**(fields | changes))

    return make


def hardened(job, output, listener=lambda _: None):
    """A model that is kept even if it gained nothing, as one so small may."""
    name, record = harden(job, output, trust=Trust(), listener=listener)
    return resolve(name), record


@pytest.fixture(autouse=True)
def _any_gain_will_do(monkeypatch):
    """The tiny data has so few validation examples that a network seldom gains on them."""
    monkeypatch.setattr(CleanBound, "allows", lambda *_: True)


@pytest.mark.parametrize("name", ["1", "7", "8"])
def test_a_hardened_network_is_a_model_with_a_record_of_what_it_has_seen(name, job, tmp_path):
    source, record = hardened(job(name), tmp_path / "made")

    assert source.load().predict(["good"]).shape == (1, 2)
    assert source.title.endswith(", hardened on qwerty, delete")
    assert [each.attack for each in seen_by(source)] == ["qwerty", "delete"]
    assert [each.expression for each in record.seen] == ["qwerty@0.3", "delete@0.3"]
    assert record.held_out == ("homoglyph",)
    assert record.original_digest == job(name).source.digest != source.digest
    assert record.after.test_accuracy == source.accuracy.test


def test_it_needs_no_file_of_another_folder(job, tmp_path):
    hardened(job(), tmp_path / "made")
    moved = (tmp_path / "made").rename(tmp_path / "moved")

    assert resolve(str(moved)).load().predict(["good"]).shape == (1, 2)
    assert all(file.path.parent == moved for file in files_of(resolve(str(moved))))


def test_each_epoch_has_other_draws_of_the_attacks_that_may_be_seen(job):
    schedule = job().schedule(3)
    epochs = AugmentedEpochs(job().splits.train, schedule)
    texts = [[example.text for example in epochs.examples(number)] for number in (1, 2)]
    original = [example.text for example in job().splits.train]
    both = [row for row, text in enumerate(original) if text not in (texts[0][row], texts[1][row])]

    assert len(both) > 10
    assert sum(texts[0][row] == texts[1][row] for row in both) < len(both) / 10
    for epoch in (1, 2, 3):
        assert perturbations_in(schedule.at(epoch).attack.attack) == {"qwerty", "delete"}


def test_rates_rise_over_equal_parts_of_the_epochs(job, preset):
    rising = job(preset=replace(preset, rates=(0.1, 0.2, 0.3))).schedule(6)
    drawn = [next(rising.at(epoch).attack.attack.rates()) for epoch in range(1, 7)]

    assert drawn == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]


def test_an_attack_with_a_rate_of_its_own_keeps_it(job):
    own = job(attacks=(parse_attack("qwerty@0.05", rate=None),))

    assert list(own.schedule(3).at(3).attack.attack.rates()) == [0.05]


@pytest.mark.parametrize(
    ("seen", "held_out", "common"),
    [
        ("qwerty", "qwerty", "the perturbation qwerty"),
        ("qwerty@0.1", "homoglyph,qwerty", "the perturbation qwerty"),
        ("delete+qwerty", "qwerty & at_most(1)", "the perturbation qwerty"),
        ("homoglyph | qwerty", "unicode", "perturbations of the family unicode"),
        ("report-mix", "typing", "perturbations of the family typing"),
    ],
)
def test_what_is_held_out_cannot_be_trained_with(seen, held_out, common, job, tmp_path):
    asked = job(attacks=(parse_attack(seen),), held_out=HeldOut.of([held_out]))
    with pytest.raises(UserError, match="is to train with and") as refused:
        hardened(asked, tmp_path / "made")

    assert common in str(refused.value)
    assert not any(tmp_path.iterdir())


def test_a_model_that_loses_too_much_on_clean_texts_is_not_saved(job, preset, tmp_path, monkeypatch):
    monkeypatch.undo()
    wrecking = replace(preset, max_clean_loss=0.0, network=replace(preset.network, learning_rate=1.0))
    with pytest.raises(
        UserError, match=r"^nothing was saved: .* percentage points|^nothing was saved: under"
    ):
        hardened(job(preset=wrecking), tmp_path / "made")

    assert not any(tmp_path.iterdir())


def test_a_hardening_that_was_stopped_goes_on_and_ends_with_the_weights_of_its_seed(job, tmp_path):
    class StoppedError(Exception):
        pass

    def stop(event):
        if isinstance(event, ModelEvent) and isinstance(event.event, EpochDone):
            raise StoppedError

    told: list[Any] = []
    with pytest.raises(StoppedError):
        hardened(job(), tmp_path / "made", stop)
    assert not (tmp_path / "made").exists()
    source, record = hardened(job(), tmp_path / "made", told.append)

    assert [each.event.epoch for each in told if isinstance(getattr(each, "event", None), Resumed)] == [1]
    assert isinstance(told[-1], ModelHardened)
    at_once, its_record = hardened(job(), tmp_path / "at_once")
    assert source.digest == at_once.digest
    assert record.after == its_record.after
    assert record.texts_digest == its_record.texts_digest


def test_a_folder_that_holds_something_is_left_alone(job, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="already exists: choose another --output, or remove it"):
        hardened(job(), tmp_path / "made")

    assert [path.name for path in tmp_path.rglob("*")] == ["made", "notes.txt"]


def test_hardened_again_it_has_seen_the_attacks_of_both(job, tmp_path):
    first, _ = hardened(job(), tmp_path / "first")
    again = job(source=first, attacks=(parse_attack("insert"),))
    second, _ = hardened(again, tmp_path / "second")

    assert [each.attack for each in seen_by(second)] == ["qwerty", "delete", "insert"]
    assert second.title.endswith(", hardened on qwerty, delete, insert")
    with pytest.raises(UserError, match=r"attack 'qwerty@0\.3' is what model .* was trained with"):
        hardened(replace(again, held_out=HeldOut.of(["qwerty"])), tmp_path / "third")


def test_a_record_is_of_the_files_that_it_lists_alone(job, tmp_path):
    source, record = hardened(job(), tmp_path / "made")
    other, _ = hardened(job(seed=4), tmp_path / "other")
    (tmp_path / "other" / HARDENING).write_bytes((tmp_path / "made" / HARDENING).read_bytes())

    assert read_hardening(tmp_path / "made", source.files) == record
    assert read_hardening(tmp_path / "other", other.files) is None
