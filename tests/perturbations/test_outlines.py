import pytest
from hypothesis import given

from robustaudit.perturbations import Extend, TextBatch
from robustaudit.perturbations.words import WordFingerprints
from strategies import texts


@pytest.mark.parametrize("word", ["don't", "DON'T", "Don’t", "it", "understand", "it's"])
def test_a_word_resembles_itself_in_any_case(word: str) -> None:
    words = TextBatch(["so", f"… {word}!"]).words
    vocabulary = WordFingerprints.of(["don't", "it", "it's", "understand"])
    assert words.resembling(vocabulary).tolist() == [1]


def test_few_other_words_resemble_a_word() -> None:
    words = TextBatch(["don dont don't-know donut underwear understandable"]).words
    resembling = words.resembling(WordFingerprints.of(["don't", "understand"]))
    assert [words.codes[word] for word in resembling.tolist()] == ["understandable"]


@given(text=texts())
def test_no_word_that_can_be_edited_is_passed_over(text: str) -> None:
    words, extend = TextBatch([text]).words, Extend()
    editable = {i for i, word in enumerate(words.strings) if extend.replacements(word)}
    assert editable <= set(words.resembling(WordFingerprints.of(extend.vocabulary())).tolist())


def test_nothing_resembles_an_empty_vocabulary() -> None:
    assert TextBatch(["so it is"]).words.resembling(WordFingerprints.of([])).tolist() == []
