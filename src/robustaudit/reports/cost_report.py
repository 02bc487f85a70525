"""What training takes, measured: a table of memory by kind and of processor time."""

from collections.abc import Sequence

from rich import filesize
from rich.console import Group, RenderableType

from robustaudit.reports.layout import legend, strong, table
from robustaudit.training.training_cost import TrainingCost

_COLUMNS = (
    "weights",
    "gradients",
    "optimiser",
    "activations",
    "RAM\npeak",
    "GPU\npeak",
    "CPU s / 1,000\ntexts",
)
_LEGEND = (
    "Of one step with a batch of {batch} random texts of {tokens} word pieces each, on one thread of the "
    "processor, each model in a process of its own, one after another. Weights are trained and frozen ones; "
    "the optimiser keeps two moments of each trained weight, and for some models a moving average; "
    "activations are what the forward pass keeps for the backward pass, and grow with the batch and with its "
    "texts. The RAM peak is of the whole process, with PyTorch. CPU seconds count this process alone, so "
    "that other work hardly matters: compare them, not the seconds of trainings."
)
_NO_GPU = "not measured"


def render_costs(costs: Sequence[TrainingCost]) -> RenderableType:
    """The costs of several models, and how they were measured."""
    made = table("model", figures=_COLUMNS)
    for cost in costs:
        kinds = (cost.weights, cost.gradients, cost.optimiser, cost.activations, cost.process_peak)
        made.add_row(
            strong(cost.model),
            *map(filesize.decimal, kinds),
            _NO_GPU if cost.gpu_peak is None else filesize.decimal(cost.gpu_peak),
            f"{1000 * cost.step_seconds / cost.texts:.2f}",
        )
    batches = sorted({cost.texts for cost in costs})
    batch = " or ".join(map(str, batches)) + (" (the preset's)" if len(batches) > 1 else "")
    return Group(made, legend([_LEGEND.format(batch=batch, tokens=costs[0].tokens)]))
