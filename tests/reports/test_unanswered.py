"""What reports say of trials that a model did not answer."""

from dataclasses import replace

from gates import result, row
from robustaudit.reports.notes import skipped_counts, skipped_lines


def test_what_is_skipped_is_said_once_and_what_a_perturbation_took_by_attack() -> None:
    some = replace(row(None, attack="qwerty"), trials=1000, skipped=1500, no_answer=1200)
    others = replace(row(None, attack="`delete`\x1b"), trials=50, skipped=3, no_answer=1)
    found = result([some, others, replace(row(None, attack="swap"), skipped=2)])
    told = (
        f"Model {some.model} gave a prediction for the clean text but not for the perturbed one in "
        "1,201 trials (its reply had none, as when it refuses): "
        "qwerty 1,200 of 1,000, `delete`<U+001B> 1 of 50."
    )
    assert list(skipped_lines(found)) == [
        "1,505 trials skipped, as a model gave no prediction; they are in no figure.",
        told,
    ]
    assert skipped_counts(some) == ("1,200 no prediction", "300 skipped")
    assert skipped_counts(found.rows[2]) == ("2 skipped",)


def test_where_all_was_answered_nothing_is_said() -> None:
    assert list(skipped_lines(result([row(None)]))) == []
    assert skipped_counts(row(None)) == ()
