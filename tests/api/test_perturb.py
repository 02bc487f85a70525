"""`perturb`: an attack shown on texts."""

import numpy as np
import pytest

from robustaudit import UserError, audit, compose, perturb

from .conftest import spells

TEXT = "I loved the food and the service was <b>great</b>!"


def test_draws_have_texts_and_show_their_edits() -> None:
    draws = perturb(TEXT, "qwerty", draws=4)
    assert len(draws) == len(draws.texts) == len(set(draws.texts)) == 4
    assert all(draw.original == TEXT and draw.changed for draw in draws)
    lines = repr(draws).splitlines()
    assert lines[0] == "qwerty@0.3: 4 draws"
    assert lines[1].startswith("• I ")
    assert "→" in lines[1]
    html = draws[:1]._repr_html_()
    assert "<del>" in html
    assert "<b>great" not in html


def test_several_texts_are_drawn_one_after_the_other() -> None:
    draws = perturb([TEXT, "a bad day"], compose("delete"), draws=2, rate=1.0, seed=7)
    assert [draw.original for draw in draws] == [TEXT, TEXT, "a bad day", "a bad day"]
    assert perturb([TEXT, "a bad day"], "delete@1", draws=2, seed=7).texts == draws.texts


def test_a_seed_may_be_a_number_of_numpy() -> None:
    assert perturb(TEXT, "qwerty", seed=np.int64(3)).texts == perturb(TEXT, "qwerty", seed=3).texts


def test_an_audit_draws_the_same() -> None:
    texts = [f"the day was as good as number {number}" for number in range(5)]
    found = audit(spells, [(text, 1) for text in texts], attacks="homoglyph,qwerty", trials=10, seed=3)
    drawn = {(trial.clean_text, trial.draw): trial.perturbed_text for trial in found.examples()}
    for text in texts:
        assert perturb(text, "homoglyph,qwerty", draws=2, seed=3).texts == [drawn[text, 0], drawn[text, 1]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"texts": 3}, "texts must be a string, got 3"),
        ({"texts": "a\ud800"}, "lone surrogate"),
        ({"attack": "qwert"}, "unknown attack 'qwert': did you mean 'qwerty'?"),
        ({"attack": 3}, "attack must be an expression, or what compose.. makes of one, got 3"),
        ({"draws": 0}, "draws must be at least 1, got 0"),
        ({"rate": 2}, "rate must be above 0 and at most 1, got 2"),
        ({"seed": -1}, "seed must be at least 0"),
    ],
)
def test_misuse_is_one_line(arguments: dict, message: str) -> None:
    given = {"texts": TEXT, "attack": "qwerty", **arguments}
    with pytest.raises(UserError, match=message):
        perturb(given.pop("texts"), given.pop("attack"), **given)
