"""Every single edit of an attack, against the replacements that its perturbations list for authors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.attacks import parse_attack
from robustaudit.core.randomness import keys_of
from robustaudit.perturbations import Perturbation, TextBatch, expression_of
from strategies import perturbations, sentences

TEXTS = ("It is not a good book, I cannot say more.", "", "Naïve cafés don’t sell books", "a b")
CONSTRAINED = (
    "qwerty & keep(first_letter)",
    'homoglyph & only("good", "book") & at_most(1)',
    "(qwerty + contract) & min_length(4)",
    "(delete | neighbor_swap) & keep(stop_words)",
    "(extend, delete) & keep(last_letter)",
)


def listed(perturbation: Perturbation, text: str) -> list[str]:
    """The texts that replacing a site makes, from the strings that the perturbation lists."""
    sites = perturbation.sites(TextBatch([text]))
    columns = zip(sites.start.tolist(), sites.stop.tolist(), sites.form.tolist(), strict=True)
    return [text[:start] + new + text[stop:] for start, stop, form in columns for new in sites.options[form]]


@given(perturbations(), st.lists(sentences(), min_size=1, max_size=3))
def test_one_perturbation_lists_each_replacement_of_each_site(
    perturbation: Perturbation, texts: list[str]
) -> None:
    batch, attack = TextBatch(texts), parse_attack(expression_of(perturbation)).attack
    found = attack.single_edits(batch)
    made = found.texts(batch)
    for row, text in enumerate(texts):
        mine = np.flatnonzero(found.text == row).tolist()
        assert sorted(made[place] for place in mine) == sorted(listed(perturbation, text))
        assert attack.count_single_edits(batch)[row] == len(mine)
    assert (np.diff(found.text) >= 0).all()


@pytest.mark.parametrize("expression", CONSTRAINED)
def test_whatever_one_edit_of_a_draw_makes_is_listed(expression: str) -> None:
    batch, attack = TextBatch(TEXTS), parse_attack(f"({expression}) & at_most(1)").attack
    found = attack.single_edits(batch)
    made = set(zip(found.text.tolist(), found.texts(batch), strict=True))
    rows = np.repeat(np.arange(len(TEXTS)), 400)
    drawn = attack.draw(batch, rows, keys_of(0, each=[(expression, place) for place in range(len(rows))]))
    for row, text in zip(rows.tolist(), drawn.texts, strict=True):
        assert text == TEXTS[row] or (row, text) in made
    assert attack.count_single_edits(batch).tolist() == np.bincount(found.text, minlength=4).tolist()


def test_edits_name_their_perturbation_and_the_span_of_their_site() -> None:
    attack = parse_attack("(delete + contract), neighbor_swap").attack
    batch = TextBatch(["it is odd"])
    found = attack.single_edits(batch)
    names = ["delete", "contract", "neighbor_swap"]
    shown = {
        (names[part], "it is odd"[start:stop], text)
        for part, start, stop, text in zip(
            found.part.tolist(),
            found.site_start.tolist(),
            found.site_stop.tolist(),
            found.texts(batch),
            strict=True,
        )
    }
    assert ("contract", "it is", "it's odd") in shown
    assert ("neighbor_swap", "odd", "it is dod") in shown
    assert {part for part, _, _ in shown} == set(names)


def test_alternatives_have_no_choice_left() -> None:
    attack = parse_attack("((qwerty | delete), (insert | substitute)) & min_length(3)", rate=0.2).attack
    assert [option.expression for option in attack.alternatives()] == [
        f"({first}, {second}) & min_length(3)"
        for first in ("qwerty@0.2", "delete@0.2")
        for second in ("insert@0.2", "substitute@0.2")
    ]
