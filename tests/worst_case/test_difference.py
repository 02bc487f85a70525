"""Two models over every single edit of the same texts."""

from pathlib import Path
from typing import Any

import pytest

from robustaudit.attacks import parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.errors import UserError
from robustaudit.core.records import Edit
from robustaudit.perturbations import TextBatch
from robustaudit.worst_case.difference import ModelDifference, SweptModel, compare_sweeps
from vocabularies import KnownWords, source, swept_models

TEXTS = ("a good day", "Good or god", "the food", "lovely and good", "a bad day")
OLD, NEW = ("good", "god", "goo", "lovely", "day"), ("good", "goo", "lovely", "gooo", "or")


def compared(folder: Path, *attacks: str) -> ModelDifference:
    sweep = swept_models(folder, [source("old", *OLD), source("new", *NEW)], TEXTS, *attacks)
    return compare_sweeps(SweptModel(sweep, "old"), SweptModel(sweep, "new"))


def outcome(words: tuple[str, ...], text: str) -> int:
    return int(KnownWords(words).predict([text]).argmax())


@pytest.mark.parametrize("attack", ["delete", "qwerty + delete", "neighbor_swap, delete"])
def test_it_finds_each_edit_that_newly_fails_or_holds_and_no_other(tmp_path: Path, attack: str) -> None:
    found = compared(tmp_path, attack)
    listed = {
        (row["newly"], row["example"], apply(row["text"], [_edit(row)])) for row in found.changes.to_pylist()
    }
    batch = TextBatch(TEXTS)
    edits = parse_attack(attack).attack.single_edits(batch)
    expected = set()
    for place, edited in zip(edits.text.tolist(), edits.texts(batch), strict=True):
        clean = outcome(OLD, TEXTS[place])
        if clean == outcome(NEW, TEXTS[place]) and outcome(OLD, edited) != outcome(NEW, edited):
            newly = "holds" if outcome(NEW, edited) == clean else "fails"
            expected.add((newly, f"e{place}", edited))
    assert expected
    assert listed == expected
    counts = found.attacks[0].counts
    assert (counts.newly_fail, counts.newly_hold) == tuple(
        sum(newly == each for newly, *_ in expected) for each in ("fails", "holds")
    )


def _edit(row: dict[str, Any]) -> Edit:
    return Edit(row["start"], row["stop"], row["replacement"])


def test_figures_add_up(tmp_path: Path) -> None:
    found = compared(tmp_path, "qwerty + delete")
    (attack,) = found.attacks
    assert [each.name for each in attack.by_kind] == ["qwerty", "delete"]
    assert (
        attack.counts.old_fail - attack.counts.newly_hold == attack.counts.new_fail - attack.counts.newly_fail
    )
    for groups in (attack.by_kind, attack.by_word):
        assert sum(each.counts.newly_fail for each in groups) == attack.counts.newly_fail
        assert sum(each.counts.newly_hold for each in groups) == attack.counts.newly_hold
    assert attack.by_word[0].name == "good"
    assert "god" in {row["after"].lower() for row in found.changes.to_pylist()}


def test_clean_texts_with_another_prediction_are_kept_apart(tmp_path: Path) -> None:
    found = compared(tmp_path, "delete")
    assert [row["text"] for row in found.clean.to_pylist()] == ["a bad day"]
    assert (found.clean_newly_wrong, found.clean_newly_correct) == (1, 0)
    assert found.attacks[0].set_aside == 6
    assert "a bad day" not in found.changes["text"].to_pylist()
    assert found.new_failures == found.newly_fail + 1


def test_a_model_compared_with_itself_differs_nowhere(tmp_path: Path) -> None:
    sweep = swept_models(tmp_path, [source("old", *OLD)], TEXTS, "delete", "qwerty")
    found = compare_sweeps(SweptModel(sweep, "old"), SweptModel(sweep, "old"))
    assert found.new_failures == 0
    assert [each.moved for each in found.attacks] == [0, 0]
    assert len(found.changes) == len(found.clean) == 0


def test_two_sweeps_are_compared_as_two_models_of_one(tmp_path: Path) -> None:
    together = compared(tmp_path / "both", "delete", "qwerty")
    old, new = (
        swept_models(tmp_path / name, [source(name, *words)], TEXTS, "delete", "qwerty")
        for name, words in (("old", OLD), ("new", NEW))
    )
    apart = compare_sweeps(SweptModel(old, "old"), SweptModel(new, "new"))
    assert apart.attacks == together.attacks
    assert apart.changes.equals(together.changes)


def test_sweeps_that_cannot_be_compared_are_refused(tmp_path: Path) -> None:
    whole = swept_models(tmp_path / "a", [source("m", "good")], TEXTS, "delete")
    early = swept_models(tmp_path / "b", [source("m", "good")], TEXTS, "delete", all_edits=False)
    fewer = swept_models(tmp_path / "c", [source("m", "good")], TEXTS[:2], "delete")
    other = swept_models(tmp_path / "d", [source("m", "good")], TEXTS, "qwerty")
    for second, message in ((early, "left each example"), (fewer, "same examples"), (other, "same attacks")):
        with pytest.raises(UserError, match=message):
            compare_sweeps(SweptModel(whole, "m"), SweptModel(second, "m"))
