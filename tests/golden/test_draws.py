"""The texts that a seed gives. A plan names them by its seed, so that they must never change by accident."""

import json
from pathlib import Path

import numpy as np
import pytest

from robustaudit.attacks import REPORT_ATTACKS, parse_attack
from robustaudit.perturbations import TextBatch

GOLDEN = Path(__file__).with_name("draws.json")

TEXTS = (
    "I loved the food and the service was great!",
    "It is NOT what I'd hoped for, but we will come back: it’s 5 minutes from home.",
    "“Naïve” cafe\u0301 owners can't cook 👩‍👩‍👧… do not go!!",
    "好吃 very good, شكرا 10/10",
    "Meh.",
    "👍",
)
ATTACKS = (*REPORT_ATTACKS, "homoglyph,qwerty", '2*delete | insert(alphabet="digits")@0.5')
DRAWS = 3


def drawn() -> dict[str, dict[str, list[str]]]:
    """For each attack and text its first draws, under the seed 0 and the text's place as the example's id."""
    batch = TextBatch(TEXTS)
    found: dict[str, dict[str, list[str]]] = {}
    for name in ATTACKS:
        attack = parse_attack(name).attack
        for row, text in enumerate(TEXTS):
            keys = attack.keys(seed=0, draws=[(str(row), draw) for draw in range(DRAWS)])
            perturbed = attack.draw(batch, np.full(DRAWS, row), keys)
            found.setdefault(name, {})[text] = [draw.text for draw in perturbed]
    return found


@pytest.mark.usefixtures("empty_folder")
def test_the_texts_of_a_seed_are_as_they_were(request: pytest.FixtureRequest) -> None:
    """`pytest --regenerate` writes the golden file anew, to be read before it is committed."""
    if request.config.getoption("--regenerate"):
        GOLDEN.write_text(json.dumps(drawn(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert drawn() == json.loads(GOLDEN.read_text(encoding="utf-8"))
