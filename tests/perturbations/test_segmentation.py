"""What may be edited in texts of many scripts, and that no letter of them is torn apart."""

import pickle
import sys

import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from columns import check_columns
from reachable import one_edit_away
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.records import PerturbedText
from robustaudit.perturbations import CHARACTERS, Segmenter, TextBatch, build, find_segmenter
from strategies import perturbations, texts

SENTENCES = {
    "accents": "Le café près de la gare était agréable.",
    "accents apart": "Le cafe\u0301 e\u0301tait tre\u0300s agre\u0301able.",
    "Cyrillic": "Еда была очень вкусной, спасибо!",
    "Greek": "Το φαγητό ήταν πολύ νόστιμο.",
    "Arabic": "كان الطَّعَامُ لَذِيذًا جِدًّا.",
    "Hebrew": "האוכל היה טָעִים מאוד.",
    "Devanagari": "यहाँ का खाना बहुत स्वादिष्ट और क्षमा था।",
    "Tamil": "உணவு மிகவும் சுவையாக இருந்தது.",
    "Hangul": "음식이 정말 맛있었어요.",
    "Hangul apart": "\u1112\u1161\u11ab\u1100\u116e\u11a8 \u110b\u1173\u11b7\u1109\u1175\u11a8",
    "Chinese": "这家餐厅的菜非常好吃，服务也很周到。",
    "rare Chinese": "𠮷野家的葛\U000e0100饭",
    "Japanese": "この店のラーメンはとてもおいしいです。",
    "kana apart": "か\u3099き\u3099 ﾊﾟﾝ",
    "Thai": "อาหารร้านนี้อร่อยมากครับ ราคาไม่แพงด้วย",
    "Lao": "ອາຫານແຊບຫຼາຍ",
    "Khmer": "ម្ហូបនេះឆ្ងាញ់ណាស់",
    "Burmese": "ဒီစားသောက်ဆိုင်ကအရမ်းကောင်းတယ်",
    "Latin in Chinese": "我在Starbucks喝了2杯coffee，don't去！",
    "emoji": "Loved it 👩‍👩‍👧 🇩🇪🇫🇷 👍🏽 1️⃣ so👨‍🍳much",
    "both directions": "שלום world, مرحبا 123 \u202bאב\u202c",
}

ONE_SCRIPT = set(SENTENCES) - {"Latin in Chinese", "emoji", "both directions"}

ICU = find_segmenter("icu")

each_sentence = pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES)
each_segmenter = pytest.mark.parametrize("segmenter", [CHARACTERS, ICU], ids=["characters", "icu"])


def words(text: str, segmenter: Segmenter = CHARACTERS) -> list[str]:
    return TextBatch([text], segmenter=segmenter).words.strings


def clusters(text: str) -> list[str]:
    return regex.findall(r"\X", text)


def drawn(expression: str, text: str, segmenter: Segmenter = CHARACTERS) -> PerturbedText:
    attack = parse_attack(expression).attack
    keys = attack.keys(seed=0, draws=[(text, 0)])
    (found,) = attack.draw(TextBatch([text], segmenter=segmenter), np.zeros(1, np.int64), keys)
    return found


@pytest.mark.parametrize(
    ("script", "characters", "icu"),
    [
        (
            "Chinese",
            "这 家 餐 厅 的 菜 非 常 好 吃 服 务 也 很 周 到",
            "这 家 餐厅 的 菜 非常 好吃 服务 也 很 周到",
        ),
        ("rare Chinese", "𠮷 野 家 的 葛\U000e0100 饭", "𠮷 野家 的 葛\U000e0100 饭"),
        (
            "Japanese",
            "こ の 店 の ラ ー メ ン は と て も お い し い で す",
            "この 店 の ラーメン は とても おいしい です",
        ),
        (
            "Thai",
            "อ า ห า ร ร้ า น นี้ อ ร่ อ ย ม า ก ค รั บ ร า ค า ไ ม่ แ พ ง ด้ ว ย",
            "อาหาร ร้าน นี้ อร่อย มาก ครับ ราคา ไม่ แพง ด้วย",
        ),
        ("Lao", "ອ າ ຫ າ ນ ແ ຊ ບ ຫຼ າ ຍ", "ອາຫານ ແຊບ ຫຼາຍ"),
        ("Khmer", "ម្ហូ ប នេះ ឆ្ងា ញ់ ណា ស់", "ម្ហូប នេះ ឆ្ងាញ់ ណាស់"),
        ("Burmese", "ဒီ စား သော က် ဆို င် က အ ရ မ်း ကော င်း တ ယ်", "ဒီ စားသောက်ဆိုင် က အရမ်း ကောင်း တယ်"),
        (
            "Latin in Chinese",
            "我 在 Starbucks 喝 了 2 杯 coffee don't 去",
            "我在 Starbucks 喝了 2 杯 coffee don't 去",
        ),
        ("kana apart", "か\u3099 き\u3099 ﾊﾟ ﾝ", "か\u3099 き\u3099 ﾊﾟﾝ"),
    ],
)
def test_words_of_scripts_without_blanks(script: str, characters: str, icu: str) -> None:
    assert words(SENTENCES[script]) == characters.split()
    assert words(SENTENCES[script], ICU) == icu.split()


