"""How fast texts are perturbed: 30 % of the words, each text another, in CPU time of one core.

    python benchmarks/perturb.py [--peers PYTHON ...] [--repeat N]

What is timed: strings in, strings and edits as columns out. Our time includes making the key of each draw of
its text's name, so that it can be had again alone; a peer's generator is seeded before its clock starts. Each
of our runs is a process of its own, forked before anything was perturbed, so that no word and no letter is
known from before. Of several runs the median is shown, and of pairs of runs, ours and the peer's in turn, the
median ratio.

The peers clash with each other and with us, so that each has an environment of its own, whose Python is
named by --peers:

    python3.11 -m venv P1 && P1/bin/pip install textattack==0.3.11 nlpaug==1.1.11 'transformers<5'
    python3.11 -m venv P2 && P2/bin/pip install langtest==2.7.0 openai
    python benchmarks/perturb.py --peers P1/bin/python P2/bin/python

Texts are cut from `reviews`, if it is on this machine, and else from `tiny`, which has fewer words.
"""

import argparse
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from robustaudit.attacks import parse_attack
from robustaudit.core.errors import NetworkUnavailable
from robustaudit.datasets import load
from robustaudit.perturbations import TextBatch

EIGHT = ("contract", "extend", "homoglyph", "neighbor_swap", "qwerty", "delete", "insert", "substitute")
SHORT = 16  # words
LENGTHS = (SHORT, 100, 400)
OURS = 800_000  # words in a run of ours
THEIRS = {"nlpaug": 8_000, "textattack": 10 * SHORT, "langtest": 320_000}  # words in a run of a peer
CHEAP = {"contract": 20, "extend": 20}  # times as many words for what TextAttack does fast
BATCH = 16_000  # words perturbed together: their columns fit a core's cache
ONE_TYPO = "qwerty@0.001"


def words_of_reviews() -> list[str]:
    try:
        examples = load("reviews", offline=True).examples
    except NetworkUnavailable:
        examples = load("tiny").examples
    return [word for example in examples for word in example.text.split()]


def make_texts(words: list[str], length: int, number: int) -> list[str]:
    """So many different texts of so many words, each a stretch of the reviews."""
    generator = np.random.default_rng(length)
    starts = generator.permutation(len(words) - length)[:number].tolist()
    texts = [" ".join(words[start : start + length]) for start in starts]
    return list(dict.fromkeys(texts))


def perturb(expression: str, texts: list[str]) -> float:
    """The CPU seconds that it takes."""
    attack = parse_attack(expression).attack
    size = max(1, BATCH // len(texts[0].split()))
    texts = json.loads(json.dumps(texts))  # in this process's own memory
    draws = [(str(row), 0) for row in range(len(texts))]
    start = time.process_time()
    for first in range(0, len(texts), size):
        batch = texts[first : first + size]
        keys = attack.keys(seed=0, draws=draws[first : first + size])
        drawn = attack.draw(TextBatch(batch), np.arange(len(batch)), keys)
        assert len(drawn.texts) == len(drawn.edits) == len(batch)
    return time.process_time() - start


def forked(work: Callable[[], float]) -> float:
    """What the work gives in a process that ends with it."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, json.dumps(work()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return json.load(pipe)


class Peers:
    """The environments of the peers, each a process that waits for texts."""

    def __init__(self, pythons: list[str]) -> None:
        script = str(Path(__file__).with_name("peers.py"))
        self._processes = [
            subprocess.Popen(  # noqa: S603  # the user names it
                [python, script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for python in pythons
        ]

    def seconds(self, call: str, texts: list[str]) -> float | None:
        """The CPU seconds that a peer takes; None where none of the environments has it."""
        for process in self._processes:
            print(json.dumps({"call": call, "texts": texts}), file=process.stdin, flush=True)
            if answer := json.loads(process.stdout.readline()):
                return answer["seconds"]
        return None

    def close(self) -> None:
        for process in self._processes:
            process.communicate()


def compare(
    expression: str, call: str, texts: list[str], peers: Peers, repeat: int
) -> tuple[float, float | None]:
    """Our texts a second, and how many times a peer's that is."""
    peer, _, what = call.partition(" ")
    number = THEIRS[peer] * CHEAP.get(what, 1) // len(texts[0].split())
    theirs = texts[: max(number, 1)]
    ours, ratios = [], []
    for _ in range(repeat):
        ours.append(forked(lambda: perturb(expression, texts)) / len(texts))
        seconds = peers.seconds(call, theirs)
        if seconds:
            ratios.append(seconds / len(theirs) / ours[-1])
    return 1 / median(ours), median(ratios) if ratios else None


def show(words: int, name: str, rate: float, nanoseconds: float, *ratios: float | None) -> None:
    columns = "".join(f"{'' if ratio is None else f'{ratio:,.1f}x':>14}" for ratio in ratios)
    print(f"{words:5} {name:14} {rate:12,.0f} {nanoseconds:8.1f}{columns}", flush=True)


def main(peers: Peers, repeat: int) -> None:
    words = words_of_reviews()
    texts = {length: make_texts(words, length, OURS // length) for length in LENGTHS}
    print(f"{'words':>5} {'perturbation':14} {'texts/s':>12} {'ns/char':>8}{'nlpaug':>14}{'textattack':>14}")
    per_character: dict[str, list[float]] = {}
    for length in LENGTHS:
        characters = sum(map(len, texts[length])) / len(texts[length])
        for name in EIGHT:
            rate, ratio = compare(name, "nlpaug", texts[length], peers, repeat)
            attack = (
                compare(name, f"textattack {name}", texts[length], peers, repeat)[1]
                if length == SHORT
                else None
            )
            per_character.setdefault(name, []).append(1e9 / rate / characters)
            show(length, name, rate, per_character[name][-1], ratio, attack)
    rate, ratio = compare(ONE_TYPO, "langtest", texts[SHORT], peers, repeat)
    beside = f", {ratio:.2f}x LangTest" if ratio else ""
    print(f"one typo a text of {SHORT} words: {rate:,.0f} texts/s{beside}")
    rises = [f"{name} {each[-1] / each[0]:.2f}x" for name, each in per_character.items()]
    print(f"a character at {LENGTHS[-1]} words costs, against {SHORT}: " + ", ".join(rises))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", nargs="*", default=[], metavar="PYTHON")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    environments = Peers(options.peers)
    try:
        main(environments, options.repeat)
    finally:
        environments.close()
