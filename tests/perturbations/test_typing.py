import string

import pytest

from reachable import one_edit_away
from robustaudit.core.errors import UserError
from robustaudit.perturbations import (
    PERTURBATIONS,
    Delete,
    Insert,
    NeighborSwap,
    Substitute,
    TextBatch,
    build,
)


@pytest.mark.parametrize("word", ["great", "GREAT", "ab", "aa", "don't", "f**k", "2nd", "naïve", "好吃"])
def test_any_of_52_letters_before_any_letter(word: str) -> None:
    inserted = [word[:i] + new + word[i:] for i in range(len(word)) for new in string.ascii_letters]
    assert one_edit_away(Insert(), word) == sorted(inserted)
    assert len(inserted) == 52 * len(word)


def test_never_after_the_last_letter() -> None:
    assert "greatX" not in one_edit_away(Insert(), "great")
    assert {"Xgreat", "greaXt"} <= set(one_edit_away(Insert(), "great"))


@pytest.mark.parametrize(
    ("alphabet", "letters"), [("digits", string.digits), ("lowercase", string.ascii_lowercase)]
)
def test_another_alphabet_of_insertions(alphabet: str, letters: str) -> None:
    after = one_edit_away(Insert(alphabet=alphabet), "AB")
    assert after == sorted([f"{new}AB" for new in letters] + [f"A{new}B" for new in letters])


def test_nothing_comes_between_a_letter_and_its_marks() -> None:
    after = one_edit_away(Insert(alphabet="digits"), "e\u0301t")
    assert after == sorted([f"{d}e\u0301t" for d in string.digits] + [f"e\u0301{d}t" for d in string.digits])


@pytest.mark.parametrize(
    "word", ["great", "GREAT", "ab", "aaab", "don't", "well-known", "f**k", "2nd", "naïve", "好吃"]
)
def test_any_one_letter_is_left_out(word: str) -> None:
    assert one_edit_away(Delete(), word) == sorted(word[:i] + word[i + 1 :] for i in range(len(word)))


def test_a_user_would_recognise_great_without_a_letter() -> None:
    assert one_edit_away(Delete(), "great") == ["geat", "grat", "grea", "gret", "reat"]


@pytest.mark.parametrize("text", ["", "a", "I", "7", "é", "e\u0301", "한", "👍", "…"])
def test_words_of_one_letter_are_left_alone(text: str) -> None:
    for perturbation in (Insert(), Delete(), Substitute()):
        assert one_edit_away(perturbation, text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("e\u0301t", ["e\u0301", "t"]),
        ("नदी", ["न", "दी"]),
        ("ก็ดี", ["ก็", "ดี"]),
        ("ab❤️", ["a❤️", "b❤️"]),
    ],
    ids=["accent", "Devanagari", "Thai", "emoji"],
)
def test_a_letter_is_deleted_with_its_marks(before: str, after: list[str]) -> None:
    assert one_edit_away(Delete(), before) == sorted(after)


@pytest.mark.parametrize("word", ["great", "GREAT", "aB", "aa", "don't", "f**k", "2nd", "naïve", "好吃"])
def test_any_letter_becomes_any_other_of_52(word: str) -> None:
    substituted = [
        word[:i] + new + word[i + 1 :]
        for i in range(len(word))
        for new in string.ascii_letters
        if new != word[i]
    ]
    assert one_edit_away(Substitute(), word) == sorted(substituted)


def test_its_own_letter_is_no_edit_but_its_own_in_the_other_case_is() -> None:
    after = one_edit_away(Substitute(), "go")
    assert "go" not in after
    assert {"Go", "gO"} <= set(after)
    assert len(after) == 2 * 51


@pytest.mark.parametrize(
    ("alphabet", "letters"), [("digits", string.digits), ("lowercase", string.ascii_lowercase)]
)
def test_another_alphabet_of_substitutions(alphabet: str, letters: str) -> None:
    after = one_edit_away(Substitute(alphabet=alphabet), "AB")
    assert after == sorted([f"A{new}" for new in letters] + [f"{new}B" for new in letters])


def test_a_letter_is_substituted_with_its_marks() -> None:
    after = one_edit_away(Substitute(alphabet="digits"), "e\u0301t")
    assert after == sorted([f"{d}t" for d in string.digits] + [f"e\u0301{d}" for d in string.digits])


@pytest.mark.parametrize(
    "word", ["great", "GREAT", "ab", "mississippi", "aaab", "don't", "f**k", "3rd", "naïve"]
)
def test_any_two_unequal_neighbours_are_swapped(word: str) -> None:
    places = [i for i in range(len(word) - 1) if word[i] != word[i + 1]]
    swapped = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in places]
    assert one_edit_away(NeighborSwap(), word) == sorted(swapped)


def test_a_word_of_five_unlike_letters_has_four_places() -> None:
    assert one_edit_away(NeighborSwap(), "great") == ["gerat", "graet", "greta", "rgeat"]