@pytest.mark.parametrize(
    "script", ["accents", "Cyrillic", "Arabic", "Hebrew", "Devanagari", "Tamil", "Hangul"]
)
@each_segmenter
def test_where_blanks_part_words_no_segmenter_does(script: str, segmenter: Segmenter) -> None:
    assert words(SENTENCES[script], segmenter) == regex.sub(r"[.,!।]", "", SENTENCES[script]).split()


@pytest.mark.parametrize(
    "name",
    [
        "delete",
        "neighbor_swap",
        "repeat_letter",
        "scramble",
        "split_word",
        "double_word",
        "drop_word",
        "swap_words",
    ],
)
@each_sentence
@each_segmenter
def test_letters_are_moved_doubled_and_left_out_whole(name: str, text: str, segmenter: Segmenter) -> None:
    known = {*clusters(text), " "}
    for after in one_edit_away(build(name, {}), text, segmenter):
        assert set(clusters(after)) <= known


@each_sentence
@each_segmenter
def test_words_lie_between_letters(text: str, segmenter: Segmenter) -> None:
    found = TextBatch([text], segmenter=segmenter).words
    between = np.cumsum([0, *map(len, clusters(text))])
    assert np.isin(found.start, between).all()
    assert np.isin(found.stop, between).all()


@pytest.mark.parametrize(
    ("expression", "edited"),
    [
        ("qwerty", {"accents", "accents apart"}),
        ('keyboard(layout="russian", keys="letters")', {"Cyrillic"}),
        ('keyboard(layout="greek", keys="letters")', {"Greek"}),
        ('keyboard(layout="hebrew", keys="letters")', {"Hebrew"}),
        ('keyboard(layout="arabic", keys="letters")', {"Arabic"}),
        ("synonym + contract + british_spelling + misspell + homophone", set()),
        ("delete", ONE_SCRIPT),
        ("insert", ONE_SCRIPT),
    ],
)
def test_where_there_is_no_map_texts_are_left_alone(expression: str, edited: set[str]) -> None:
    changed = {script for script in ONE_SCRIPT if drawn(f"({expression})@1", SENTENCES[script]).changed}
    assert changed == edited


@pytest.mark.parametrize("script", ["Chinese", "Japanese", "Thai", "Lao", "Khmer"])
@pytest.mark.parametrize("name", ["delete", "substitute"])
def test_the_rate_is_a_share_of_the_letters_where_each_is_a_word(name: str, script: str) -> None:
    text = SENTENCES[script]
    after = drawn(f"{name}@0.3", text).text
    lost = len(words(text)) - sum(1 for word in words(after) if not word.isascii())
    assert lost == round(0.3 * len(words(text)))


@pytest.mark.parametrize("script", ["Chinese", "Japanese", "Thai", "Lao", "Khmer", "Burmese"])
def test_the_rate_is_a_share_of_the_words_that_a_segmenter_finds(script: str) -> None:
    (edits,) = drawn("insert@0.3", SENTENCES[script], ICU).edits_by_step
    assert len(edits) == round(0.3 * len(words(SENTENCES[script], ICU)))


def test_within_words_there_is_more_to_edit() -> None:
    assert one_edit_away(build("split_word", {}), "非常好吃") == []
    assert one_edit_away(build("split_word", {}), "非常好吃", ICU) == ["非 常好吃", "非常好 吃"]
    assert one_edit_away(build("neighbor_swap", {}), "非常好吃", ICU) == ["常非好吃", "非常吃好"]


def test_words_without_blanks_are_doubled_dropped_and_swapped_without() -> None:
    assert one_edit_away(build("double_word", {}), "好吃") == ["好吃吃", "好好吃"]
    assert one_edit_away(build("drop_word", {}), "非常好吃", ICU) == ["好吃", "非常"]
    assert one_edit_away(build("swap_words", {}), "非常好吃", ICU) == ["好吃非常"]
    assert one_edit_away(build("add_filler", {}), "非常好吃", ICU) == []


def test_each_step_of_a_sequence_has_the_words_of_the_same_segmenter() -> None:
    first, second = drawn("split_word@1, split_word@1", SENTENCES["Thai"], ICU).edits_by_step
    assert first
    assert second


@given(data=st.data(), perturbation=perturbations(), batch=st.lists(texts(), max_size=3))
def test_columns_say_what_the_strings_say_with_a_segmenter(data, perturbation, batch) -> None:
    check_columns(perturbation, batch, data, segmenter=ICU)


def test_a_segmenter_says_its_version() -> None:
    assert regex.fullmatch(r"icu \d+\.\d+", ICU.name)
    assert find_segmenter("characters") == CHARACTERS


@each_segmenter
def test_a_segmenter_goes_to_other_processes(segmenter: Segmenter) -> None:
    sent = pickle.loads(pickle.dumps(segmenter))
    assert words(SENTENCES["Thai"], sent) == words(SENTENCES["Thai"], segmenter)


def test_an_unknown_segmenter_is_named() -> None:
    with pytest.raises(UserError, match="unknown segmentation 'ice': did you mean 'icu'"):
        find_segmenter("ice")


def test_a_segmenter_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icu4py", None)
    with pytest.raises(
        UserError, match=r"icu4py is not installed: pip install 'robustaudit\[segmentation\]'"
    ):
        find_segmenter("icu")
