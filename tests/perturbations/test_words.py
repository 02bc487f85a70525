from collections.abc import Iterator
from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.perturbations import Extend, TextBatch, graphemes
from robustaudit.perturbations.words import WordFingerprints
from strategies import any_unicode, texts

# A letter with its marks, and on over joiners to the last letter and its marks.
WORD = regex.compile(
    r"""
    [\p{L}\p{N}˗`×] [\p{M}\u200C\u200D]*+
    (?: (?: ['’\-_*@] [\p{M}\u200C\u200D]*+ )*+ [\p{L}\p{N}˗`×] [\p{M}\u200C\u200D]*+ )*+
    """,
    regex.VERBOSE,
)
WITHOUT_BLANKS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}ー&&[\p{L}]]", regex.VERSION1)


def expected_words(text: str) -> Iterator[tuple[int, int]]:
    """The words of a text, each letter of a script without blanks one for itself."""
    for run in WORD.finditer(text):
        first = place = run.start()
        cuts = []
        for cluster in regex.findall(r"\X", run[0]):
            if WITHOUT_BLANKS.search(cluster):
                cuts += [place, place + len(cluster)]
            place += len(cluster)
        for cut in (*cuts, run.end()):
            yield from (found.span() for found in WORD.finditer(text, first, cut))
            first = cut


puzzles = st.text("aB1'’-_*@ .\n\u0301\u200d\u200cé한각\u1100\u1161ก็क्षि👩\ud800½", max_size=20)


def words(text: str) -> list[str]:
    found = TextBatch([text]).words
    return [text[start:stop] for start, stop in zip(found.start.tolist(), found.stop.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I loved it!", ["I", "loved", "it"]),
        ("don't well-known snake_case f**k", ["don't", "well-known", "snake_case", "f**k"]),
        ("3.14 and 1,000", ["3", "14", "and", "1", "000"]),
        ("write a@b.com", ["write", "a@b", "com"]),
        ("@user *bold* _it_ -dash- 'quoted'", ["user", "bold", "it", "dash", "quoted"]),
        ("rock 'n' roll, the cats' 'tis", ["rock", "n", "roll", "the", "cats", "tis"]),
        ("don’t say “well—known”", ["don’t", "say", "well", "known"]),
        ("good👍bad", ["good", "bad"]),
        ("e.g. U.S.A. ok…", ["e", "g", "U", "S", "A", "ok"]),
        ("it--was wait---what", ["it--was", "wait---what"]),
        ("5× `code`", ["5×", "`code`"]),
        ("½ x² №", ["½", "x²"]),
        ("one\ntwo\tthree\u00a0four\u3000five", ["one", "two", "three", "four", "five"]),
    ],
)
def test_what_a_reader_takes_for_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "word",
    ["cafe\u0301", "naïve", "a\u0301\u0323b", "हिन्दी", "العَرَبِيّة", "می\u200cخواهم", "क्\u200dष", "q\u0307"],
    ids=[
        "accent",
        "one code point",
        "two marks",
        "Devanagari",
        "Arabic",
        "non-joiner",
        "joiner",
        "q with a dot",
    ],
)
def test_marks_and_joiners_belong_to_their_letter(word: str) -> None:
    assert words(f"so {word}, ok") == ["so", word, "ok"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "...",
        "👍🏽",
        "❤️",
        "👩‍👩‍👧",
        "🇩🇪",
        "“”",
        "—",
        "'",
        "-_*@’",
        "\u0301",
        "\ufe0f",
        "\u200d",
        "\u202e\u2066",
    ],
    ids=ascii,
)
def test_emoji_punctuation_and_loose_marks_are_no_words(text: str) -> None:
    assert words(text) == []


def test_words_are_counted_for_each_text() -> None:
    assert TextBatch(["", "one", "…", "two words"]).word_counts.tolist() == [0, 1, 0, 2]


@given(text=texts())
def test_words_do_not_overlap_and_touch_only_in_scripts_without_blanks(text: str) -> None:
    found = TextBatch([text]).words
    assert (found.start < found.stop).all()
    assert (found.stop[:-1] <= found.start[1:]).all()
    for left, right in pairwise(range(len(found))):
        if found.stop[left] == found.start[right]:
            assert WITHOUT_BLANKS.search(found.strings[left] + found.strings[right])


@given(text=texts())
def test_the_same_words_are_found_in_company(text: str) -> None:
    alone, together = TextBatch([text]).words, TextBatch(["before it", text, "don't"]).words
    mine = together.text == 1
    assert [together.forms[form] for form in together.form[mine]] == [
        alone.forms[form] for form in alone.form
    ]
    assert together.start[mine].tolist() == alone.start.tolist()


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("great", ["g", "r", "e", "a", "t"]),
        ("e\u0301t", ["e\u0301", "t"]),
        ("한국", ["한", "국"]),
        ("a\u200db", ["a\u200d", "b"]),
        ("ก็ดี", ["ก็", "ดี"]),
    ],
    ids=["ASCII", "accent", "Hangul", "joiner", "Thai"],
)
def test_letters_are_what_a_reader_counts(word: str, letters: list[str]) -> None:
    assert list(graphemes(word)) == letters


@given(batch=st.lists(st.one_of(puzzles, any_unicode(), texts()), max_size=3))
def test_words_are_what_the_expression_finds(batch: list[str]) -> None:
    found = TextBatch(batch).words
    expected = [
        (row, start, stop, text[start:stop])
        for row, text in enumerate(batch)
        for start, stop in expected_words(text)
    ]
    columns = (found.text.tolist(), found.start.tolist(), found.stop.tolist(), found.strings)
    assert list(zip(*columns, strict=True)) == expected
    assert [found.codes[word] for word in range(len(found))] == found.strings
    assert [found.forms[form] for form in found.form.tolist()] == found.strings


@given(batch=st.lists(st.one_of(puzzles, any_unicode(), texts()), max_size=3))
def test_a_word_that_is_not_composed_has_a_letter_for_each_code_point(batch: list[str]) -> None:
    found = TextBatch(batch).words
    composed = set(found.composed.tolist())
    for place, word in enumerate(found.strings):
        assert place in composed or len(graphemes(word)) == len(word)


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
