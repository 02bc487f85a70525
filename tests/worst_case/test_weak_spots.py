"""Few edits that fail many texts."""

from pathlib import Path

from robustaudit.worst_case.edited_words import kinds_of
from robustaudit.worst_case.weak_spots import MOST, WeakSpots, WordEdit, find_weak_spots
from vocabularies import source, swept_models, words_of

TEXTS = [f"good {word} {number}" for number, word in enumerate(["food", "day", "room"] * 14)] + [
    f"lovely thing {number}" for number in range(6)
]


def spots_of(folder: Path, attack: str = "delete", other: tuple[str, ...] = ("good", "goo")) -> WeakSpots:
    """Of a model that knows `good` and, once the first `o` is gone, `god`, too."""
    models = [source("one", "good", "god", "ood", "lovely"), source("other", *other)]
    sweep = swept_models(folder, models, TEXTS, attack)
    effects, others = sweep.of("one", attack), sweep.of("other", attack)
    words = words_of(sweep, effects)
    return find_weak_spots(effects, words, sweep.examples, kinds_of(attack), [others])


def test_the_first_weak_spot_fails_most_texts(tmp_path: Path) -> None:
    found = spots_of(tmp_path)
    assert found.spots[0].edit == WordEdit("good", "goo", "delete")
    assert found.spots[1].edit.before == "lovely"
    assert len(found.spots) == 2  # what is left fails no text that these do not
    assert found.chosen_on + found.tried_on == len(TEXTS)


def test_its_effect_is_counted_on_the_other_half_and_on_other_models(tmp_path: Path) -> None:
    found = spots_of(tmp_path)
    first = found.spots[0]
    with_good = sum("good" in text for text in TEXTS)
    assert first.texts == first.fails == with_good - first.chosen_fails
    assert first.together["one"].value == first.fails / found.tried_on
    assert first.together["other"].value == 0  # it knows `goo`
    low, high = first.together["one"].low, first.together["one"].high
    assert low is not None
    assert high is not None
    assert low < first.together["one"].value <= high
    assert found.spots[1].together["one"].value == 1


def test_texts_that_fail_one_by_one_have_no_weak_spot(tmp_path: Path) -> None:
    texts = [f"good{'x' * number}" for number in range(12)]
    sweep = swept_models(tmp_path, [source("one", *texts)], texts, "delete & keep(first_letter)")
    effects = sweep.of("one", sweep.attacks[0])
    found = find_weak_spots(effects, words_of(sweep, effects), sweep.examples, ("delete",))
    assert len(found.spots) <= MOST
    assert all(each.chosen_fails > 1 for each in found.spots)
