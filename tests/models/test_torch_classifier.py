import json
import shutil

import numpy as np
import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.files import shipped
from robustaudit.models import fastest_form, in_form, resolve

NETWORKS = ("1", "4", "7")
TEXTS = [
    "I loved the food and the service was great!",
    "",
    "𓀀",
    "bad",
    "The plot drags, the jokes fall flat, and even the dog looks bored. " * 40,
    "Not good, not good at all.",
]


@pytest.fixture(scope="module", params=NETWORKS)
def classifier(request):
    return resolve(request.param).load()


def test_probabilities_for_every_text(classifier):
    probabilities = classifier.predict(TEXTS)

    assert probabilities.shape == (len(TEXTS), len(classifier.labels))
    assert probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert (probabilities >= 0).all()


def test_two_predictions_agree(classifier):
    np.testing.assert_array_equal(classifier.predict(TEXTS), classifier.predict(TEXTS))


def test_a_text_alone_and_in_a_batch_gets_the_same_probabilities(classifier):
    alone = np.concatenate([classifier.predict([text]) for text in TEXTS])

    np.testing.assert_allclose(classifier.predict(TEXTS), alone, atol=1e-5)


def test_rows_keep_the_order_of_the_texts(classifier):
    many = [TEXTS[0], TEXTS[3], TEXTS[5]] * 200

    np.testing.assert_allclose(
        classifier.predict(many), np.tile(classifier.predict(many[:3]), (200, 1)), atol=1e-5
    )


def test_no_texts_give_no_rows(classifier):
    assert classifier.predict([]).shape == (0, 2)


def test_what_anyone_would_say_of_a_review(classifier):
    good, bad = classifier.predict([TEXTS[0], "Terrible food, rude and slow: a waste of money."])

    assert classifier.labels[good.argmax()] == "positive"
    assert classifier.labels[bad.argmax()] == "negative"


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("1", {"hidden": 10**6, "num_heads": 2, "head_size": 10**6}),
        ("1", {"hidden": 10**13, "num_heads": 2, "head_size": 10**13}),
        ("7", {"feed_forward": 10**9}),
        ("7", {"max_tokens": 10**12}),
    ],
)
def test_a_card_that_claims_more_than_its_weights_hold_is_refused_before_it_is_built(name, sizes, tmp_path):
    for part in (name, "shared"):
        shutil.copytree(shipped("trained_models") / part, tmp_path / part)
    path = tmp_path / name / "card.json"
    card = json.loads(path.read_text())
    card["preset"]["model"] |= sizes
    path.write_text(json.dumps(card))

    with pytest.raises(
        UserError, match=rf"^model '{name}': (.* than its weights can fill|no network is as large)"
    ):
        resolve(name, folder=tmp_path).load()


def test_in_bf16_model_8_predicts_about_the_same_and_the_same_in_any_batch():
    pytest.importorskip("transformers")
    plain = resolve("8").load()
    fast = in_form(plain, "bf16")
    together = fast.predict(TEXTS)
    assert np.abs(together - plain.predict(TEXTS)).max() < 0.05
    # Elsewhere it is emulated, or multiplied in another order.
    atol = 0 if fastest_form() == "bf16" else 0.01
    np.testing.assert_allclose(np.concatenate([fast.predict([text]) for text in TEXTS]), together, atol=atol)
