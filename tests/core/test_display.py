import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.core.display import percent, visible
from strategies import texts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It's great!",
        "naïve cafe\u0301",
        "好吃",
        "العَرَبِيّة",
        "می\u200cخواهم",
        "👩\u200d👩\u200d👧 ❤️",
        "“50 €”",
        "क्\u200dष",
        "👩🏽\u200d💻 🏳️\u200d🌈 1️⃣",
        "葛\U000e0100",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_what_people_write_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "<U+001B>[2J"),
        ("a\x07b\x7f\x9b", "a<U+0007>b<U+007F><U+009B>"),
        ("one\ntwo\r\tthree", "one<U+000A>two<U+000D><U+0009>three"),
        ("\u202eabc\u202c \u2066d\u2069", "<U+202E>abc<U+202C> <U+2066>d<U+2069>"),
        ("a\u200bb\ufeff\u00ad", "a<U+200B>b<U+FEFF><U+00AD>"),
        ("a\u2028b\u2029", "a<U+2028>b<U+2029>"),
        ("\U000e0041 🏴\U000e0041", "<U+E0041> 🏴<U+E0041>"),
        ("gr\u200deat \u200cx\u200d", "gr<U+200D>eat <U+200C>x<U+200D>"),
        ("g\ufe0freat\u034f \u3164", "g<U+FE0F>reat<U+034F> <U+3164>"),
        ("\ue000\ufdd0\ud800", "<U+E000><U+FDD0><U+D800>"),
    ],
    ids=[
        "escape",
        "control",
        "lines",
        "bidi",
        "zero width",
        "separators",
        "tag",
        "joiners",
        "ignored",
        "no glyph",
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(text=texts())
def test_what_is_shown_is_one_line_that_moves_no_cursor(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.1234, "12.3"),
        (0.05, "5.0"),
        (-0.05, "-5.0"),
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (0.0004, "0.04"),
        (-0.0004, "-0.04"),
        (-0.0000061, "-0.001"),
        (1 / 3 + 1 / 3 - 2 / 3, "0.0"),
        (0.1 + 0.2 - 0.3, "0.0"),
    ],
)
def test_a_share_has_one_decimal_or_as_many_as_tell_it_from_zero(share: float, shown: str) -> None:
    assert percent(share) == shown


def test_beside_a_threshold_it_has_as_many_as_tell_it_from_that() -> None:
    assert percent(0.05004, beside=0.05) == "5.004"
    assert percent(0.04999, beside=0.05) == "4.999"
    assert percent(0.05, beside=0.05) == "5.0"
    assert percent(0.0, beside=0.05) == "0.0"


shares = st.floats(-1, 1)


@given(shares, shares)
def test_what_is_shown_lies_on_the_side_that_the_share_is_on(share: float, beside: float) -> None:
    told = percent(share, beside=beside)
    limit = round(100 * beside, len(told.partition(".")[2]))
    if abs(share - beside) < 1e-12:
        assert float(told) == limit
    else:
        assert (float(told) > limit) == (share > beside)
