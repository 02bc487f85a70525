from dataclasses import replace

import pytest

from printed import printed
from robustaudit.reports.cost_report import render_costs
from robustaudit.training.hardware import Hardware
from robustaudit.training.initialisation import outline
from robustaudit.training.preset import load_preset
from robustaudit.training.training_cost import measure_cost

PRESET = load_preset("compact", changes=["lstm.training.batch_size=8", "transformer.training.batch_size=8"])


def cost(name, tokens=8):
    return measure_cost(name, preset=PRESET, tokens=tokens, hardware=Hardware())


@pytest.mark.parametrize(("name", "averaged"), [("1", 0), ("4", 0), ("5", 1)])
def test_weights_gradients_and_moments_are_of_the_networks_numbers(name, averaged):
    whole, *_ = outline(name, preset=PRESET)
    found = cost(name)

    assert found.weights == 4 * whole.parameters
    assert found.gradients == 4 * whole.trained
    # AdamW keeps two moments of each, and counts the steps of each tensor.
    moments = 4 * whole.trained * (2 + averaged)
    assert moments < found.optimiser < moments + 1000


@pytest.mark.parametrize("name", ["1", "4"])
def test_activations_of_an_lstm_grow_with_the_length_of_texts(name):
    short, long = cost(name, 8).activations, cost(name, 32).activations
    assert 3 < long / short < 4.2


def test_dropout_keeps_more_and_a_decoder_and_attention_more_again():
    kept = [cost(name).activations for name in "1234"]
    assert kept == sorted(kept)
    assert len(set(kept)) == 4


def test_a_gpu_has_a_column_where_it_was_measured_and_else_is_said_not_to_be():
    found = cost("1")
    text = printed(render_costs([found]), width=80)
    assert "GPU memory: not measured." in text
    assert "peak   1,000 texts" in text
    assert "8 random texts of 8 word pieces" in text.replace("\n", " ")
    text = printed(render_costs([found, replace(found, model="2", gpu_peak=3_000_000)]), width=80)
    assert "3.0 MB" in text
    assert text.count("not measured") == 1
