"""A sweep against an enumeration by hand, and whatever interrupts it."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.randomness import keys_of
from robustaudit.perturbations import Perturbation, TextBatch, build
from robustaudit.runs.events import Event, UnitDone
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.work_units import WorkerProcesses
from robustaudit.worst_case.stored_sweep import open_sweep
from robustaudit.worst_case.sweep import execute_sweep, margins
from sweeps import TEXTS, edited_texts, predicted, sweep_plan, swept

REFERENCE = ("contract", "extend", "homoglyph", "neighbor_swap", "qwerty", "delete", "insert", "substitute")

Allowed = Callable[[str, str], bool]
"""Whether constraints allow a word to become another."""


def by_hand(name: str, text: str, allowed: Allowed) -> Iterator[str]:
    """The texts that one edit makes, from the replacements that a perturbation lists for authors."""
    perturbation: Perturbation = build(name, {})
    sites = perturbation.sites(TextBatch([text]))
    columns = zip(sites.start.tolist(), sites.stop.tolist(), sites.form.tolist(), strict=True)
    for start, stop, form in columns:
        (word,) = [each for each in re.finditer(r"\S+", text) if each.start() <= start < each.end()]
        for new in sites.options[form]:
            whole = text[:start] + new + text[stop:]
            if allowed(word[0], whole[word.start() : word.end() + len(whole) - len(text)]):
                yield whole


def any_word(word: str, new: str) -> bool:  # noqa: ARG001
    return True


def first_kept(word: str, new: str) -> bool:
    return word[0] == new[:1]


def last_kept(word: str, new: str) -> bool:
    """Of `see` that becomes `se` the last letter was removed: what both begin with was not edited."""
    same = next((n for n, pair in enumerate(zip(word, new, strict=False)) if pair[0] != pair[1]), len(new))
    return word[same:][-1:] == new[same:][-1:] != ""


def longer(least: int, word: str, new: str) -> bool:  # noqa: ARG001
    return len(word) >= least


def other_than(words: set[str], word: str, new: str) -> bool:  # noqa: ARG001
    return word not in words


def one_of(words: set[str], word: str, new: str) -> bool:
    return not other_than(words, word, new)


PLAIN = ["the great food", "a movie so", "good good book", "never see it", "very bad place", "we loved that"]
SHORT = [f"{text} {more}" for text in PLAIN for more in ("", "twice", "again friends", "film", "once more")]
CONSTRAINED: dict[str, list[tuple[str, Allowed]]] = {
    "qwerty & keep(first_letter)": [("qwerty", first_kept)],
    "delete & keep(last_letter)": [("delete", last_kept)],
    'homoglyph & only("good", "book")': [("homoglyph", partial(one_of, {"good", "book"}))],
    "neighbor_swap & min_length(5)": [("neighbor_swap", partial(longer, 5))],
    'qwerty & keep("great")': [("qwerty", partial(other_than, {"great"}))],
    "(qwerty + delete) & min_length(4)": [(name, partial(longer, 4)) for name in ("qwerty", "delete")],
    "(qwerty | homoglyph) & keep(last_letter)": [("qwerty", last_kept), ("homoglyph", last_kept)],
    "delete, neighbor_swap": [(name, any_word) for name in ("delete", "neighbor_swap")],
    "(delete & min_length(4)) | (homoglyph & keep(first_letter))": [
        ("delete", partial(longer, 4)),
        ("homoglyph", first_kept),
    ],
    "insert & keep(first_letter) & keep(last_letter) & at_most(1)": [
        ("insert", lambda word, new: first_kept(word, new) and last_kept(word, new))
    ],
}


def check(folder: Path, wanted: dict[str, list[tuple[str, Allowed]]], texts: list[str]) -> None:
    sweep = swept(folder, *wanted, texts=texts)
    for attack, parts in wanted.items():
        effects = sweep.of("fake", attack)
        found = edited_texts(sweep, effects)
        by_example = list(zip(effects.example.tolist(), (edited for _, edited in found), strict=True))
        expected = {
            (place, edited)
            for place, example in enumerate(sweep.examples)
            for name, allowed in parts
            for edited in by_hand(name, example.text, allowed)
        }
        assert sorted(by_example) == sorted(expected - set(enumerate(each.text for each in sweep.examples)))
        assert effects.prediction.tolist() == [predicted(edited) for _, edited in found]
        assert effects.fails.tolist() == [predicted(clean) != predicted(edited) for clean, edited in found]
        assert (effects.fails == (effects.margin < 0)).all()


def test_a_sweep_of_each_reference_perturbation_is_every_edit_by_hand(tmp_path: Path) -> None:
    texts = sorted(set(TEXTS))
    assert len(texts) == 50
    check(tmp_path, {name: [(name, any_word)] for name in REFERENCE}, texts)


def test_a_sweep_under_constraints_is_every_edit_that_they_allow_by_hand(tmp_path: Path) -> None:
    check(tmp_path, CONSTRAINED, SHORT)


def test_an_early_end_and_all_edits_agree_on_which_examples_are_stable(tmp_path: Path) -> None:
    every = swept(tmp_path / "all", "qwerty", "insert", all_edits=True)
    early = swept(tmp_path / "early", "qwerty", "insert", all_edits=False)
    for attack in ("qwerty", "insert"):
        whole, part = every.of("fake", attack), early.of("fake", attack)
        unstable = [set(each.example[each.fails].tolist()) for each in (whole, part)]
        assert unstable[0] == unstable[1] != set()
        assert len(part) < len(whole)
        stable = ~np.isin(whole.example, list(unstable[0]))
        assert stable.sum() == (~np.isin(part.example, list(unstable[0]))).sum()


def test_no_draw_of_at_most_one_edit_flips_an_example_that_is_stable(tmp_path: Path) -> None:
    attack = "qwerty, (homoglyph + delete) & keep(first_letter)"
    sweep = swept(tmp_path, attack)
    effects = sweep.of("fake", attack)
    drawn = parse_attack(f"({attack}) & at_most(1)").attack
    batch = TextBatch([example.text for example in sweep.examples])
    rows = np.repeat(np.arange(len(sweep.examples)), 200)
    texts = drawn.draw(batch, rows, keys_of(0, each=[("draw", n) for n in range(len(rows))])).texts
    flipped = {
        row
        for row, text in zip(rows.tolist(), texts, strict=True)
        if predicted(text) != effects.clean_prediction[row]
    }
    assert flipped
    assert flipped <= set(effects.example[effects.fails].tolist())


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "edits").iterdir()}


def test_two_processes_store_what_one_does(tmp_path: Path) -> None:
    plan = sweep_plan("substitute", texts=TEXTS[:12])
    execute_sweep(plan, tmp_path / "one")
    execute_sweep(plan, tmp_path / "two", executor=WorkerProcesses(2))
    assert len(shards(tmp_path / "one")) > 1
    assert shards(tmp_path / "one") == shards(tmp_path / "two")


def test_a_sweep_that_was_interrupted_resumes_and_ends_alike(tmp_path: Path) -> None:
    plan = sweep_plan("substitute", texts=TEXTS[:12])
    execute_sweep(plan, tmp_path / "whole")

    def interrupt(event: Event) -> None:
        if isinstance(event, UnitDone):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute_sweep(plan, tmp_path / "twice", listener=interrupt)
    with pytest.raises(UserError, match="is not finished: run its command again to resume"):
        open_sweep(tmp_path / "twice")
    done: list[Event] = []
    execute_sweep(plan, tmp_path / "twice", listener=done.append)
    assert shards(tmp_path / "whole") == shards(tmp_path / "twice")
    assert sum(isinstance(event, UnitDone) for event in done) == len(shards(tmp_path / "whole")) - 1


def test_a_damaged_shard_is_said_set_aside_and_done_again(tmp_path: Path) -> None:
    plan = sweep_plan("qwerty")
    execute_sweep(plan, tmp_path)
    before = shards(tmp_path)
    path = next((tmp_path / "edits").iterdir())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    said: list[str] = []
    execute_sweep(plan, tmp_path, tell=said.append)
    assert shards(tmp_path) == before
    (line,) = said
    assert line.startswith(f"{path} cannot be read: ")
    assert line.endswith(f"set aside in {str(tmp_path / 'set-aside' / '1')!r} and done again")
    assert [each.name for each in (tmp_path / "set-aside" / "1").iterdir()] == [path.name]


def test_the_folder_of_a_run_or_of_another_sweep_is_refused(tmp_path: Path) -> None:
    execute_sweep(sweep_plan("qwerty"), tmp_path / "sweep")
    with pytest.raises(UserError, match="another plan"):
        execute_sweep(sweep_plan("delete"), tmp_path / "sweep")
    execute_plan(sweep_plan("qwerty").plan, tmp_path / "run")
    with pytest.raises(UserError, match="holds a run: choose another output="):
        execute_sweep(sweep_plan("qwerty"), tmp_path / "run")


def test_a_margin_is_the_log_odds_of_one_class_against_the_likeliest_other() -> None:
    probabilities = np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7], [np.nan] * 3, [1.0, 0.0, 0.0]])
    found = margins(probabilities, np.array([0, 1, 2, 0]))
    assert found[0] == pytest.approx(np.log(2))
    assert found[1] == pytest.approx(np.log(2 / 7))
    assert np.isnan(found[2])
    assert np.isfinite(found[3])
    assert np.isnan(margins(probabilities[:1], np.array([-1]))).all()
