"""How near an audit is to the speed of its models, and what it gains on the loop that a user writes.

    python benchmarks/engine.py [--models 1,4,7,8] [--trials 5000]
        [--parts bare,machine,workers,pipeline,loop] [--sample 1200] [--peer PYTHON]

Each part prints ratios of wall time, and of processor time where both sides have the same cores:

bare      An audit with nine attacks, from the request to the verified result, over bare forward passes of the
          same unique texts: sorted by length, given to the loaded model at once, in the form that the audit
          used. One core, one process.
machine   The same with all cores on both sides: an audit as it runs by default over the texts in one process
          with PyTorch's own threads, and over the texts dealt out to a process for each core, whose start and
          loading do not count.
pipeline  The pipeline of transformers with `batch_size=32`, with its network and all cores, over an audit of
          model 8 as it runs by default. The pipeline gets a sample of the texts of
          the audit in the order of its trials; the ratio is of seconds a text. Loading counts for the audit
          alone.
workers   An audit in one process over one with `--jobs` of all cores, its start included.
loop      A loop that perturbs a text, then queries the pipeline with it and with the clean text, one by one,
          over the audit by default: seconds a trial. The perturbing is that of TextAttack or nlpaug, qwerty,
          by the Python that --peer names (see benchmarks/perturb.py), else "not measured".
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow.parquet as pq
import torch
from transformers import BertPreTrainedModel, PreTrainedTokenizerFast, pipeline
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.utils.logging import set_verbosity_error

from robustaudit.api.auditing import carry_out
from robustaudit.api.outcome import Audit
from robustaudit.api.request import AuditRequest
from robustaudit.core.machine import usable_cores
from robustaudit.core.typed_values import parse_typed
from robustaudit.models import in_form
from robustaudit.models.architectures.bert import FineTunedBert
from robustaudit.models.architectures.build import build_bert
from robustaudit.models.card import BertSizes
from robustaudit.models.reference_models import resolve_trained
from robustaudit.models.weights import load_weights

PARTS = ("bare", "machine", "workers", "pipeline", "loop")
LOOP = 100  # texts that the loop is timed on


@dataclass(frozen=True, slots=True)
class Seconds:
    """What something took: by the clock, and of all cores of this process together."""

    wall: float
    processor: float

    def over(self, other: "Seconds") -> str:
        """The ratios to what something else took."""
        return f"{self.wall / other.wall:.2f} (processor time {self.processor / other.processor:.2f})"


@contextmanager
def timed() -> Iterator[list[Seconds]]:
    """A list that holds the seconds after its end."""
    taken: list[Seconds] = []
    wall, processor = time.perf_counter(), time.process_time()
    yield taken
    taken.append(Seconds(time.perf_counter() - wall, time.process_time() - processor))


def seconds_of(work: Callable[[], Any]) -> Seconds:
    with timed() as taken:
        work()
    return taken[0]


def audit(models: str, trials: int, folder: Path, **fields: object) -> tuple[Audit, Seconds]:
    """A finished audit with the nine default attacks, and what it took."""
    request = AuditRequest.of(models, "reviews", trials=trials, output=folder, offline=True, **fields)
    said: list[str] = []
    with timed() as taken:
        found = carry_out(request, announce=said.append)
    for line in said:
        if "worker" in line:
            print(f"    {line}")
    return found, taken[0]


def texts_of(found: Audit) -> list[str]:
    """The unique texts of the trials of an audit of one model, in their order."""
    trials = pq.read_table(found.folder / "trials", columns=["clean_text", "perturbed_text"])
    return list(dict.fromkeys([*trials["clean_text"].to_pylist(), *trials["perturbed_text"].to_pylist()]))


def loaded(model: str, form: Any) -> Any:  # noqa: ANN401
    """The classifier in that form, once it has predicted something: a model's first call takes longer."""
    classifier = in_form(resolve_trained(model).load(), form)
    classifier.predict(["a text"] * 64)
    return classifier


