"""What is read of a chat model's words, and what is not."""

import pytest

from robustaudit.models.adapters.remote.label_extraction import extract_label

MOODS = ("negative", "positive", "very positive")
STARS = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    ("content", "label"),
    [
        ("positive", "positive"),
        (" **Positive**\n", "positive"),
        ("Very\n positive!", "very positive"),
        ("very-positive", "very positive"),
        ("The label is: negative.", "negative"),
        ("<answer>positive</answer>", "positive"),
        (r"$\boxed{\text{negative}}$".strip("$"), "negative"),
        ("- negative", "negative"),
        ("Sentiment → positive", "positive"),
        ("I would classify this text as very positive.", "very positive"),
        ("The sentiment is positive, because nothing is negative.", "positive"),
        ("It reads as negative at first, but it is praise.\n\nAnswer: positive", "positive"),
        ("Positive\n\nThe negative words are meant as a joke.", "positive"),
        ('{"reason": "it is not negative", "label": "positive"}', "positive"),
        ('```json\n{"label": "Positive", "reason": "not negative"}\n```', "positive"),
        ('Here it is: {"final_answer": {"class": "negative"}}', "negative"),
        ('["very positive"]', "very positive"),
        ("{'label': 'negative'}", "negative"),
    ],
)
def test_a_plain_answer_is_read_however_it_is_dressed(content: str, label: str) -> None:
    assert extract_label(content, MOODS) == MOODS.index(label)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("neutral", ""),
        ("positively", ""),
        ("", ""),
        ("negative or positive", "negative and positive"),
        ("Positive. No, negative.", "negative and positive"),
        ("not positive", "positive"),
        ("Nicht positive!", "positive"),
        ("non-positive", "positive"),
        ("positive-free", "positive"),
        ("positive: no", "positive"),
        ("Positive. Not at all.", "positive"),
        ("Positive?", "positive"),
        ("I cannot help with positive content", "positive"),
        ("I'm sorry, but this text is positive", "positive"),
        ("1. positive\n2. negative", "negative and positive"),
        ('{"positive": 0.9, "negative": 0.1}', "negative and positive"),
        ('{"label": "neutral", "reason": "positive"}', "positive"),
        ('{"label": "negative", "label": "positive"}', "negative and positive"),
        ('{"label": "positive", "reason": "cut o', "positive"),
    ],
)
def test_what_may_mean_something_else_is_no_answer(content: str, named: str) -> None:
    what = f"{named} but is no plain answer: ask" if named else "none of negative, positive, very positive"
    shown = f"answered {content!r}, which names {what}"
    assert str(extract_label(content, MOODS)).startswith(shown)


@pytest.mark.parametrize(
    ("labels", "content", "label"),
    [
        (("hate", "normal"), "Not hate", None),
        (("hate", "not_hate"), "Not hate", "not_hate"),
        (("hate", "not_hate"), "not at all hate", None),
        (("toxic", "fine"), "I cannot help with toxic content", None),
        (("toxic", "fine"), "This is toxic content.", "toxic"),
        (("0", "1"), "-1", None),
        (("0", "1"), "\N{MINUS SIGN}1", None),
        (("-1", "1"), "\N{MINUS SIGN}1", "-1"),
        (("-1", "1"), "label-1", None),
        (("0", "1"), "1.0", "1"),
        (("0", "1"), '{"label": 1}', "1"),
        (("0", "1"), "1.05", None),
        (("0", "1"), "10", None),
        (STARS, "Rating: 4", "4"),
        (STARS, "4/5", None),
        (STARS, "4 stars", None),
        (STARS, "1. It is well made", None),
        (("a", "b"), "(b)", "b"),
        (("a", "b"), "The answer is a", "a"),
        (("a", "b"), "This is a text.", None),
        (("Yes", "yes"), "yes", "yes"),
        (("Yes", "yes"), "YES", None),
        (("no", "yes"), "No.", "no"),
        (("C", "C++"), "C++.", "C++"),
        (("C", "C++"), "C+", None),
        (("正面", "负面"), "「正面」。", "正面"),
        (("正面", "负面"), "不是正面", None),
    ],
)
def test_labels_of_any_kind_are_read_or_not(labels: tuple[str, ...], content: str, label: str | None) -> None:
    found = extract_label(content, labels)
    assert (labels[found] if isinstance(found, int) else None) == label


@pytest.mark.parametrize("piece", ["<think>", "{", "[{", "```\n", ". ", '"', "because ", "positive."])
def test_a_long_reply_of_any_make_is_read_or_refused(piece: str) -> None:
    longest = piece * (100_000 // len(piece))
    assert not isinstance(extract_label(longest, MOODS), int) or piece == "positive."
    assert extract_label(longest + "more than that", MOODS) == (
        f"answered with {len(longest) + 14:,} characters, of which at most 100,000 are read"
    )
