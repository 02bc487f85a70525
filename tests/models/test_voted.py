"""Models whose predictions are a vote over perturbed copies."""

from typing import Any

import numpy as np
import pytest

import robustaudit
from fakes import FakeSource, LetterCounter
from robustaudit.core.errors import UserError
from robustaudit.defences import Chain, ExportedChain, Vote
from robustaudit.models import MissingPredictions, defended_source, resolve

VOTE = Chain.parse('vote(draws=5, attack="delete")')
TEXTS = ["see the sea", "he is here", "tea", "not me, please"]


def votes() -> Vote:
    assert VOTE.vote is not None
    return VOTE.vote


def test_copies_depend_on_their_text_alone() -> None:
    copies = votes().copies(TEXTS)
    assert len(copies) == 5 * len(TEXTS)
    assert copies[5:10] == votes().copies(TEXTS[1:2])
    assert votes().copies(TEXTS[::-1])[-5:] == copies[:5]
    assert len(set(copies[:5])) > 1
    assert TEXTS[0] not in copies[:5]


def test_the_prediction_is_the_mean_over_the_copies() -> None:
    voted = defended_source(FakeSource(), VOTE).load()
    expected = LetterCounter().predict(votes().copies(TEXTS)).reshape(len(TEXTS), 5, 2).mean(axis=1)
    assert voted.predict(TEXTS) == pytest.approx(expected)
    assert voted.predict(TEXTS[:1]) == pytest.approx(expected[:1])
    assert len(voted.predict([])) == 0


def test_of_classes_the_one_of_most_copies_wins() -> None:
    assert Vote(draws=3).outcome(np.array([1, 0, 1, 2, 1, 0])).tolist() == [1, 0]
    model: Any = robustaudit.defended(
        lambda texts: ["e" if "e" in text else "none" for text in texts], "vote(draws=3)"
    )
    assert model.predict(["beech tree", "oak"]).tolist() == ["e", "none"]


class Refusing(LetterCounter):
    """Has no prediction for texts without an `s`."""

    def predict(self, texts: Any) -> Any:
        reasons = {row: f"no s in {text}" for row, text in enumerate(texts) if "s" not in text}
        answer = super().predict(texts)
        if reasons:
            raise MissingPredictions(answer, reasons, list(reasons)[:1])
        return answer


def test_a_text_of_which_a_copy_has_no_prediction_has_none() -> None:
    voted = defended_source(FakeSource(make=Refusing), VOTE).load()
    with pytest.raises(MissingPredictions) as missing:
        voted.predict(["his hiss", "tea", "hiss hiss hiss"])
    first = next(copy for copy in votes().copies(["tea"]))
    assert missing.value.reasons == {1: f"no s in {first}"}
    assert list(missing.value.failed) == [1]
    assert missing.value.answer.shape == (3, 2)


def test_a_vote_is_the_last_of_a_chain_and_part_of_its_digest() -> None:
    written = ["strip", "strip,vote", "strip,vote(draws=3)", 'strip,vote(attack="qwerty")']
    assert len({Chain.parse(each).digest for each in written}) == len(written)
    assert not Chain.parse("strip,vote").wordwise
    assert Chain.parse("strip").vote is None
    for wrong in ("vote,strip", "vote,vote"):
        with pytest.raises(UserError, match="vote must be the last of the defences, got 'vote,"):
            Chain.parse(wrong)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("vote(draws=0)", "draws of vote must be at least 1, got 0"),
        ('vote(attack="delte")', "attack of vote: .*delte.*did you mean 'delete'"),
    ],
)
def test_a_vote_that_cannot_be_taken_is_refused(written: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Chain.parse(written)


def test_a_vote_is_not_exported() -> None:
    with pytest.raises(UserError, match="a vote queries the model and cannot be exported: leave it out"):
        ExportedChain(Chain.parse("strip,vote"))


def test_a_vote_stands_before_a_model_by_name() -> None:
    name = 'clean(strip,vote(draws=3, attack="delete@0.1 & min_length(4)")):tfidf'
    result = robustaudit.audit(name, "tiny", attacks="qwerty", trials=40, progress=False)
    assert len(result.examples()) == 40
    assert resolve(name).digest != resolve("clean(strip):tfidf").digest
