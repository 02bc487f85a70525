import pytest

from reachable import one_edit_away
from robustaudit.core.errors import UserError
from robustaudit.perturbations import build


@pytest.mark.parametrize(
    ("expression", "before", "after"),
    [
        ("leetspeak", "great", ["gr34t", "gr3@t"]),
        ("leetspeak", "GREAT", ["GR34T", "GR3@T"]),
        ("leetspeak", "so rhythm", ["$0 rhythm", "50 rhythm"]),
        ("leetspeak", "naïve", ["n4ïv3", "n@ïv3"]),
        ("leetspeak", "cafe\u0301", ["c4fe\u0301", "c@fe\u0301"]),
        ("leetspeak", "好吃 ☕ 42", []),
        ("mask_letters", "damn!", ["d*mn!", "da*n!"]),
        ("mask_letters", "don't", ["d*n't", "do*'t"]),
        ("mask_letters", "cafe\u0301s", ["c*fe\u0301s", "ca*e\u0301s", "caf*s"]),
        ("mask_letters", "it I f**k", []),
        ("space_letters", "so great", ["s o great", "so g r e a t"]),
        ("space_letters", "e\u0301te\u0301 I", ["e\u0301 t e\u0301 I"]),
        ("space_letters", "I 👍🏽", []),
        ("punctuate_letters", "so", ["s*o", "s-o", "s.o", "s_o", "s~o"]),
        ("drop_vowels", "the Great food!", ["the Grt food!", "the Great fd!", "th Great food!"]),
        ("drop_vowels", "LOVE amazing", ["LOVE amzng", "LV amazing"]),
        ("drop_vowels", "a you rhythm été", []),
        ("emoji_for_word", "Pizza, please", ["🍕, please"]),
        ("emoji_for_word", "LOVED it", ["❤️ it", "😍 it"]),
        ("emoji_for_word", "pizzeria lovely", []),
        ("algospeak", "Killed", ["Unalived"]),
        ("algospeak", "sex and skills", ["s3ggs and skills", "seggs and skills"]),
        ("spell_by_sound", "phone", ["fone"]),
        ("spell_by_sound", "PHONE", ["FONE"]),
        ("spell_by_sound", "Night", ["Nite"]),
        (
            "spell_by_sound",
            "cool quick boys",
            ["cool kwick boys", "cool quick boyz", "cool quik boys", "kool quick boys"],
        ),
        (
            "spell_by_sound",
            "though through tough",
            ["tho through tough", "though through tuff", "though thru tough"],
        ),
        ("spell_by_sound", "eight height bought naïves", []),
    ],
)
def test_all_that_one_edit_makes(expression: str, before: str, after: list[str]) -> None:
    assert one_edit_away(build(expression, {}), before) == sorted(after)


@pytest.mark.parametrize(
    ("name", "parameters", "before", "after"),
    [
        ("leetspeak", {"letters": "one"}, "sea", ["$ea", "5ea", "s3a", "se4", "se@"]),
        ("leetspeak", {"alphabet": "full"}, "great", ["9r347", "9r3@+"]),
        ("mask_letters", {"letters": "all"}, "fuck", ["f**k"]),
        ("mask_letters", {"letters": "all", "mask": "#"}, "Don't", ["D##'t"]),
        ("space_letters", {"gaps": "one"}, "tea", ["t ea", "te a"]),
        ("punctuate_letters", {"mark": "."}, "great", ["g.r.e.a.t"]),
        ("punctuate_letters", {"mark": "-", "gaps": "one"}, "tea", ["t-ea", "te-a"]),
    ],
)
def test_parameters(name: str, parameters: dict[str, str], before: str, after: list[str]) -> None:
    assert one_edit_away(build(name, parameters), before) == sorted(after)


def test_another_mask_is_refused() -> None:
    with pytest.raises(UserError, match=r"mask of mask_letters must be one of '\*'"):
        build("mask_letters", {"mask": "x"})