def bare(models: Sequence[str], trials: int, folder: Path) -> None:
    """Print, for each model, an audit over bare forward passes of its texts."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        for model in models:
            found, whole = audit(model, trials, folder / f"bare-{model}", jobs=1)
            texts, classifier = sorted(texts_of(found), key=len), loaded(model, found.result.form_of(model))
            passes = seconds_of(lambda: classifier.predict(texts))  # noqa: B023
            rate = len(texts) / passes.wall
            print(f"  model {model}: {whole.over(passes)}; {len(texts):,} texts, bare {rate:,.0f} texts/s")
    finally:
        os.sched_setaffinity(0, cores)


def machine(models: Sequence[str], trials: int, folder: Path) -> None:
    """Print, for each model, an audit by default over bare forward passes with all cores."""
    for model in models:
        found, whole = audit(model, trials, folder / f"machine-{model}")
        texts, form = sorted(texts_of(found), key=len), found.result.form_of(model)
        threads, processes = with_threads(texts, model, form), in_processes(texts, model, form)
        print(f"  model {model}: {whole.wall:.1f} s over {len(texts):,} bare forward passes")
        print(f"    in PyTorch's threads: {whole.wall / threads:.2f} ({len(texts) / threads:,.0f} texts/s)")
        print(f"    in processes: {whole.wall / processes:.2f} ({len(texts) / processes:,.0f} texts/s)")


def with_threads(texts: list[str], model: str, form: Any) -> float:  # noqa: ANN401
    """The seconds of bare forward passes in one process, with a thread for each core."""
    classifier, before = loaded(model, form), torch.get_num_threads()
    torch.set_num_threads(usable_cores())
    try:
        with patch("robustaudit.models.torch_classifier.one_thread", nullcontext):
            return seconds_of(lambda: classifier.predict(texts)).wall
    finally:
        torch.set_num_threads(before)


def in_processes(texts: list[str], model: str, form: Any) -> float:  # noqa: ANN401
    """The seconds of bare forward passes in a process for each core, from when all have loaded the model."""
    context, cores = multiprocessing.get_context("spawn"), usable_cores()
    barrier, seconds = context.Barrier(cores), context.SimpleQueue()
    processes = [
        context.Process(target=one_of_several, args=(texts[core::cores], model, form, barrier, seconds))
        for core in range(cores)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return max(seconds.get() for _ in processes)


def one_of_several(texts: list[str], model: str, form: Any, barrier: Any, seconds: Any) -> None:  # noqa: ANN401
    """Put the seconds of bare forward passes into a queue."""
    classifier = loaded(model, form)
    barrier.wait()
    seconds.put(seconds_of(lambda: classifier.predict(texts)).wall)


class Wrapped(BertPreTrainedModel):
    """The network of model 8 with the inputs and outputs that a pipeline expects."""

    def __init__(self, network: FineTunedBert) -> None:
        super().__init__(network.base.config)
        self.network = network

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: object
    ) -> SequenceClassifierOutput:
        return SequenceClassifierOutput(logits=self.network(input_ids, attention_mask.bool()))


def in_pipeline() -> Any:  # noqa: ANN401
    """The pipeline of transformers around the network and the tokenizer of model 8, on the processor."""
    set_verbosity_error()  # it does not know this class
    source = resolve_trained("8")
    card, folder = source.card, source.folder
    sizes = parse_typed(BertSizes, card.preset.model, where="model card")
    network = build_bert(sizes=sizes, classes=len(card.labels))
    load_weights(network, card.locate("weights", folder))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(card.locate("tokenizer", folder)),
        pad_token="[PAD]",  # noqa: S106
        model_max_length=sizes.max_tokens,
        model_input_names=["input_ids", "attention_mask"],
    )
    return pipeline("text-classification", model=Wrapped(network).eval(), tokenizer=tokenizer, device="cpu")


def against_pipeline(found: Audit, whole: Seconds, sample: int) -> None:
    """Print the pipeline over the audit, in seconds a text, and how many predictions are equal."""
    trials = pq.read_table(found.folder / "trials", columns=["perturbed_text", "perturbed_prediction"])
    known = dict(zip(*(column.to_pylist() for column in trials.columns), strict=True))
    texts = list(known)
    some = [texts[place] for place in np.linspace(0, len(texts) - 1, min(sample, len(texts))).astype(int)]
    ask = in_pipeline()
    ask(some[:64], batch_size=32)
    answers: list[dict[str, Any]] = []
    took = seconds_of(lambda: answers.extend(ask(some, batch_size=32, truncation=True)))
    equal = sum(
        int(answer["label"].removeprefix("LABEL_")) == known[text]
        for text, answer in zip(some, answers, strict=True)
    )
    number = len(texts_of(found))
    ratio = (took.wall / len(some)) / (whole.wall / number)
    print(
        f"  pipeline over audit: {ratio:.2f} times the wall time a text "
        f"({len(some) / took.wall:,.0f} and {number / whole.wall:,.0f} texts/s, {usable_cores()} cores); "
        f"{equal / len(some):.2%} of {len(some):,} predictions are equal"
    )


def against_loop(found: Audit, whole: Seconds, peer: str | None) -> None:
    """Print a loop over the audit, in seconds a trial, for each library that the peer's Python has."""
    trials = pq.read_table(found.folder / "trials", columns=["clean_text"])["clean_text"]
    clean = trials.unique().to_pylist()[:LOOP]
    ask = in_pipeline()
    ask(clean[:8])
    asked = seconds_of(lambda: [ask(text) for text in clean]).wall / len(clean)
    ours = whole.wall / len(trials)
    for name, call in (("TextAttack", "textattack qwerty"), ("nlpaug", "nlpaug")):
        perturbed = answer_of(peer, call, clean) if peer else {}
        if "seconds" not in perturbed:
            print(f"  loop with {name} over audit: not measured")
            continue
        loop = perturbed["seconds"] / len(clean) + 2 * asked
        print(f"  loop with {name} over audit: {loop / ours:.1f} ({loop:.2g} and {ours:.2g} s a trial)")


