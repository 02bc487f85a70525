"""The part of a node that an actor of a Ray cluster takes; every run's request has one, and few need Ray."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

from robustaudit.core import spelling
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_between

Resources: TypeAlias = Mapping[str, float]
"""What a node has, by name: `CPU`, `GPU`, `memory` (bytes)."""

_MOST = 1024.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorSize:
    """How many cores and GPUs of its node each actor takes; None is a GPU where the cluster has any.

    Raises:
        UserError: a number is out of range, or would be part of several GPUs.
    """

    cpus: float = 1.0
    gpus: float | None = None

    def __post_init__(self) -> None:
        check_between(spelling.named("actor_cpus"), self.cpus, 0, _MOST)
        if self.gpus:
            check_between(spelling.named("actor_gpus"), self.gpus, 0, _MOST)
            if self.gpus > 1 and self.gpus % 1:
                raise UserError(
                    f"{spelling.named('actor_gpus')} above 1 must be a whole number, got {self.gpus:g}"
                )

    def on(self, nodes: Sequence[Resources]) -> Self:
        """The same with a number of GPUs, for a cluster of those nodes."""
        return (
            self if self.gpus is not None else replace(self, gpus=float(any("GPU" in node for node in nodes)))
        )

    def fitting(self, nodes: Sequence[Resources]) -> int:
        """How many actors fit on nodes with those resources."""
        needed = {"CPU": self.cpus} | ({"GPU": self.gpus} if self.gpus else {})
        return sum(min(int(node.get(name, 0) / each) for name, each in needed.items()) for node in nodes)

    def __str__(self) -> str:
        return f"{self.cpus:g} CPU" + (f" and {self.gpus:g} GPU" if self.gpus else "")
