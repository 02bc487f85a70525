"""The report of a hardening: accuracies before and after, and what may be said of them."""

from collections.abc import Iterator

from rich.console import Group, RenderableType

from robustaudit.core.display import percent, visible
from robustaudit.models.hardening_record import HardeningRecord
from robustaudit.reports.layout import legend, section, table
from robustaudit.reports.text import signed


def render_hardening(record: HardeningRecord) -> RenderableType:
    """The accuracies of the original and of the hardened model."""
    made = table("texts", figures=("before, %", "after, %", "difference, pp"))
    for texts, before, after in _rows(record):
        made.add_row(visible(texts), percent(before), percent(after), signed(after - before))
    title = f"Accuracy of model {record.original}, before and after"
    return Group(section(visible(title), made), legend(_lines(record)))


def _rows(record: HardeningRecord) -> Iterator[tuple[str, float, float]]:
    before, after = record.before, record.after
    yield "validation, clean", before.validation_accuracy, after.validation_accuracy
    for attack, accuracy in before.perturbed_accuracy.items():
        yield f"validation, {attack}", accuracy, after.perturbed_accuracy[attack]
    yield "test, clean", before.test_accuracy, after.test_accuracy


def _lines(record: HardeningRecord) -> Iterator[str]:
    yield (
        f"Epoch {record.kept_epoch} of {record.epochs} is kept: the most accurate under the attacks, of "
        f"those that lose at most {100 * record.max_clean_loss:g} pp on clean validation texts."
    )
    yield "The model was trained with these attacks; only an audit says what it makes of others."
    if record.held_out:
        yield f"Held out: {visible(', '.join(record.held_out))}."
