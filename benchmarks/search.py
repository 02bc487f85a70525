"""How many queries a search takes for what it finds, beside searches of others on the same sites.

    python benchmarks/search.py [--models tfidf,1,4] [--examples 200] [--edits 1,2,3]
        [--others charmer-20,charmer-1,deepwordbug,greedy,pruthi]

The attack is `neighbor_swap + substitute + delete + insert`, with at most so many edits. Each line has a
search of others: the share of the correctly predicted reviews that it makes fail, its queries for each of
them until it fails or ends, and the same of ours with the budget at which it takes a third of those queries,
or fewer. Then the time beside the model, in CPU time of this process.

charmer-N    The greedy search of Charmer (Abad Rocamora et al. 2024, arXiv 2405.04346), written here:
             positions are ranked by what a blank there does, the N best get every letter, the best text is
             kept, and all begins anew with one more edit. Queries count up to the first text that fails.
deepwordbug  TextAttack's DeepWordBug (Gao et al. 2018): words ranked by an unknown word in their place, then
             the best of four random edits of each.
greedy       TextAttack's greedy search by word importance (deletion), with every edit of our sites of a word.
pruthi       TextAttack's recipe of Pruthi et al. 2019: every edit of every word, inside words of four letters
             or more that are no stop words; ours has the same constraints.

TextAttack's need an environment that has it, such as that of `make test-peers`. All of its searches get at
most as many words as there are edits, and no other limit.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustaudit.attacks import Attack, parse_attack
from robustaudit.core.arrays import Integers
from robustaudit.core.edits import apply
from robustaudit.core.records import Edit, Example
from robustaudit.datasets import Dataset, load
from robustaudit.models.reference_models import resolve_trained
from robustaudit.perturbations import CHARACTERS, TextBatch
from robustaudit.runs.plan import sample_examples
from robustaudit.runs.predictions import Predictions, predict_all
from robustaudit.worst_case.search import search
from robustaudit.worst_case.sweep import margins
from robustaudit.worst_case.word_evidence import WordEvidence

KINDS = "neighbor_swap + substitute + delete + insert"
OTHERS = ("charmer-20", "charmer-1", "deepwordbug", "greedy", "pruthi")
MOST_QUERIES = 20_000
INSIDE = "({kinds}) & keep(first_letter, last_letter, stop_words) & min_length(4) & at_most({edits})"


@dataclass
class Asked:
    """A model that counts its texts and the CPU seconds they take."""

    model: str
    texts: int = 0
    seconds: float = 0.0
    classifier: Any = field(init=False)

    def __post_init__(self) -> None:
        self.classifier = resolve_trained(self.model).load()
        self.classifier.predict(["warm"])

    def __call__(self, texts: Sequence[str]) -> Predictions:
        began = time.process_time()
        found = predict_all(self.classifier, texts, model=self.model, batch_size=None)
        self.seconds += time.process_time() - began
        self.texts += len(texts)
        return found


@dataclass(frozen=True)
class Outcome:
    """Of each example predicted correctly: whether it was made to fail, and the queries until then."""

    failed: NDArray[np.bool_]
    queries: Integers

    def __str__(self) -> str:
        return f"{self.failed.mean():6.1%} {self.queries.mean():9.1f}"


def ours(asked: Asked, examples: Sequence[Example], attack: Attack, budget: int) -> Outcome:
    """Each search until its first failure: what it takes back afterwards is not counted."""
    found = search(
        examples, attack, asked, budget=budget, seed=0, segmenter=CHARACTERS, evidence=evidence_of_labels()
    )
    right = [each for each, example in zip(found, examples, strict=True) if each.prediction == example.label]
    failed = np.array([each.failed_after is not None for each in right])
    return Outcome(failed, np.array([each.failed_after or each.queries for each in right]))


@cache
def reviews() -> Dataset:
    """The reviews, read before TextAttack is imported, which has another folder for what is cached."""
    return load("reviews", offline=True)


@cache
def evidence_of_labels() -> WordEvidence:
    return WordEvidence.of(reviews().examples, CHARACTERS)


def charmer(asked: Asked, examples: Sequence[Example], attack: Attack, *, edits: int, best: int) -> Outcome:
    """The greedy search of Charmer on the sites of the attack."""
    clean = asked([example.text for example in examples])
    right = [place for place, each in enumerate(examples) if clean.predictions[place] == each.label]
    found = [greedy_by_positions(asked, examples[place], attack, edits, best) for place in right]
    return Outcome(np.array([failed for failed, _ in found]), np.array([queries for _, queries in found]))


def greedy_by_positions(
    asked: Asked, example: Example, attack: Attack, edits: int, best: int
) -> tuple[bool, int]:
    """Whether a text fails, and after how many queries, the clean one included."""
    single = attack.single_edits(TextBatch([example.text]))
    columns, queries, made = single.edits, 1, []
    spans = np.stack([single.site_start, single.site_stop, columns.start, columns.stop], axis=1)
    positions, of_edit = np.unique(spans, axis=0, return_inverse=True)
    free = np.ones(len(positions), dtype=np.bool_)

    def scored(texts: list[str]) -> tuple[bool, int, int]:
        """Whether one fails, the one with the least margin, and the queries up to the first that fails."""
        answers = asked(texts)
        fails = np.flatnonzero(answers.predictions != example.label)
        least = margins(answers.probabilities, np.full(len(texts), example.label))
        return len(fails) > 0, int(np.argmin(least)), int(fails[0]) + 1 if len(fails) else len(texts)

    for _ in range(edits):
        some = np.flatnonzero(free)
        if not len(some):
            return False, queries
        blanks = [with_edits(example.text, [*made, Edit(*positions[p, 2:].tolist(), " ")]) for p in some]
        answers = asked(blanks)
        queries += len(blanks)
        order = margins(answers.probabilities, np.full(len(blanks), example.label)).argsort(kind="stable")
        candidates = np.flatnonzero(np.isin(of_edit, some[order[:best]]))
        options = [columns[edit][0] for edit in candidates.tolist()]
        fails, kept, taken = scored([with_edits(example.text, [*made, option]) for option in options])
        queries += taken
        if fails:
            return True, queries
        made.append(options[kept])
        start, stop = positions[of_edit[candidates[kept]], :2]
        free &= ~((positions[:, 0] < stop) & (start < positions[:, 1]))
    return False, queries


def with_edits(text: str, edits: list[Edit]) -> str:
    return apply(text, sorted(edits, key=lambda edit: (edit.start, edit.stop)))


def textattack(
    asked: Asked, examples: Sequence[Example], attack: Attack, *, edits: int, recipe: str
) -> Outcome:
    """A search of TextAttack, which counts the queries of each text itself."""
    import_module("peers").make_importable()
    library = import_module("textattack")

    library.shared.utils.logger.setLevel("ERROR")
    built = {"deepwordbug": deep_word_bug, "greedy": word_importance, "pruthi": pruthi}[recipe]
    searching = built(library, wrapped(library, asked), attack, edits)
    failed, queries = [], []
    for example in examples:
        result = searching.attack(example.text, example.label)
        kind = type(result).__name__
        if kind != "SkippedAttackResult":
            failed.append(kind == "SuccessfulAttackResult")
            queries.append(result.num_queries)
    return Outcome(np.array(failed), np.array(queries))


def wrapped(library: Any, asked: Asked) -> Any:  # noqa: ANN401
    class Wrapper(library.models.wrappers.ModelWrapper):  # type: ignore[misc]
        model = None

        def __call__(self, texts: list[str]) -> NDArray[np.float64]:
            return asked(texts).probabilities

    return Wrapper()


def attack_of(library: Any, model: Any, parts: tuple[Any, Any], words: list[Any], edits: int) -> Any:  # noqa: ANN401
    """An attack of a transformation and a search method, on some words, of which so many may be edited."""
    once = library.constraints.pre_transformation.RepeatModification()
    most = library.constraints.overlap.MaxWordsPerturbed(max_num_words=edits)
    goal = library.goal_functions.UntargetedClassification(model, use_cache=False)
    return library.Attack(goal, [once, *words, most], *parts)


def deep_word_bug(library: Any, model: Any, _: Attack, edits: int) -> Any:  # noqa: ANN401
    recipe = library.attack_recipes.DeepWordBugGao2018.build(model)
    return attack_of(library, model, (recipe.transformation, recipe.search_method), [], edits)


def pruthi(library: Any, model: Any, _: Attack, edits: int) -> Any:  # noqa: ANN401
    recipe = library.attack_recipes.Pruthi2019.build(model)
    words = [each for each in recipe.pre_transformation_constraints if "Repeat" not in type(each).__name__]
    return attack_of(library, model, (recipe.transformation, recipe.search_method), words, edits)


def word_importance(library: Any, model: Any, attack: Attack, edits: int) -> Any:  # noqa: ANN401
    class Sites(library.transformations.WordSwap):  # type: ignore[misc]
        """Every edit that our perturbations list for a word."""

        def _get_replacement_words(self, word: str) -> list[str]:
            return list(dict.fromkeys(attack.single_edits(batch := TextBatch([word])).texts(batch)))

    how = library.search_methods.GreedyWordSwapWIR(wir_method="delete")
    return attack_of(library, model, (Sites(), how), [], edits)


def at_a_third(asked: Asked, examples: Sequence[Example], attack: Attack, most: float) -> tuple[Outcome, int]:
    """Ours with the largest budget at which the mean number of queries is at most so many, by bisection."""
    low, high, found = 1, 2, ours(asked, examples, attack, 1)
    while high < MOST_QUERIES and (larger := ours(asked, examples, attack, high)).queries.mean() <= most:
        low, high, found = high, 2 * high, larger
    while high - low > max(1, low // 20):
        middle = (low + high) // 2
        tried = ours(asked, examples, attack, middle)
        low, high, found = (middle, high, tried) if tried.queries.mean() <= most else (low, middle, found)
    return found, low


def measure(model: str, examples: Sequence[Example], edits: int, other: str) -> None:
    asked = Asked(model)
    attack = parse_attack(f"({KINDS}) & at_most({edits})").attack
    how: Callable[..., Outcome] = partial(textattack, recipe=other)
    if other.startswith("charmer"):
        how = partial(charmer, best=int(other.rpartition("-")[2]))
    theirs = how(asked, examples, attack, edits=edits)
    if other == "pruthi":
        attack = parse_attack(
            INSIDE.format(kinds="neighbor_swap + qwerty + delete + insert", edits=edits)
        ).attack
    third, budget = at_a_third(asked, examples, attack, theirs.queries.mean() / 3)
    asked.texts, asked.seconds, began = 0, 0.0, time.process_time()
    ours(asked, examples, attack, budget)
    beside = (time.process_time() - began - asked.seconds) / max(asked.texts, 1)
    print(
        f"{model:6} {edits:3} {other:12} {theirs}   ours {third} (budget {budget:,}), "
        f"{1e6 * beside:.0f} µs a query beside the model",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="tfidf,1,4")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--edits", default="1,2,3")
    parser.add_argument("--others", default=",".join(OTHERS))
    given = parser.parse_args()
    examples = sample_examples(reviews().audited, given.examples, seed=0)
    print(f"{len(examples)} reviews; of each search: share made to fail, queries a review")
    for model in given.models.split(","):
        for edits in map(int, given.edits.split(",")):
            for other in given.others.split(","):
                measure(model, examples, edits, other)


if __name__ == "__main__":
    main()
