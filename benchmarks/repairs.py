"""What repairs the reference models: spelling correction, a chain, and the chain before a hardened model.

    .venv/bin/python benchmarks/repairs.py FOLDER [--models 1,4,7,8] [--seeds 0,1,2] [--certified 100]

The chain of each model is found by `robustaudit repair` on validation reviews, under the four seen attacks.
The model is hardened on these, once for each seed. All are judged on the test reviews: under the seen
attacks, under others that nothing was chosen or trained with, and by `robustaudit verify`, through the chain.
Figures of the hardened model are means over the seeds. What is in FOLDER already is not done again.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from robustaudit import UserError, audit, harden, repair, verify
from robustaudit.datasets import SENTIMENTS, load
from robustaudit.repairs.judging import CLEAN, HELD_OUT, SEEN, GainStatement, judge
from robustaudit.runs.stored_run import open_run
from robustaudit.statistics.measures import Estimate

TRAINED = ("qwerty", "delete", "insert", "neighbor_swap")
OTHERS = ("homoglyph", "zero_width", "leetspeak@0.1", "space_letters@0.1", "phone-typing")
SWEPT = ("qwerty", "delete", "neighbor_swap", "homoglyph")
NONE, SPELL, CHAIN, BOTH = "none", "spell", "chain", "both"
CHOOSING = 600  # validation reviews
JUDGED = (
    *("model", "attack", "example", "group", "draw", "label", "changed", "error"),
    *("clean_prediction", "perturbed_prediction"),
)


@dataclass(frozen=True)
class Repaired:
    """A reference model, what is tried for it, and how that is judged."""

    model: str
    seeds: tuple[int, ...]
    folder: Path
    certified: int

    @cached_property
    def chain(self) -> str:
        """The chain that is found on validation reviews."""
        examples = load("reviews").split("validation")[:CHOOSING]
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
                harden(self.model, attacks=TRAINED, hold_out=["unicode", "evasion"], seed=seed, output=output)
            except UserError as error:
                print(f"model {self.model}, seed {seed}: {error}", flush=True)
                return self.model
        return str(output)

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
        audit(self.candidates, attacks=[*TRAINED, *OTHERS], trials=1305, minimal="none", output=output)
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
        found = verify(models, attacks=SWEPT, examples=self.certified, output=self.folder / "sweep")
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
    yield f"model {repaired.model}: chain {repaired.chain}, seeds {repaired.seeds}"
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
    given = parser.parse_args(arguments)
    seeds = tuple(map(int, given.seeds.split(",")))
    for model in given.models.split(","):
        for line in report(Repaired(model, seeds, given.folder / model, given.certified)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
