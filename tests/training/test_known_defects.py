"""Defects that public solutions of the coursework have: one test each, named for what must not be."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from robustaudit.models.architectures.build import build, build_bert
from robustaudit.models.architectures.layers import Vectors
from robustaudit.models.tokens import PieceTokenizer
from robustaudit.models.torch_classifier import TorchClassifier
from robustaudit.training.embeddings import ensure_shared
from robustaudit.training.hardware import Hardware
from robustaudit.training.initialisation import outline
from robustaudit.training.loop import evaluate, fit, seeded
from robustaudit.training.preset import load_preset
from robustaudit.training.stepper import TokenisedExamples
from robustaudit.training.training_events import EpochDone, StepsDone

COMPACT, PAPER = load_preset("compact"), load_preset("paper")
PIECES = 40
IDS = torch.randint(1, PIECES, (2, 7), generator=torch.Generator().manual_seed(4))
REAL = torch.arange(7) < torch.tensor([[7], [5]])


def texts(count):
    rng = np.random.default_rng(1)
    sequences = [rng.integers(1, PIECES, size=rng.integers(3, 9)) for _ in range(count)]
    return TokenisedExamples(sequences, np.arange(count) % 2)


TRAIN, VALIDATION = texts(24), texts(10)


def network(name, preset=COMPACT):
    vectors = Vectors(table=torch.randn(PIECES, preset.embeddings.width), learned=preset.embeddings.learned)
    with seeded(0):
        return build(name, sizes=preset.network(name).model, vectors=vectors, classes=2)


def how(name, **numbers):
    return replace(COMPACT.network(name).training, **numbers)


def learn(module, *, listener, **numbers):
    with seeded(0):
        fit(module, train=TRAIN, validation=VALIDATION, seed=0, listener=listener, **numbers)


@pytest.mark.parametrize("epochs", [1, 3])
def test_gradients_are_not_zeroed_once_an_epoch_but_before_every_step(epochs):
    module: Any = nn.Module()
    given, applied = [], []
    module.bias = nn.Parameter(torch.zeros(2))
    module.forward = lambda ids, _: module.bias.expand(len(ids), 2)
    module.bias.register_hook(lambda gradient: given.append(gradient.clone()))

    def watch(event):
        if isinstance(event, StepsDone):
            applied.append(module.bias.grad.clone())

    learn(module, listener=watch, how=how("1", epochs=epochs, batch_size=4, clip_norm=1e9))

    assert len(given) == 6 * epochs
    torch.testing.assert_close(applied, given)


def bert_after_each_epoch(small, **numbers):
    """Names of the tensors of a BERT's base that each epoch changed."""
    module: Any = build_bert(sizes=small.bert.model, classes=2)
    before = {name: tensor.clone() for name, tensor in module.base.state_dict().items()}
    changed = []

    def watch(event):
        if isinstance(event, EpochDone):
            now = module.base.state_dict()
            changed.append({name for name in now if not torch.equal(now[name], before[name])})
            before.update({name: tensor.clone() for name, tensor in now.items()})

    learn(module, listener=watch, how=how("8", batch_size=8, **numbers))
    return changed


def weights_of_layers(names):
    return {name for name in names if name.startswith("encoder.layer.") and name.endswith("weight")}


def trained_layers(small):
    """All weight matrices and scales of the two layers that learn, of the base's three."""
    base: Any = build_bert(sizes=small.bert.model, classes=2).base
    return {name for name in weights_of_layers(base.state_dict()) if not name.startswith("encoder.layer.0.")}


def test_the_backbone_is_not_frozen_by_mistake(small):
    (changed,) = bert_after_each_epoch(small, epochs=1, frozen_epochs=0)

    assert weights_of_layers(changed) == trained_layers(small)


def test_the_optimizer_is_not_built_without_the_layers_that_are_unfrozen_later(small):
    frozen, unfrozen = bert_after_each_epoch(small, epochs=2, frozen_epochs=1)

    assert not frozen
    assert weights_of_layers(unfrozen) == trained_layers(small)


@pytest.mark.parametrize("name", ["2", "3", "4", "5", "6", "7"])
def test_dropout_does_not_stay_on_when_a_model_is_asked(name, tmp_path):
    vectors = Vectors(table=torch.randn(30_522, 128))
    module = build(name, sizes=COMPACT.network(name).model, vectors=vectors, classes=2).train()
    path = ensure_shared(tmp_path, width=128, listener=lambda _: None).tokenizer
    tokenizer = PieceTokenizer(path=path, max_tokens=128)
    classifier = TorchClassifier(module=module, tokenizer=tokenizer, labels=("negative", "positive"))

    review = ["I loved the food and the service was great!"]
    np.testing.assert_array_equal(classifier.predict(review), classifier.predict(review))


def test_dropout_is_off_when_an_epoch_is_validated_and_on_again_in_the_next():
    module, modes = network("2"), []
    module.register_forward_hook(lambda *_: modes.append(module.training))
    learn(module, listener=lambda _: None, how=how("2", epochs=2, batch_size=12))

    assert modes == [True, True, False] * 2
    first, second = (evaluate(module.train(), VALIDATION, Hardware()) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("preset", [COMPACT, PAPER])
@pytest.mark.parametrize("name", ["5", "6"])
def test_a_pre_norm_residual_does_not_add_the_normalised_input(name, preset):
    """Where attention and feed-forward give nothing, what goes into the first layer comes out of the last."""
    module, passed = network(name, preset).eval(), []
    for layer in module.layers:
        for last in (layer.attention.output, layer.feed_forward[-1]):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        layer.register_forward_hook(lambda _, given, states: passed.append((given[0], states)))
    module(IDS, REAL)

    assert len(passed) == {"5": 2, "6": 4}[name]
    assert torch.equal(passed[0][0], passed[-1][1])


def read_of_the_decoder(name, preset):
    """At which positions the second text, five pieces long, is read."""
    module, gradients = network(name, preset).eval(), []
    module.pooling.register_full_backward_hook(lambda _, given, __: gradients.append(given[0]))
    module(IDS, REAL)[1].sum().backward()
    return gradients[0][1].any(dim=-1).tolist()


@pytest.mark.parametrize("name", ["3", "4"])
def test_a_causal_decoder_is_not_read_at_its_first_position_alone(name):
    assert read_of_the_decoder(name, COMPACT) == [True] * 5 + [False] * 2


@pytest.mark.parametrize("name", ["3", "4"])
def test_the_paper_preset_keeps_reading_the_first_position(name):
    assert read_of_the_decoder(name, PAPER) == [True] + [False] * 6


@pytest.mark.parametrize(("preset", "d"), [(COMPACT, 256), (PAPER, 512)])
def test_each_of_the_four_layers_of_an_attention_has_biases(preset, d):
    """The report's formula has one d for the biases of all four."""
    (attention,) = (row for row in outline("4", preset=preset) if row.kind == "MultiHeadAttention")

    assert attention.trained == 4 * d**2 + 4 * d
