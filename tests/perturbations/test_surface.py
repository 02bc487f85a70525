import pytest

from reachable import one_edit_away
from robustaudit.perturbations import build


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("lower_case", "Great FOOD it", ["Great food it", "great FOOD it"]),
        ("lower_case", "İstanbul", ["i\u0307stanbul"]),
        ("lower_case", "great 好吃 42", []),
        ("upper_case", "great OK", ["GREAT OK"]),
        ("upper_case", "Straße", ["STRASSE"]),
        ("title_case", "great FOOD don't", ["Great FOOD don't", "great FOOD Don't", "great Food don't"]),
        ("title_case", "ﬁne", ["Fine"]),
        ("title_case", "Great I 42", []),
        ("first_letter_case", "Great food", ["Great Food", "great food"]),
        ("first_letter_case", "42 好吃", []),
        ("random_case", "It's", ["IT'S", "IT's", "It'S", "iT'S", "iT's", "it'S", "it's"]),
        ("random_case", "e\u0301 好", ["E\u0301 好"]),
        ("random_case", "42", []),
        ("add_mark", "so great!", ["so - great!", "so, great!", "so. great!", "so... great!", "so; great!"]),
        ("add_mark", "great, really", []),
        ("drop_mark", "Great, really!", ["Great really!", "Great, really"]),
        (
            "drop_mark",
            "“don't” (3.14)?!",
            ["don't” (3.14)?!", "“don't (3.14)?!", "“don't” (3.14", "“don't” 3.14)?!"],
        ),
        ("drop_mark", "well-known a@b.com @user #tag $5", []),
        ("drop_mark", "好吃。", ["好吃"]),
        ("repeat_mark", "Great! Why?", ["Great! Why??", "Great! Why???", "Great!! Why?", "Great!!! Why?"]),
        ("repeat_mark", "so... 3.14 a.m really!!", []),
        ("drop_apostrophe", "don't it’s", ["don't its", "dont it’s"]),
        ("drop_apostrophe", "'quoted' cats'", []),
        ("drop_final_mark", "Great. “Really?!” Yes", ["Great “Really?!” Yes", "Great. “Really” Yes"]),
        ("drop_final_mark", "3.14 a.m…", ["3.14 a.m"]),
        ("drop_final_mark", "great ... but", []),
        ("space_before_mark", "Great, really!!", ["Great , really!!", "Great, really !!"]),
        ("space_before_mark", "3.14 a@b.com !", []),
        (
            "drop_blank_after_mark",
            "Great, really. So…  yes",
            ["Great, really. So…yes", "Great, really.So…  yes", "Great,really. So…  yes"],
        ),
        ("drop_blank_after_mark", "great really, ", []),
        ("double_blank", "so great", ["so   great", "so  great"]),
        ("double_blank", " so  great\tor not ", [" so  great\tor   not ", " so  great\tor  not "]),
        ("tab_for_blank", "so  great", ["so\tgreat"]),
        ("tab_for_blank", " great\n", []),
        ("outer_blank", "hi", ["\nhi", "\thi", " hi", "  hi", "hi\n", "hi\t", "hi ", "hi  "]),
        ("outer_blank", "", []),
        ("add_handle", "hi", ["@someone hi", "@the_team hi", "@user hi", "@user_1989 hi"]),
        ("add_hashtag", "hi", ["hi #fyi", "hi #monday", "hi #post", "hi #tbt", "hi #today"]),
        ("add_url", " \n", []),
        ("word_as_hashtag", "So naïve!", ["#So naïve!", "So #naïve!"]),
        ("word_as_hashtag", "2nd 42", ["#2nd 42"]),
        ("word_as_hashtag", "#tag @user don't well-known a@b.com “quoted”", []),
        ("emphasize", "hi!", ["**hi**!", "*hi*!", "_hi_!"]),
    ],
)
def test_all_that_one_edit_makes(name: str, before: str, after: list[str]) -> None:
    assert one_edit_away(build(name, {}), before) == sorted(after)


@pytest.mark.parametrize(
    ("name", "parameters", "before", "after"),
    [
        ("add_mark", {"mark": ","}, "so great", ["so, great"]),
        ("repeat_mark", {"marks": "!"}, "Why? Oh!", ["Why? Oh!!", "Why? Oh!!!"]),
        (
            "add_handle",
            {"place": "end"},
            "hi\n",
            ["hi @someone\n", "hi @the_team\n", "hi @user\n", "hi @user_1989\n"],
        ),
        ("emphasize", {"mark": "_"}, "so great", ["_so_ great", "so _great_"]),
    ],
)
def test_parameters(name: str, parameters: dict[str, str], before: str, after: list[str]) -> None:
    assert one_edit_away(build(name, parameters), before) == sorted(after)


def test_addresses_stand_at_the_end_and_are_reserved_ones() -> None:
    found = one_edit_away(build("add_url", {}), "Great.")
    assert "Great. https://example.com" in found
    assert all(
        text.startswith("Great. ") and ("example.com" in text or "example.org" in text) for text in found
    )


def test_the_cases_of_a_long_word_come_again_after_16_letters() -> None:
    word = "a" * 40
    found = one_edit_away(build("random_case", {}), word)
    assert len(found) == len(set(found)) == 2**16 - 1
    assert word not in found
    assert all(text[:16] == text[16:32] for text in found)