@pytest.mark.parametrize("text", ["", "a", "I", "aa", "zzz", "…", "e\u0301", "한", "👩‍👩‍👧"])
def test_one_letter_and_equal_letters_have_nothing_to_swap(text: str) -> None:
    assert one_edit_away(NeighborSwap(), text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ae\u0301", "e\u0301a"),
        ("e\u0301e", "ee\u0301"),
        ("नम", "मन"),
        ("한국", "국한"),
        ("ab 👍🏽", "ba 👍🏽"),
    ],
    ids=["accent", "same letter with and without accent", "Devanagari", "Hangul", "emoji"],
)
def test_a_letter_moves_with_its_marks(before: str, after: str) -> None:
    assert one_edit_away(NeighborSwap(), before) == [after]


def test_words_are_swapped_within_and_not_across() -> None:
    assert one_edit_away(NeighborSwap(), "ab cd") == ["ab dc", "ba cd"]


ALL = [
    ("repeat_letter", {}, "so", {"sso", "soo"}),
    ("repeat_letter", {}, "éa", {"ééa", "éaa"}),
    ("repeat_letter", {}, "e\u0301t", {"e\u0301e\u0301t", "e\u0301tt"}),
    ("drop_double", {}, "letter", {"leter"}),
    ("drop_double", {}, "success", {"sucess", "succes"}),
    ("drop_double", {}, "brrr", {"brr"}),
    ("drop_double", {}, "Αλλά", {"Αλά"}),
    ("drop_double", {}, "Ванна 1122", {"Вана 1122"}),
    ("drop_double", {}, "great", set()),
    ("wrong_double", {}, "book", {"bbok", "bokk"}),
    ("wrong_double", {}, "letter", {"leeter", "leteer"}),
    ("wrong_double", {}, "oops", {"opps"}),
    ("wrong_double", {}, "ooo", set()),
    ("wrong_double", {}, "great", set()),
    ("long_press", {}, "so", {"sssso", "ssso", "ssssso", "sooo", "soooo", "sooooo"}),
    ("long_press", {"most": 3}, "so 10", {"ssso 10", "sooo 10"}),
    ("split_word", {}, "but I", {"b ut I", "bu t I"}),
    ("split_word", {}, "e\u0301te\u0301", {"e\u0301 te\u0301", "e\u0301t e\u0301"}),
    ("merge_words", {}, "to be, or not", {"tobe, or not", "to be, ornot"}),
    ("merge_words", {}, "a\u00a0b\nc", {"ab\nc", "a\u00a0bc"}),
    ("merge_words", {}, "好吃的饭", set()),
    ("missed_space", {}, "to be", {"toxbe", "tocbe", "tovbe", "tobbe", "tonbe"}),
    ("missed_space", {}, "to  be,\tor", set()),
    ("move_space", {}, "the best", {"th ebest", "theb est"}),
    ("move_space", {}, "to best a", {"tob est a", "to bes ta"}),
    ("move_space", {}, "to be", set()),
    ("move_space", {}, "the  best", {"th  ebest", "theb  est"}),
    ("stuck_shift", {}, "Great food", {"GReat food"}),
    ("stuck_shift", {"most": 3}, "Öl It", {"ÖL It", "Öl IT"}),
    ("stuck_shift", {"most": 2}, "Это", {"ЭТо", "ЭТО"}),
    ("stuck_shift", {}, "Aß OK Go", {"Aß OK GO"}),
    ("lost_capital", {}, "I think OK McDonald", {"i think OK McDonald", "I think OK mcDonald"}),
    ("lost_capital", {}, "Это İyi A1", {"это İyi A1", "Это İyi a1"}),
    ("caps_lock", {}, "Is ΑΒγ 10", {"iS ΑΒγ 10", "Is αβΓ 10"}),
    ("caps_lock", {}, "Straße", {"sTRAßE"}),
    ("caps_lock", {"until": "end"}, "So, 10 times", {"sO, 10 TIMES", "So, 10 TIMES"}),
    ("scramble", {}, "great", {"gaert", "garet", "geart", "gerat", "graet"}),
    ("scramble", {}, "allo aaa the", set()),
    ("scramble", {"keep": "nothing"}, "abb", {"bab", "bba"}),
    ("wrong_vowel", {}, "So", {"Sa", "Se", "Si", "Su"}),
    ("wrong_vowel", {}, "ΟΝ", {"ΑΝ", "ΕΝ", "ΗΝ", "ΙΝ", "ΥΝ", "ΩΝ"}),
    ("wrong_vowel", {}, "ель", {f"{v}ль" for v in "аиоуыэюя"}),
    ("keyboard", {"keys": "letters"}, "Pm", {"Om", "Lm", "Pn", "Pj", "Pk"}),
    ("keyboard", {}, "q0", {"10", "20", "w0", "a0", "q9", "q-", "qo", "qp"}),
    ("keyboard", {"layout": "qwertz", "keys": "letters"}, "yz", {"az", "sz", "xz", "yt", "yu", "yg", "yh"}),
    ("keyboard", {"layout": "azerty", "keys": "letters"}, "aლ", {"éლ", "zლ", "qლ"}),
    ("keyboard", {"layout": "dvorak", "keys": "letters"}, "aლ", {"oლ"}),
    ("keyboard", {"layout": "russian", "keys": "letters"}, "Яლ", {"Фლ", "Ыლ", "Чლ"}),
    ("keyboard", {"layout": "greek", "keys": "letters"}, "ζლ", {"αლ", "σლ", "χლ"}),
    ("keyboard", {"layout": "arabic", "keys": "letters"}, "ضლ", {"صლ", "شლ"}),
    ("keyboard", {"layout": "phone"}, "q1", {"w1", "a1"}),
    ("keyboard", {"layout": "russian"}, "great", set()),
    ("two_keys", {"layout": "phone"}, "q1", {"qw1", "wq1", "qa1", "aq1"}),
    ("wrong_layout", {}, "great Food", {"пкуфе Food", "great Ащщв"}),
    ("wrong_layout", {"layout": "russian", "active": "qwerty"}, "Привет", {"Ghbdtn"}),
    ("wrong_layout", {"active": "qwertz"}, "my red cab", {"mz red cab"}),
    ("wrong_layout", {"active": "hebrew"}, "Akuo", {"שלום"}),
    ("wrong_layout", {"active": "greek"}, "naïve 10", set()),
    ("missed_shift", {}, "Hey!! No", {"Hey1! No", "Hey!1 No"}),
    ("missed_shift", {"layout": "arabic"}, "نعم؟", {"نعمظ"}),
    ("missed_shift", {"layout": "qwertz"}, "Na? Ja!", {"Naß Ja!", "Na? Ja1"}),
]


