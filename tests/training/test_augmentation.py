"""Trainings that perturb a share of their texts."""

from typing import Any

import pytest

from robustaudit.attacks import parse_attack
from robustaudit.core.records import Example
from robustaudit.models import resolve, resolve_trained
from robustaudit.training.augmentation import Augmentation, AugmentedEpochs, add_copies, digest_of_texts
from robustaudit.training.train import train
from robustaudit.training.training_events import EpochDone, ModelEvent, ModelUpToDate

QWERTY = Augmentation(attack=parse_attack("qwerty"), share=0.5, seed=3)


def changed(before: tuple[Example, ...], after: tuple[Example, ...]) -> list[bool]:
    assert [(each.id, each.label, each.group) for each in before] == [
        (each.id, each.label, each.group) for each in after
    ]
    return [old.text != new.text for old, new in zip(before, after, strict=True)]


def test_each_epoch_perturbs_another_share_of_the_texts_anew(splits) -> None:
    epochs = AugmentedEpochs(splits.train, QWERTY)
    first, second = (epochs.examples(epoch) for epoch in (1, 2))
    shares = [changed(splits.train, each) for each in (first, second)]
    for share in shares:
        assert 0.4 < sum(share) / len(share) < 0.6
    assert shares[0] != shares[1]
    both = [row for row, (one, two) in enumerate(zip(*shares, strict=True)) if one and two]
    assert sum(first[row].text == second[row].text for row in both) < len(both) / 4


def test_what_an_epoch_shows_depends_on_seed_attack_and_epoch_alone(splits) -> None:
    epochs = AugmentedEpochs(splits.train, QWERTY)
    for epoch in (1, 2, 3):
        epochs.examples(epoch)
    went_on = AugmentedEpochs(splits.train, QWERTY)
    assert went_on.examples(3) == epochs.examples(3)
    assert went_on.digest(3) == epochs.digest(3) != epochs.digest(2)
    other = Augmentation(attack=QWERTY.attack, share=0.5, seed=4)
    assert AugmentedEpochs(splits.train, other).digest(3) != epochs.digest(3)
    assert QWERTY.perturbed(splits.train[::-1], draw=1) == epochs.examples(1)[::-1]


@pytest.fixture(scope="module")
def plain(tiny, small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    train(["1", "tfidf"], dataset=tiny, preset=small, seed=3, output=folder)
    return folder


@pytest.fixture(scope="module")
def output(tiny, small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("augmented")
    train(["1", "tfidf"], dataset=tiny, preset=small, seed=3, output=folder, augmentation=QWERTY)
    return folder


def test_the_card_says_what_the_model_was_trained_on(output, plain, splits) -> None:
    card = resolve_trained("1", folder=output).card
    said = card.run.augmentation
    assert (said.attack, said.expression, said.share, said.seed) == ("qwerty", "qwerty@0.3", 0.5, 3)
    assert said.texts_digest == AugmentedEpochs(splits.train, QWERTY).digest(card.run.epochs)
    assert card.title == "LSTM encoder only, no dropout, augmented with qwerty"
    assert card.run.command.endswith("--data tiny --seed 3 --augment qwerty --augment-share 0.5")
    for name in ("1", "tfidf"):
        assert resolve(name, folder=output).digest != resolve(name, folder=plain).digest
        assert resolve_trained(name, folder=plain).card.run.augmentation is None


def test_the_baseline_learns_from_originals_and_copies(output, splits) -> None:
    rows, _ = add_copies(splits.train, [QWERTY])
    said = resolve_trained("tfidf", folder=output).card.run.augmentation
    assert said is not None
    assert said.texts_digest == digest_of_texts(row.example for row in rows)


def test_it_goes_on_where_it_was_stopped_with_what_it_would_have_seen(output, tiny, small, tmp_path) -> None:
    def kill(event):
        if isinstance(event, ModelEvent) and isinstance(event.event, EpochDone):
            raise KeyboardInterrupt

    def again(**options):
        return train(["1"], dataset=tiny, preset=small, seed=3, output=tmp_path, **options)

    with pytest.raises(KeyboardInterrupt):
        again(augmentation=QWERTY, listener=kill)
    (card,) = again(augmentation=QWERTY)
    assert card.digest == resolve_trained("1", folder=output).card.digest
    assert card.run.augmentation == resolve_trained("1", folder=output).card.run.augmentation


def test_a_model_that_is_there_is_kept_for_the_same_attack_and_share_alone(tiny, small, tmp_path) -> None:
    def kept(**options) -> bool:
        events: list[Any] = []
        train(
            ["tfidf"], dataset=tiny, preset=small, seed=3, output=tmp_path, listener=events.append, **options
        )
        return any(isinstance(event, ModelUpToDate) for event in events)

    assert not kept(augmentation=QWERTY)
    assert kept(augmentation=QWERTY)
    assert not kept(augmentation=Augmentation(attack=QWERTY.attack, share=0.6, seed=3))
    assert not kept()
