"""Whether `diff` finds an entry that is removed from the vocabulary of model 4, and how likely a run is to.

    .venv/bin/python benchmarks/removed_entries.py [--entries 100] [--examples 500] [--seeds 20] [--all-edits]

Entries are drawn from the words of the examples, which are test reviews. For each, the models are compared
by `robustaudit.diff` on two examples that have the word. Next to that stands what would be found on all
examples by the draws of `robustaudit run --trials` of that number, under each seed, and with --all-edits by
all their single edits. Only texts that the tokenizer reads with the entry can differ, so only these are
queried.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from robustaudit.api.model_difference import diff
from robustaudit.attacks import parse_attack
from robustaudit.core.files import shipped
from robustaudit.core.randomness import order_key
from robustaudit.datasets import load
from robustaudit.models import Classifier
from robustaudit.models.reference_models import trained_in
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.perturbations import TextBatch
from robustaudit.runs.plan import first_draws, sample_examples
from robustaudit.worst_case.difference import MOVED
from robustaudit.worst_case.sweep import margins

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from removed_entries import copy_model, remove_entry, vocabulary_of

ATTACKS = ("neighbor_swap", "delete", "homoglyph", "qwerty")
MODEL = shipped("trained_models") / "4"
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Texts:
    """Texts with the piece numbers that the model reads, and which text each of these is of."""

    texts: list[str]
    pieces: NDArray[np.int64]
    text_of: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str], tokenizer: PieceTokenizer) -> "Texts":
        once = sorted(set(texts))
        encoded = tokenizer.encode(once)
        text_of = np.repeat(np.arange(len(once)), [len(each) for each in encoded])
        return cls(once, np.concatenate(encoded), text_of)

    def with_piece(self, number: int) -> list[str]:
        return [self.texts[place] for place in np.unique(self.text_of[self.pieces == number]).tolist()]


@dataclass(frozen=True)
class Found:
    """By text, both models' classes and how far their margins are apart."""

    classes: dict[str, tuple[int, int]]
    largest: float

    @property
    def any_differs(self) -> bool:
        return any(old != new for old, new in self.classes.values())

    @classmethod
    def of(cls, old: Classifier, new: Classifier, texts: list[str]) -> "Found":
        if not texts:
            return cls({}, 0.0)
        first, second = (each.predict(texts) for each in (old, new))
        classes = [each.argmax(axis=1).tolist() for each in (first, second)]
        apart = margins(first, first.argmax(axis=1)) - margins(second, first.argmax(axis=1))
        return cls(dict(zip(texts, zip(*classes, strict=True), strict=True)), float(np.abs(apart).max()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=100)
    parser.add_argument("--examples", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--all-edits", action="store_true")
    asked = parser.parse_args()
    began = perf_counter()
    examples = sample_examples(load("reviews").audited, asked.examples, seed=0)
    words = {word for each in examples for word in re.findall(r"[a-z]+", each.text.lower())}
    entries = sorted(words & vocabulary_of(MODEL), key=lambda word: order_key(0, word))[: asked.entries]
    texts = [example.text for example in examples]
    source = trained_in(str(MODEL))
    old = source.load()
    tokenizer = PieceTokenizer(path=source.card.locate("tokenizer", MODEL), max_tokens=old.max_tokens)  # type: ignore[attr-defined]
    attacks = [parse_attack(each).attack for each in ATTACKS]
    batch = TextBatch(texts)
    listed = attacks if asked.all_edits else []
    edited = [text for attack in listed for text in attack.single_edits(batch).texts(batch)]
    every = Texts.of([*texts, *edited], tokenizer)
    drawn = [[list(first_draws(a, examples, seed=s).texts) for a in attacks] for s in range(asked.seeds)]
    sampled = Texts.of([text for of_seed in drawn for of_attack in of_seed for text in of_attack], tokenizer)
    print(f"{len(examples)} examples, {len(entries)} entries", flush=True)
    whose = "all edits" if asked.all_edits else "clean texts"
    counts = dict.fromkeys(("diff", "diff, a prediction", f"{whose}, a prediction", f"{whose}, a margin"), 0)
    runs = {"a trial differs": [], "an accuracy differs significantly": []}
    with tempfile.TemporaryDirectory() as folder:
        copied = copy_model("4", Path(folder))
        for place, entry in enumerate(entries, 1):
            number = int(
                PieceTokenizer(path=MODEL.parent / "shared" / "tokenizer.json", max_tokens=9).encode([entry])[
                    0
                ][1]
            )
            remove_entry(copied, entry, of=MODEL)
            with_word = [
                (each.text, each.label)
                for each in examples
                if entry in re.findall(r"[a-z]+", each.text.lower())
            ][:2]
            found = diff("4", str(copied), with_word, attacks=ATTACKS, include_seen=True, progress=False)
            new = trained_in(str(copied)).load()
            whole = Found.of(old, new, every.with_piece(number))
            counts["diff"] += found.difference.differs
            counts["diff, a prediction"] += bool(len(found.changes) or len(found.clean))
            counts[f"{whose}, a prediction"] += whole.any_differs
            counts[f"{whose}, a margin"] += whole.largest > MOVED
            clean = {text: whole.classes[text] for text in texts if text in whole.classes}
            some = Found.of(old, new, sampled.with_piece(number))
            for of_seed in drawn:
                differing, significant = of_run(of_seed, [each.label for each in examples], some.classes)
                runs["a trial differs"].append(differing or any(a != b for a, b in clean.values()))
                runs["an accuracy differs significantly"].append(significant)
            told = ", ".join(f"{name} {number}" for name, number in counts.items())
            print(f"{place} of {len(entries)}, {entry!r}: found by {told}", flush=True)
    for name, shown in runs.items():
        print(f"run --trials {len(examples)}, {name}: {100 * np.mean(shown):.1f}% of {len(shown):,} runs")
    print(f"{perf_counter() - began:.0f} s")


def of_run(
    drawn: Sequence[Sequence[str]], labels: Sequence[int], classes: dict[str, tuple[int, int]]
) -> tuple[bool, bool]:
    """Whether any trial's prediction differs, and whether an attack's accuracies do by an exact sign test."""
    differing = significant = False
    for texts in drawn:
        pairs = [
            (*classes[text], label) for text, label in zip(texts, labels, strict=True) if text in classes
        ]
        better, worse = (
            sum(old != label == new for old, new, label in pairs),
            sum(old == label != new for old, new, label in pairs),
        )
        differing |= any(old != new for old, new, _ in pairs)
        if better + worse:
            significant |= binomtest(worse, better + worse).pvalue < SIGNIFICANT
    return differing, significant


if __name__ == "__main__":
    main()