@pytest.mark.parametrize(("name", "parameters", "text", "expected"), ALL)
def test_what_one_slip_makes_of_a_text(name, parameters, text, expected) -> None:
    assert set(one_edit_away(build(name, parameters), text)) == expected


CASES = {"caps_lock", "lost_capital", "wrong_layout"}


@pytest.mark.parametrize("name", sorted({name for name, *_ in ALL} - CASES))
def test_a_text_of_one_letter_is_left_alone(name) -> None:
    for text in ("", "a", "é", "한", "👍", "…", "e\u0301."):
        assert one_edit_away(build(name, {}), text) == []


def test_a_slip_of_the_shift_key_at_each_mark() -> None:
    assert one_edit_away(build("missed_shift", {}), 'f**k: "yes"') == sorted(
        ['f8*k: "yes"', 'f*8k: "yes"', 'f**k; "yes"', "f**k: 'yes\"", "f**k: \"yes'"]
    )


def test_all_orders_of_the_inner_letters_come_once_and_the_right_one_never() -> None:
    orders = one_edit_away(build("scramble", {}), "aligned")
    assert len(orders) == len(set(orders)) == 5 * 4 * 3 * 2 - 1
    assert "aligned" not in orders
    assert {sorted(order) == sorted("aligned") for order in orders} == {True}


def test_of_very_many_orders_some_are_offered_from_the_first_to_the_last() -> None:
    word = "x" + "".join(map(chr, range(ord("а"), ord("а") + 32))) + "x"
    sites = build("scramble", {}).sites(TextBatch([word]))
    options = sites.options[sites.form[0]]
    assert len(options) == 2**31
    assert len({options[0], options[1], options[-1], word}) == 4
    assert sorted(options[-1]) == sorted(word)
    assert options[-1][1] > options[0][1]


def test_a_run_of_more_letters_than_a_word_has_is_not_shuffled() -> None:
    assert one_edit_away(build("scramble", {}), "ab" * 21) == []


def test_caps_lock_to_the_end_of_a_text_is_one_site() -> None:
    sites = build("caps_lock", {"until": "end"}).sites(TextBatch(["10", "it is", "好 So it is"]))
    assert sites.text.tolist() == [1, 2]
    assert sites.start.tolist() == [0, 2]
    assert sites.count.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("name", "parameter", "value", "complaint"),
    [
        ("long_press", "most", 2, "most of long_press must be at least 3, got 2"),
        ("stuck_shift", "most", 0, "most of stuck_shift must be at least 1, got 0"),
        ("keyboard", "layout", "qwert", "layout of keyboard must be one of 'qwerty', 'qwertz'"),
        ("wrong_layout", "active", "phone", "active of wrong_layout must be one of"),
    ],
)
def test_parameters_are_checked(name, parameter, value, complaint) -> None:
    with pytest.raises(UserError, match=complaint):
        build(name, {parameter: value})


def test_the_family_is_known() -> None:
    assert {name for name, *_ in ALL} <= set(PERTURBATIONS)
