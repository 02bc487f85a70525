import pytest

from robustaudit.reports.page.explorer import lookalikes_in, names_of_hidden, written_out


def test_what_hides_is_named() -> None:
    assert names_of_hidden("a\u202eb\x07") == {
        "\u202e": "RIGHT-TO-LEFT OVERRIDE",
        "\x07": "control character",
    }
    assert names_of_hidden("plain") == {}


@pytest.mark.parametrize(
    ("text", "replacement", "found"),
    [
        ("great", "а", "а"),  # Cyrillic in Latin
        ("великий", "a", "a"),  # and the other way
        ("great", "ｇ", "ｇ"),
        ("great", "ɑ", "ɑ"),
        ("great", "f", ""),
        ("sch\u00f6n", "\u00e4", ""),
        ("好吃", "吃", ""),
        ("great", "!?1", ""),
        ("gre at", "\u00a0", "\u00a0"),
        ("great", "❤️", ""),
        ("great", "👍🏽", ""),
        ("great", "\u200d", ""),  # not taken for another, but not seen
    ],
)
def test_a_look_alike_is_of_a_script_that_the_text_does_not_use(
    text: str, replacement: str, found: str
) -> None:
    assert lookalikes_in(text, replacement) == found


def test_what_is_written_out_has_its_name_and_a_look_alike_stands_before_it() -> None:
    assert [each for each in written_out("a\u200bбc", alike="б") if each[0]] == [
        ("a", None),
        ("\u200b", "ZERO WIDTH SPACE"),
        ("б", None),
        ("б", "CYRILLIC SMALL LETTER BE"),
        ("c", None),
    ]


def test_emoji_stay_whole_and_a_joiner_alone_is_written_out() -> None:
    family = "👩\u200d👩\u200d👧"
    assert list(written_out(family)) == [(family, None)]
    assert ("\u200d", "ZERO WIDTH JOINER") in written_out("\u200d")
