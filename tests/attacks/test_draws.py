import numpy as np

from robustaudit.attacks import DrawnTexts
from robustaudit.attacks.draws import chain_draws, concatenate
from robustaudit.core.edits import EditColumns, apply
from robustaudit.core.records import Edit


def drawn(*draws: tuple[str, tuple[Edit, ...]]) -> DrawnTexts:
    """Draws of one round each."""
    originals = [text for text, _ in draws]
    texts = [apply(text, edits) for text, edits in draws]
    return DrawnTexts(
        originals, texts, np.arange(len(draws) + 1), EditColumns.of([edits for _, edits in draws])
    )


def test_a_draw_of_one_round_is_its_edits() -> None:
    (found,) = drawn(("tea", (Edit(0, 1, "s"),)))
    assert (found.original, found.text, found.changed) == ("tea", "sea", True)
    assert found.edits_by_step == (found.edits,) == ((Edit(0, 1, "s"),),)


def test_neighbouring_edits_are_shown_as_one() -> None:
    apart, touching = drawn(("tea", (Edit(0, 1, "s"),)), ("tea", (Edit(0, 1, "s"), Edit(1, 2, "i"))))
    assert apart.edits == (Edit(0, 1, "s"),)
    assert touching.edits == (Edit(0, 2, "si"),)


def test_edits_that_undo_each_other_changed_nothing() -> None:
    draws = drawn(("ababX", (Edit(0, 2, ""), Edit(4, 4, "ab"))), ("ababX", (Edit(0, 2, ""),)))
    assert draws.changed.tolist() == [False, True]
    assert draws[0].edits == ()
    assert draws[0].edits_by_step == ((Edit(0, 2, ""), Edit(4, 4, "ab")),)


def test_draws_are_taken_and_sliced_in_any_order() -> None:
    draws = drawn(*((text, (Edit(0, 0, text),)) for text in "abc"))
    assert [draw.text for draw in draws.take(np.array([2, 0]))] == ["cc", "aa"]
    assert [draw.text for draw in draws[1:]] == ["bb", "cc"]
    assert list(concatenate([draws, draws])) == [*draws, *draws]


def test_draws_in_turn_keep_the_rounds_of_each() -> None:
    first = drawn(("a", (Edit(0, 0, "x"),)), ("b", ()))
    second = drawn(("xa", (Edit(1, 2, "o"),)), ("b", (Edit(0, 0, "y"),)))
    one, other = chain_draws([first, second])
    assert (one.original, one.text, one.edits_by_step) == (
        "a",
        "xo",
        ((Edit(0, 0, "x"),), (Edit(1, 2, "o"),)),
    )
    assert (other.original, other.text, other.edits_by_step) == ("b", "yb", ((), (Edit(0, 0, "y"),)))
    assert other.edits == (Edit(0, 0, "y"),)
