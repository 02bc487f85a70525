"""A network with its optimiser and schedule, moved one batch at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from robustaudit.core.records import Example
from robustaudit.models.tokens import PieceTokenizer, TokenBatch, pad
from robustaudit.models.weights import set_trained_tensors, trained_tensors
from robustaudit.training.hardware import Hardware
from robustaudit.training.preset import Optimisation

# How many batches are sorted by length together: enough for little padding, few enough to stay random.
_BUCKET = 50


@dataclass(frozen=True, slots=True)
class TokenisedExamples:
    """The word-piece ids of each text, and its label."""

    sequences: Sequence[NDArray[np.int64]]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sequences)

    def batch(self, rows: Sequence[int] | NDArray[np.intp]) -> tuple[TokenBatch, Tensor]:
        """Some texts as one padded batch, and their labels of shape (n_texts,)."""
        return pad([self.sequences[row] for row in rows]), torch.from_numpy(self.labels[rows])


def encode(examples: Sequence[Example], tokenizer: PieceTokenizer) -> TokenisedExamples:
    """Tokenise examples once, for all epochs."""
    sequences = tokenizer.encode([example.text for example in examples])
    return TokenisedExamples(sequences, np.array([example.label for example in examples], dtype=np.int64))


def shuffled_batches(
    data: TokenisedExamples, *, batch_size: int, rng: np.random.Generator
) -> Iterator[NDArray[np.intp]]:
    """Rows of each batch of an epoch: texts of about one length together, batches in random order."""
    order = rng.permutation(len(data))
    batches: list[NDArray[np.intp]] = []
    for start in range(0, len(order), batch_size * _BUCKET):
        bucket = order[start : start + batch_size * _BUCKET]
        lengths = [len(data.sequences[row]) for row in bucket]
        by_length = bucket[np.argsort(lengths, kind="stable")]
        batches += [by_length[i : i + batch_size] for i in range(0, len(by_length), batch_size)]
    for index in rng.permutation(len(batches)):
        yield batches[index]


class Optimiser:
    """AdamW over what a network learns, its learning rate a function of the steps taken so far."""

    def __init__(self, module: nn.Module, *, how: Optimisation, steps: int, hardware: Hardware) -> None:
        self.module = module
        self.how = how
        self.taken = 0
        self.logits = hardware.place(module)
        self._hardware = hardware
        self._steps = steps
        self._average = _copies(module) if how.averaging else {}
        base = dict(module.named_children()).get("base", nn.Module())
        self._base = [parameter for parameter in base.parameters() if parameter.requires_grad]
        self._optimizer = AdamW(
            [parameter for parameter in module.parameters() if parameter.requires_grad],
            lr=how.learning_rate,
            eps=how.epsilon,
            weight_decay=how.weight_decay,
            fused=True,
        )

    def step(self, batch: TokenBatch, labels: Tensor, *, freeze: bool = False) -> Tensor:
        """The mean loss of the batch, before the step it causes; `freeze` leaves a pre-trained base alone.

        The loss is left where it was computed: reading it would make a GPU wait.
        """
        batch, labels = self._hardware.send(batch, labels)
        self._optimizer.zero_grad()
        with _frozen(self._base if freeze else ()):
            with self._hardware.computing():
                logits = self.logits(batch.ids, batch.real)
                loss = functional.cross_entropy(logits, labels, label_smoothing=self.how.label_smoothing)
            loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.module.parameters(), self.how.clip_norm)
        share = learning_rate_factor(self.taken, steps=self._steps, how=self.how)
        for group in self._optimizer.param_groups:
            group["lr"] = self.how.learning_rate * share
        self._optimizer.step()
        self.taken += 1
        self._take_into_average()
        return loss.detach()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside, the network has its averaged weights, if the preset asks for them."""
        latest = _copies(self.module)
        set_trained_tensors(self.module, latest | self._average)
        try:
            yield
        finally:
            set_trained_tensors(self.module, latest)

    def tensors(self) -> dict[str, Tensor]:
        """All trained tensors and the state of the optimiser, by name."""
        moments = self._optimizer.state_dict()["state"]
        remembered = {f"{i}.{key}": value for i, state in moments.items() for key, value in state.items()}
        weights = named("module", trained_tensors(self.module)) | named("average", self._average)
        return weights | named("optimizer", remembered)

    def restore(self, tensors: Mapping[str, Tensor], *, taken: int) -> None:
        """Restore the state of `tensors`, taken after `steps` steps."""
        set_trained_tensors(self.module, of("module", tensors))
        for name, tensor in of("average", tensors).items():
            self._average[name].copy_(tensor)
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in of("optimizer", tensors).items():
            index, _, key = name.partition(".")
            moments.setdefault(int(index), {})[key] = value
        self._optimizer.load_state_dict({**self._optimizer.state_dict(), "state": moments})
        self.taken = taken

    @torch.no_grad()
    def _take_into_average(self) -> None:
        """Move the average towards the weights: far at first, when they are still far from any good."""
        kept = min(self.how.averaging, (1 + self.taken) / (10 + self.taken))
        weights = trained_tensors(self.module)
        for name, average in self._average.items():
            average.lerp_(weights[name], 1 - kept)


def _copies(module: nn.Module) -> dict[str, Tensor]:
    """A copy of a network's trained tensors."""
    return {name: tensor.clone() for name, tensor in trained_tensors(module).items()}


@contextmanager
def _frozen(parameters: Iterable[nn.Parameter]) -> Iterator[None]:
    """Parameters that get no gradient inside, so that the optimiser passes over them."""
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


def learning_rate_factor(step: int, *, steps: int, how: Optimisation) -> float:
    """The share of the learning rate at a step counted from 0: up while warming, then down or level."""
    rising = how.warm_up * steps
    if step < rising:
        return (step + 1) / (rising + 1)
    if how.schedule == "constant":
        return 1.0
    return max(0.0, (steps - step) / (steps - rising))


def named(part: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a part, with its name before theirs."""
    return {f"{part}/{name}": tensor for name, tensor in tensors.items()}


def of(part: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a part, by their own names."""
    return {
        name.removeprefix(f"{part}/"): tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{part}/")
    }