def answer_of(peer: str, call: str, texts: Sequence[str]) -> dict[str, float]:
    """What benchmarks/peers.py replies, after a first call of one text."""
    lines = [json.dumps({"call": call, "texts": some}) for some in (texts[:1], texts)]
    done = subprocess.run(  # noqa: S603  # the user names it
        [peer, Path(__file__).with_name("peers.py")],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    replies: list[dict[str, float]] = [json.loads(line) for line in done.stdout.splitlines()]
    return replies[-1]


def workers(models: Sequence[str], trials: int, folder: Path) -> None:
    """Print one process over a worker for each core."""
    cores = usable_cores()
    names = ",".join(models)
    _, several = audit(names, trials, folder / "several", jobs=cores)
    _, one = audit(names, trials, folder / "one", jobs=1)
    print(
        f"  one process over {cores}: {one.wall / several.wall:.2f} ({one.wall:.0f} and {several.wall:.0f} s)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="1,4,7,8")
    parser.add_argument("--trials", type=int, default=5000)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--sample", type=int, default=1200)
    parser.add_argument("--peer")
    asked = parser.parse_args()
    models, parts = asked.models.split(","), asked.parts.split(",")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        audit(models[0], 300, folder / "warm", jobs=1)  # what is imported once is not measured
        if "bare" in parts:
            print("audit over bare forward passes, one core")
            bare(models, asked.trials, folder)
        if "machine" in parts:
            print("audit by default over bare forward passes, all cores")
            machine(models, asked.trials, folder)
        if "workers" in parts:
            print("workers")
            workers(models, asked.trials, folder)
        if {"pipeline", "loop"}.intersection(parts):
            print("audit of model 8 by default")
            found, whole = audit("8", asked.trials, folder / "default")
            if "pipeline" in parts:
                against_pipeline(found, whole, asked.sample)
            if "loop" in parts:
                against_loop(found, whole, asked.peer)


if __name__ == "__main__":
    main()
