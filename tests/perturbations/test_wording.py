import pytest

from reachable import one_edit_away
from robustaudit.core.errors import MissingExtra
from robustaudit.perturbations import build, wording


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("abbreviate", "As soon as possible!", ["Asap!"]),
        ("abbreviate", "in\nmy  opinion, good", ["imo, good"]),
        ("abbreviate", "I don’t know", ["idk"]),
        ("abbreviate", "I DON'T KNOW", ["IDK"]),
        ("abbreviate", "the United Kingdom", ["the UK"]),
        ("abbreviate", "by the wayside; i don't-know; possible", []),
        ("colloquial", "You're going to love it", ["You're gonna love it"]),
        (
            "colloquial",
            "WANT TO, should have",
            ["WANNA, should have", "WANT TO, should of", "WANT TO, shoulda"],
        ),
        ("colloquial", "wanting to, untold", []),
        ("chat_spelling", "You, tonight", ["U, tonight", "Ya, tonight", "You, 2nite", "You, tonite"]),
        ("chat_spelling", "GREAT young", ["GR8 young"]),
        ("misspell", "Definitely", ["Defiantly", "Definately", "Definitly"]),
        ("misspell", "RECEIVE definite", ["RECEIVE definate", "RECIEVE definite"]),
        ("misspell", "好吃 naïve", []),
        ("homophone", "Their food", ["There food", "They're food"]),
        ("homophone", "it’s food", ["its food"]),
        ("homophone", "is the theirself", []),
        ("american_spelling", "My favourite theatre", ["My favorite theatre", "My favourite theater"]),
        ("american_spelling", "ORGANISED, travelled", ["ORGANISED, traveled", "ORGANIZED, travelled"]),
        (
            "american_spelling",
            "hour wise four advise called here tour cheque",
            ["hour wise four advise called here tour check"],
        ),
        ("british_spelling", "Gray colors, check", ["Gray colours, check", "Grey colors, check"]),
        ("british_spelling", "actor, size, doctor, never, later, major, or", []),
        (
            "number_words",
            "3 stars, 21 of 105",
            [
                "3 stars, 21 of one hundred and five",
                "3 stars, 21 of one hundred five",
                "3 stars, twenty-one of 105",
                "three stars, 21 of 105",
            ],
        ),
        ("number_words", "3.14 1,000 $5 5% 4/5 007 2019 2nd v2 #1 10:30 -4 7-8 1️⃣ ３", []),
        ("number_words", "No. 1.", ["No. one."]),
        ("number_digits", "Twenty-five, two", ["25, two", "Twenty-five, 2"]),
        ("number_digits", "ninety nine TEN", ["99 TEN", "ninety nine 10"]),
        ("number_digits", "one of the often lonely tents, someone, twofold", []),
        ("double_word", "so great!", ["so great great!", "so so great!"]),
        ("drop_word", "it was great", ["it great", "it was", "was great"]),
        (
            "drop_word",
            "it is so, very good",
            ["is so, very good", "it is so, good", "it is so, very", "it is, very good", "it so, very good"],
        ),
        ("drop_word", "Great! Really", []),
        ("drop_stop_word", "It was the best", ["It the best", "It was best", "best", "was the best"]),
        ("drop_stop_word", "the food, not with me", ["food, not with me", "the food, not me"]),
        ("drop_stop_word", "theft no never I", []),
        ("swap_words", "it was great", ["it great was", "was it great"]),
        ("swap_words", "so  good, I\tdo", ["good  so, I\tdo", "so  good, do\tI"]),
        ("swap_words", "one two three four", ["one two four three", "two one three four"]),
        ("swap_words", "ha ha", []),
        (
            "synonym",
            "Almost GREAT, PERHAPS",
            ["Almost GREAT, MAYBE", "Almost GREAT, POSSIBLY", "Nearly GREAT, PERHAPS"],
        ),
        ("synonym", "the bank 好", []),
        ("hyponym", "Restaurant", ["Cafe", "Cafeteria", "Grill"]),
        ("hyponym", "the cafe 好", []),
        ("confuse_article", "The cat", ["A cat"]),
        ("confuse_article", "an egg", ["a egg", "the egg"]),
        ("confuse_preposition", "on Monday", ["at Monday", "in Monday"]),
    ],
)
def test_all_that_one_edit_makes(name: str, before: str, after: list[str]) -> None:
    assert one_edit_away(build(name, {}), before) == sorted(after)


@pytest.mark.parametrize(
    ("name", "parameters", "before", "after"),
    [
        (
            "add_filler",
            {"kind": "sounds"},
            "so good! Yes",
            ["so er good! Yes", "so hmm good! Yes", "so uh good! Yes", "so um good! Yes"],
        ),
        (
            "add_filler",
            {"kind": "words"},
            "so good",
            ["so I mean good", "so like good", "so well good", "so you know good"],
        ),
        ("add_filler", {}, "Good! Yes", []),
    ],
)
def test_fillers_stand_between_words(
    name: str, parameters: dict[str, str], before: str, after: list[str]
) -> None:
    assert one_edit_away(build(name, parameters), before) == sorted(after)


@pytest.mark.parametrize("negation", ["not", "no", "never", "without", "nothing", "very", "can", "but"])
def test_no_word_that_turns_a_meaning_is_a_stop_word(negation: str) -> None:
    assert one_edit_away(build("drop_stop_word", {}), f"{negation} good") == []


@pytest.mark.parametrize(
    "word", ["color", "traveler", "organizing", "analyzed", "center", "defense", "jewelry"]
)
def test_what_is_spelt_the_british_way_can_be_spelt_back(word: str) -> None:
    (british,) = one_edit_away(build("british_spelling", {}), word)
    assert one_edit_away(build("american_spelling", {}), british) == [word]


def test_more_misspellings_where_codespell_is_installed() -> None:
    more = build("misspell", {"words": "codespell"})
    assert "definately" in one_edit_away(more, "definitely")
    assert len(one_edit_away(more, "definitely")) > len(one_edit_away(build("misspell", {}), "definitely"))
    assert one_edit_away(more, "xyzzy") == []


def test_where_codespell_is_missing_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"codespell is not installed: pip install 'robustaudit\[words\]'"):
        build("misspell", {"words": "codespell"})
