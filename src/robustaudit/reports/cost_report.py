"""What training takes, measured: a table of memory by kind and of processor time."""

from collections.abc import Sequence

from rich import filesize
from rich.console import Group, RenderableType

from robustaudit.reports.layout import legend, strong, table
from robustaudit.training.training_cost import TrainingCost

_COLUMNS = ("\nweights", "\ngradients", "\noptimiser", "activ-\nations", "RAM\npeak")
_GPU, _TIME = "GPU\npeak", "CPU s per\n1,000 texts"
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
    on_gpu = any(cost.gpu_peak is not None for cost in costs)
    made = table("model", figures=(*_COLUMNS, *([_GPU] if on_gpu else []), _TIME))
    for cost in costs:
        kinds = [cost.weights, cost.gradients, cost.optimiser, cost.activations, cost.process_peak]
        gpu = [_NO_GPU if cost.gpu_peak is None else filesize.decimal(cost.gpu_peak)] if on_gpu else []
        seconds = f"{1000 * cost.step_seconds / cost.texts:.2f}"
        made.add_row(strong(cost.model), *map(filesize.decimal, kinds), *gpu, seconds)
    batches = sorted({cost.texts for cost in costs})
    batch = " or ".join(map(str, batches)) + (" (the preset's)" if len(batches) > 1 else "")
    lines = [_LEGEND.format(batch=batch, tokens=costs[0].tokens)]
    return Group(made, legend(lines if on_gpu else [*lines, f"GPU memory: {_NO_GPU}."]))
