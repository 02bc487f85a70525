"""The coursework's shapes: every count follows from the numbers of its report."""

from dataclasses import replace

import pytest

from robustaudit.models import resolve
from robustaudit.training.initialisation import outline
from robustaudit.training.preset import load_preset
from robustaudit.training.train import train

PAPER = load_preset("paper")
NETWORKS = ["1", "2", "3", "4", "5", "6", "7"]

PIECES = 30_522 * 256
ENCODER = 2 * 4 * 256 * (256 + 256 + 2)  # two directions, four gates, two biases each
DECODER = 4 * 256 * (512 + 256 + 2)
ATTENTION = 4 * 512**2 + 4 * 512
LAYER = (4 * 256**2 + 4 * 256) + 2 * (256 * 256 + 256) + 2 * 2 * 256
AROUND = 257 * 256 + 256 + 2 * 256  # positions, the vector in front, the last normalisation


@pytest.mark.parametrize(
    ("name", "expected", "written_out"),
    [
        ("1", PIECES + ENCODER + 512 * 2 + 2, 8_867_330),
        ("2", PIECES + ENCODER + 512 * 2 + 2, 8_867_330),
        ("3", PIECES + ENCODER + DECODER + 256 * 2 + 2, 9_655_298),
        ("4", PIECES + ENCODER + ATTENTION + DECODER + 256 * 2 + 2, 10_705_922),
        ("5", PIECES + AROUND + 2 * LAYER + 256 * 2 + 2, 8_672_258),
        ("6", PIECES + AROUND + 4 * LAYER + 256 * 2 + 2, 9_463_810),
        ("7", PIECES + AROUND + 2 * LAYER + 256 * 2 + 2, 8_672_258),
    ],
)
def test_parameter_counts(name, expected, written_out):
    whole = outline(name, preset=PAPER)[0]

    assert whole.trained == expected == written_out
    assert whole.frozen == 0


def test_how_it_is_trained():
    for name in NETWORKS:
        how, sizes = PAPER.network(name).training, PAPER.network(name).model
        assert (how.batch_size, how.learning_rate, how.epsilon) == (512, 1e-5, 1e-8)
        assert 3 <= how.epochs <= 5
        assert how.schedule == "constant"
        assert sizes.max_tokens == 256
        assert sizes.pooling == "first"
        assert sizes.dropout == (0.0 if name == "1" else 0.3)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_few_steps_of_each_setting_are_stored_and_loaded(name, tiny, tmp_path):
    texts = replace(tiny, examples=tuple(replace(e, text=e.text[:60]) for e in tiny.examples[:60]))
    (card,) = train([name], dataset=texts, preset=PAPER, epochs=2, output=tmp_path)

    assert card.run.epochs == 2
    assert card.embeddings is None
    assert resolve(name, folder=tmp_path).load().predict(["so good", ""]).shape == (2, 2)
