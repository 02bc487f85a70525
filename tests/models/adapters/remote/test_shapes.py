"""Answers that are found in a reply wherever and however they lie in it."""

from typing import Any

import pytest

from robustaudit.models.adapters.remote.exchange import ErrorInReply, SingleReplyForBatch
from robustaudit.models.adapters.remote.mapping import labels_in, predictions_in

LABELS = ("negative", "positive")
ROW = [{"label": "positive", "score": 0.75}, {"label": "negative", "score": 0.25}]
FLIPPED = [{"label": "negative", "score": 0.75}, {"label": "positive", "score": 0.25}]


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        ("positive", 1),
        (["positive"], 1),
        ({"label": "positive"}, 1),
        ({"predictions": ["positive"]}, 1),
        ({"results": {"label": "positive", "score": 0.75}}, 1),
        (ROW, [0.25, 0.75]),
        ([ROW], [0.25, 0.75]),
        ({"outputs": [[0.25, 0.75]]}, [0.25, 0.75]),
        ([0.25, 0.75], [0.25, 0.75]),
        ([1.0, 0.0], [1, 0]),
        ({"positive": 0.75, "negative": 0.25}, [0.25, 0.75]),
        ([0.33, 0.66], [pytest.approx(1 / 3), pytest.approx(2 / 3)]),
    ],
)
def test_one_text_may_be_answered_in_a_list_or_without(reply: object, wanted: object) -> None:
    assert predictions_in(reply, LABELS, 1) == [wanted]


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (["positive", "negative"], [1, 0]),
        ([1, 0], [1, 0]),
        ([1.0, 0.0], [1, 0]),
        ({"answers": [True, False]}, [1, 0]),
        ({"label": ["positive", "negative"]}, [1, 0]),
        ([ROW, FLIPPED], [[0.25, 0.75], [0.75, 0.25]]),
        ([ROW[0], FLIPPED[0]], [1, 0]),
        ({"positive": [0.75, 0.25], "negative": [0.25, 0.75]}, [[0.25, 0.75], [0.75, 0.25]]),
        (
            ["positive", "neutral"],
            [1, "answered with 'neutral', which is none of the labels negative, positive"],
        ),
    ],
)
def test_each_of_several_texts_has_its_answer(reply: object, wanted: object) -> None:
    assert predictions_in(reply, LABELS, 2) == wanted


@pytest.mark.parametrize(
    "reply",
    [
        "positive",
        ["positive"],
        {"label": "positive"},
        ROW,
        [0.25, 0.75],
        {"positive": 0.75, "negative": 0.25},
    ],
)
def test_one_answer_for_several_texts_is_none(reply: object) -> None:
    for texts in (2, 32):
        with pytest.raises(
            SingleReplyForBatch, match=f"it has one answer for {texts} texts: ask one at a time"
        ):
            predictions_in(reply, LABELS, texts)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (7, "it holds no answers that are known"),
        ({"detail": "no"}, "it holds no answers that are known: say with response or scores"),
        ({"predictions": ["positive"] * 3}, "the reply has 3 answers where 2 are wanted"),
        ({"predictions": []}, "the reply has 0 answers where 2 are wanted"),
        ({"outputs": [], "results": []}, "the reply has outputs and results: say with response or scores"),
        ([[0.25, 0.5, 0.25]] * 2, "the reply has 3 scores for a text, of 2 labels"),
        ([[[0.25, 0.75], [0.5, 0.5]]] * 2, "the reply has 4 scores for a text"),
        ([{"label": ["a"]}] * 2, "label"),
        ([[10**400, 0.5]] * 2, r"gave no probabilities, but \[inf, 0.5\]"),
        ([{"score": "a"}, {"score": None}], "scores"),
    ],
)
def test_what_has_no_answers_says_why(reply: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        raise ValueError(predictions_in(reply, LABELS, 2))


@pytest.mark.parametrize("reply", [["positive", "negative"], [{"label": "positive"}] * 2, [0.1] * 3])
def test_more_answers_than_one_to_a_text_are_none(reply: object) -> None:
    with pytest.raises(ValueError, match=r"the reply has \d answers where 1 are wanted"):
        predictions_in(reply, LABELS, 1)


@pytest.mark.parametrize("texts", [1, 2])
def test_an_error_in_the_place_of_answers_is_no_answer(texts: int) -> None:
    with pytest.raises(ErrorInReply):
        predictions_in({"error": "busy"}, LABELS, texts)


def test_labels_are_those_of_a_reply_that_names_them_all() -> None:
    reply: object
    for reply in ([ROW], ROW, {"predictions": [ROW]}, {"positive": 0.75, "negative": 0.25}):
        assert labels_in(reply) == LABELS
    for reply in ("positive", [0.5, 0.5], {"label": "positive"}, [ROW[0]], {}):
        with pytest.raises(ValueError, match="it does not name all labels: give them"):
            labels_in(reply)
