"""What nobody would type: expressions, recipes and texts at random.

`make fuzz` looks for new ones for ten minutes, or for FUZZ_MINUTES. A failure prints the example that shows
it, which is tried first the next time. Without FUZZ_MINUTES, as in `make test`, a few are tried.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robustaudit.attacks import Attack, Mix, list_attacks, parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.errors import UserError
from robustaudit.core.records import PerturbedText
from robustaudit.perturbations import (
    PERTURBATIONS,
    Perturbation,
    TextBatch,
    WeightedPerturbation,
    find_segmenter,
)
from strategies import any_unicode, attacks, perturbations, texts

MINUTES = float(os.environ.get("FUZZ_MINUTES", "0"))

PATIENT = {"deadline": None, "suppress_health_check": list(HealthCheck)}
FUZZ = (
    settings(**PATIENT, max_examples=200, derandomize=False, print_blob=True)
    if MINUTES
    else settings(**PATIENT, max_examples=25, derandomize=True)
)
tried: Counter[str] = Counter()

SYMBOLS = [
    *"()+*,|&@=\"' \n.0123",
    "mix(",
    "keep(",
    "stop_words",
    "at_most(",
    "severity",
    "report-mix",
    "true",
    "weighting",
    "alphabet",
    '"edits"',
    '"digits"',
    "1e5",
    "0.3",
    "é",
]
RECIPE = st.sampled_from(
    [
        "name",
        "description",
        "expression",
        " = ",
        '"mine"',
        '"qwerty"',
        '"""',
        "'",
        "\n",
        "[mine]",
        "1979-05-27",
    ]
)


def any_string() -> st.SearchStrategy[str]:
    """Any string that Python can hold, halves of surrogate pairs among it."""
    return st.text(st.characters(), max_size=40)


def any_text() -> st.SearchStrategy[str]:
    """Texts of many scripts, with strings that are no text in between."""
    return st.one_of(texts(), st.lists(st.one_of(texts(), any_string()), max_size=3).map("".join))


def expressions() -> st.SearchStrategy[str]:
    """What resembles an expression, and what does not."""
    symbols = st.lists(st.sampled_from([*SYMBOLS, *PERTURBATIONS]), max_size=12).map("".join)
    return st.one_of(
        symbols, attacks().map(str), st.tuples(attacks().map(str), symbols).map("".join), any_string()
    )


def recipes() -> st.SearchStrategy[bytes]:
    """What resembles a recipe, and what does not."""
    lines = st.lists(st.one_of(RECIPE, any_unicode()), max_size=12).map("".join)
    written = expressions().map(lambda text: f'name = "mine"\ndescription = ""\nexpression = """{text}"""')
    return st.one_of(st.one_of(lines, written).map(lambda text: text.encode("utf-8", "replace")), st.binary())


def check_reads_back(expression: str) -> None:
    """An expression means an attack that its canonical form means too, or is refused in one line."""
    try:
        attack = parse_attack(expression).attack
    except UserError:
        return
    assert parse_attack(str(attack)).attack == attack


def check_drawn(drawn: PerturbedText, text: str) -> None:
    """Edits that lie in the text make the new one, and halves of surrogate pairs are never made."""
    assert drawn.original == text
    assert reduce(apply, drawn.edits_by_step, text) == drawn.text == apply(text, drawn.edits)
    assert all(0 <= edit.start <= edit.stop <= len(text) for edit in drawn.edits)
    assert surrogates(drawn.text) <= surrogates(text)


def surrogates(text: str) -> int:
    return sum("\ud800" <= character <= "\udfff" for character in text)


def draw(attack: Attack, batch: TextBatch, seed: int) -> list[PerturbedText]:
    keys = attack.keys(seed=seed, draws=[(str(row), 0) for row in range(len(batch.texts))])
    return list(attack.draw(batch, np.arange(len(batch.texts)), keys))


@FUZZ
@given(expression=expressions())
def any_expression(expression: str) -> None:
    tried["any_expression"] += 1
    check_reads_back(expression)


@FUZZ
@given(recipe=recipes())
def any_recipe(recipe: bytes) -> None:
    tried["any_recipe"] += 1
    path = Path("attacks/mine.toml")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(recipe)
    with suppress(UserError):
        list_attacks()
    check_reads_back("mine")


@FUZZ
@given(
    perturbation=perturbations(),
    batch=st.lists(any_text(), min_size=1, max_size=3),
    segmentation=st.sampled_from(["characters", "icu"]),
    number=st.integers(0, 2**32),
)
def any_perturbation(perturbation: Perturbation, batch: list[str], segmentation: str, number: int) -> None:
    tried["any_perturbation"] += 1
    together = TextBatch(batch, segmenter=find_segmenter(segmentation))
    found = perturbation.sites(together)
    columns = (found.text, found.start, found.stop, found.form, found.count)
    sites = list(zip(*(column.tolist() for column in columns), strict=True))
    for row, start, stop, form, count in sites:
        assert 0 <= start <= stop <= len(batch[row])
        new, old = found.options[form][number % count], batch[row][start:stop]
        assert new != old
        assert surrogates(new) <= surrogates(old)
    for row, drawn in enumerate(
        draw(Mix((WeightedPerturbation(perturbation, 1.0),), rate=0.5), together, number)
    ):
        check_drawn(drawn, batch[row])
        spans = [(start, stop) for text, start, stop, _, _ in sites if text == row]
        for edit in drawn.edits_by_step[0]:
            assert any(start <= edit.start <= edit.stop <= stop for start, stop in spans)


@FUZZ
@given(
    attack=attacks(),
    batch=st.lists(any_text(), min_size=1, max_size=3),
    segmentation=st.sampled_from(["characters", "icu"]),
    seed=st.integers(0, 2**32),
)
def any_attack(attack: Attack, batch: list[str], segmentation: str, seed: int) -> None:
    tried["any_attack"] += 1
    together = TextBatch(batch, segmenter=find_segmenter(segmentation))
    for drawn, text in zip(draw(attack, together, seed), batch, strict=True):
        check_drawn(drawn, text)


PROPERTIES = (any_expression, any_recipe, any_perturbation, any_attack)


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("check", PROPERTIES)
def test_nothing_breaks(check: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> None:
    end = time.monotonic() + MINUTES * 60 / len(PROPERTIES)
    check()
    while time.monotonic() < end:
        check()
    if MINUTES:
        with capsys.disabled():
            sys.stdout.write(f"\n{check.__name__}: {tried[check.__name__]:,} tried\n")
