import string
import unicodedata
from string import ascii_letters, digits
from typing import Any, get_args

import pytest

from reachable import one_edit_away
from robustaudit.core.errors import UserError
from robustaudit.perturbations import Homoglyph, TextBatch, build
from robustaudit.perturbations.lookalikes import Style, styled

ALL = [
    ("confusable", {}, "wx", {"ɯx", "ѡx", "ԝx", "ᴡx", "wх"}),
    ("confusable", {}, "Q", set()),
    ("confusable", {"scripts": "all"}, "Q", {"ⵕ"}),
    ("confusable", {}, "ԛ", {"q"}),
    ("confusable", {}, "Ζ", {"Z"}),
    ("add_accent", {}, "ex", {f"{e}x" for e in "èéêẽēĕėëěȩę"} | {"eẋ", "eẍ"}),
    ("add_accent", {}, "ιй", {"ὶй", "ίй", "ῑй", "ῐй", "ϊй"}),
    ("add_accent", {}, "10 好 é", set()),
    ("strip_accents", {}, "Café naïve ok", {"Cafe naïve ok", "Café naive ok"}),
    ("strip_accents", {}, "e\u0301t øl Łódź", {"et øl Łódź", "e\u0301t ol Łódź", "e\u0301t øl Lodz"}),
    ("strip_accents", {}, "ƻƛ đã", {"ƻƛ da"}),
    ("strip_accents", {}, "ёж καλός", {"еж καλός", "ёж καλος"}),
    ("strip_accents", {}, "العَرَبِيّة", {"العربية"}),
    ("strip_accents", {}, "हिन्दी ของที่ 한국어 がぎ", set()),
    ("full_width", {}, "it's 10", {"ｉｔ＇ｓ 10", "it's １０"}),
    ("full_width", {"reach": "letter"}, "it é", {"ｉt é", "iｔ é"}),
    ("letter_style", {}, "It's é 10", {"𝐈𝐭'𝐬 é 10", "It's é 𝟏𝟎"}),
    ("letter_style", {"style": "script"}, "be", {"𝒷ℯ"}),
    ("letter_style", {"style": "negative squared"}, "Ok", {"🅾🅺"}),
    ("letter_style", {"style": "small capital"}, "Fox", {"Fᴏx"}),
    ("letter_style", {}, "Привет 好", set()),
    ("turkish_case", {}, "It Dinner İzmir", {"İt Dinner İzmir", "It Dınner İzmir", "It Dinner Izmır"}),
    ("digit_script", {}, "10 x2", {"١٠ x2", "10 x٢"}),
    ("digit_script", {"script": "devanagari"}, "2024 ١", {"२०२४ ١"}),
    ("digit_script", {"script": "thai"}, "7", {"๗"}),
    ("upside_down", {}, "Great don't", {"ʇɐǝɹƃ don't", "Great ʇ,uop"}),
    ("upside_down", {}, "soz 10 é naïve sos", {"zos 10 é naïve sos"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "text", "expected"), ALL)
def test_what_one_edit_makes_of_a_text(name, parameters, text, expected) -> None:
    assert set(one_edit_away(build(name, parameters), text)) == expected


@pytest.mark.parametrize("marks", [1, 2, 5])
@pytest.mark.parametrize("word", ["a", "great", "한국어", "தமிழ்"])
def test_each_letter_gets_its_heap_of_marks(marks, word) -> None:
    perturbation = build("zalgo", {"marks": marks})
    split_word: Any = build("split_word", {})
    letters = len(split_word.replacements(word)) + 1
    found = one_edit_away(perturbation, word)
    assert len(found) == len(set(found)) > 50
    for after in found:
        assert len(after) == len(word) + marks * letters
        assert all(unicodedata.combining(mark) for mark in set(after) - set(word))


def test_a_heap_has_some_marks_and_not_thousands() -> None:
    with pytest.raises(UserError, match="marks of zalgo must be at least 1, got 0"):
        build("zalgo", {"marks": 0})
    with pytest.raises(UserError, match="marks of zalgo must be at most 20, got 10000"):
        build("zalgo", {"marks": 10_000})


STYLES = {
    "bold": "𝐚𝐛𝐜𝐝𝐞𝐟𝐠𝐡𝐢𝐣𝐤𝐥𝐦𝐧𝐨𝐩𝐪𝐫𝐬𝐭𝐮𝐯𝐰𝐱𝐲𝐳𝐀𝐁𝐂𝐃𝐄𝐅𝐆𝐇𝐈𝐉𝐊𝐋𝐌𝐍𝐎𝐏𝐐𝐑𝐒𝐓𝐔𝐕𝐖𝐗𝐘𝐙𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "italic": "𝑎𝑏𝑐𝑑𝑒𝑓𝑔ℎ𝑖𝑗𝑘𝑙𝑚𝑛𝑜𝑝𝑞𝑟𝑠𝑡𝑢𝑣𝑤𝑥𝑦𝑧𝐴𝐵𝐶𝐷𝐸𝐹𝐺𝐻𝐼𝐽𝐾𝐿𝑀𝑁𝑂𝑃𝑄𝑅𝑆𝑇𝑈𝑉𝑊𝑋𝑌𝑍",
    "script": "𝒶𝒷𝒸𝒹ℯ𝒻ℊ𝒽𝒾𝒿𝓀𝓁𝓂𝓃ℴ𝓅𝓆𝓇𝓈𝓉𝓊𝓋𝓌𝓍𝓎𝓏𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵",
    "fraktur": "𝔞𝔟𝔠𝔡𝔢𝔣𝔤𝔥𝔦𝔧𝔨𝔩𝔪𝔫𝔬𝔭𝔮𝔯𝔰𝔱𝔲𝔳𝔴𝔵𝔶𝔷𝔄𝔅ℭ𝔇𝔈𝔉𝔊ℌℑ𝔍𝔎𝔏𝔐𝔑𝔒𝔓𝔔ℜ𝔖𝔗𝔘𝔙𝔚𝔛𝔜ℨ",
    "double-struck": "𝕒𝕓𝕔𝕕𝕖𝕗𝕘𝕙𝕚𝕛𝕜𝕝𝕞𝕟𝕠𝕡𝕢𝕣𝕤𝕥𝕦𝕧𝕨𝕩𝕪𝕫𝔸𝔹ℂ𝔻𝔼𝔽𝔾ℍ𝕀𝕁𝕂𝕃𝕄ℕ𝕆ℙℚℝ𝕊𝕋𝕌𝕍𝕎𝕏𝕐ℤ𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡",
    "circled": "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏ⓪①②③④⑤⑥⑦⑧⑨",
    "squared": "🄰🄱🄲🄳🄴🄵🄶🄷🄸🄹🄺🄻🄼🄽🄾🄿🅀🅁🅂🅃🅄🅅🅆🅇🅈🅉" * 2,
    "small capital": "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ",
}


@pytest.mark.parametrize(("style", "letters"), STYLES.items())
def test_letters_of_a_style_are_these(style: Style, letters: str) -> None:
    assert "".join(styled(style).get(letter, "") for letter in ascii_letters + digits) == letters


@pytest.mark.parametrize("style", get_args(Style))
def test_a_style_has_nearly_all_small_letters_and_no_letter_twice_but_for_case(style: Style) -> None:
    small = [styled(style)[letter] for letter in ascii_letters[:26] if letter in styled(style)]
    assert len(small) == len(set(small)) >= 25
    assert all(ord(letter) > 127 for letter in styled(style).values())


def test_look_alikes_go_both_ways_and_are_single_letters_of_other_code_points() -> None:
    for letter in "aeopcxyЕОСМаеорсухΑΒΕΗ":
        for other in one_edit_away(build("confusable", {}), letter):
            assert len(other) == 1
            assert letter in one_edit_away(build("confusable", {}), other)


def test_the_far_look_alikes_come_after_the_near() -> None:
    found = [build("confusable", {"scripts": which}).sites(TextBatch(["o"])) for which in ("near", "all")]
    near, far = (sites.options[sites.form[0]] for sites in found)
    assert list(far)[: len(near)] == list(near)
    assert len(far) > len(near) > 3


@pytest.mark.parametrize("character", string.ascii_lowercase + string.digits)
def test_each_lower_case_letter_and_digit_has_one_look_alike(character: str) -> None:
    (after,) = one_edit_away(Homoglyph(), character)
    assert len(after) == 1
    assert after != character


@pytest.mark.parametrize(
    ("before", "after"),
    [("A-B", "A˗B"), ("A'B", "A`B"), ("X1", "Xl"), ("Xx", "X×"), ("Å0", "ÅO"), ("E e", "E е")],
)
def test_hyphen_apostrophe_and_those_that_are_no_homoglyphs(before: str, after: str) -> None:
    assert one_edit_away(Homoglyph(), before) == [after]


@pytest.mark.parametrize("text", ["", "GREAT", "- '", "A’B", "好吃", "é", "e\u0301", "😀"])
def test_what_has_no_entry_is_left_alone(text: str) -> None:
    assert one_edit_away(Homoglyph(), text) == []


def test_one_character_of_a_word_is_changed_at_a_time() -> None:
    assert one_edit_away(Homoglyph(), "Great!") == sorted(["Gⲅeat!", "Grеat!", "Greɑt!", "Grea𝚝!"])


def test_a_letter_with_its_accent_is_one_letter() -> None:
    assert one_edit_away(Homoglyph(), "Cafe\u0301") == sorted(["Cɑfe\u0301", "Ca𝚏e\u0301"])
