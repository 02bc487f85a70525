"""What each defence makes of texts, and what it leaves alone."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.attacks import parse_attack
from robustaudit.datasets import load
from robustaudit.defences import DEFENCES, Chain
from robustaudit.perturbations import TextBatch

Clean = Callable[[str], str]
TEXTS = [example.text for example in load("tiny").examples]
# Real texts, none of which anyone disguised.
GENUINE = [
    "Это очень хороший фильм, смотрите все!",
    "Η ταινία ήταν πολύ καλή.",
    "Kapıyı açtım, ısırgan ılık bir gündü; İstanbul'da.",
    "फ़िल्म बहुत अच्छी थी, क्\u200dष और र\u094d\u200dय।",
    "این فیلم را می\u200cخواهم ببینم",
    "これは良い映画です。",
    "Ein schönes Straßenfest, ça va très bien, ñandú.",
    "Family 👩\u200d👩\u200d👧 loves it ❤\ufe0f 1\ufe0f\u20e3 🏴\U000e0067\U000e0062\U000e007f",
]


NO_LEET = "4k mp3 2nd B2B $5.99 win95 iPhone4s @home 10am H! a@b.com www.l33t.com http://l33t.c0m #l33t f**k"
NOT_APART = "plan a b c; J R R Tolkien, what I - a fan - want; x y z, e.g. a.k.a. U.S.A. gre at, 1 2 3"
NO_WORDS = "gr8 http://exmaple.com @usr #tagg a@b.cmo www.exmaple.com x1y"


def cleaning(chain: str) -> Clean:
    parsed = Chain.parse(chain)
    return lambda text: parsed.clean([text])[0]


@pytest.mark.parametrize(
    ("chain", "given", "cleaned"),
    [
        ("mojibake", "donâ€™t miss cafÃ© ZoÃ«, voilÃ\xa0 &amp;", "don’t miss café Zoë, voilà &amp;"),
        ("strip", "gr\u200beat fa\u00admily ab\u034fc \ufeffx", "great family abc x"),
        ("strip", "\u202egreat\u202c \u2066a\u2069\u200e", "great a"),
        ("strip", "grx\beat, gra\bb\beat", "great, great"),
        ("strip", "a\x00b\tc\nd\x1b[31m", "ab\tc\nd[31m"),
        ("strip", "x\ufe0fy a\u200db", "xy ab"),
        ("nfkc", "ｇｒｅａｔ 𝐠𝐫𝐞𝐚𝐭 ﬁne x²", "great great fine x2"),
        ("fold", "grеat ｍovie 𝚏ilm", "great movie film"),
        ("fold", "hоtel привет–world ΑΒΓ", "hotel привет–world ΑΒΓ"),
        ("fold", "һоре а ɑ", "һоре а a"),
        ('fold(words="all")', "һоре привет", "hope привет"),
        ("spell", "Graet MOIVE, terrbile “acting”.", "Great MOVIE, terrible “acting”."),
        ("spell", NO_WORDS, NO_WORDS),
        ("spell", "don’t wasn't it's ok Oh waiter’s exmaple's", "don’t wasn't it's ok Oh waiter’s example's"),
        ("collapse", "sooo goood, SOOOO Helllloo!!!", "so good, SO Hello!!!"),
        ("collapse", "toooo goooo offff yesss", "too go off yes"),
        ("collapse", "amaaaazng brrrr", "amaazng brr"),
        ("collapse", "www.aaa.com XXX VIII zzzz 1000 aaad-26", "www.aaa.com XXX VIII zzzz 1000 aaad-26"),
        ("join", "a g r e a t f i l m", "a great film"),
        ("join", "(w e l l - m a d e) m o v i e, I d o n ' t", "(well-made) movie, I don't"),
        ("join", "t.h.e h-e-l-l-o d*o*n*'*t g_r_e_a_t. t.h.a.n.k.s.", "the hello don't great. thanks."),
        ("join", "U S A", "USA"),
        ("join", NOT_APART, NOT_APART),
        ("leet", "gr34t GR34T Gr34t n1ce! sk! hi! $ave !t'$", "great GREAT Great nice! ski hi! save it's"),
        ("leet", "(w3ll-m4d3) n0t 0f th3 h@te", "(well-made) not of the hate"),
        ("leet", NO_LEET, NO_LEET),
        ('leet(alphabet="full")', "9r3a7 he11o win95 p2p", "great hello win95 p2p"),
        ("spell(distance=1)", "mvoie graet mmoivee", "movie great mmoivee"),
    ],
)
def test_a_defence_cleans(chain: str, given: str, cleaned: str) -> None:
    assert cleaning(chain)(given) == cleaned


@pytest.mark.parametrize("chain", ["mojibake", "strip", "fold", "join", "leet", "collapse", "spell"])
@pytest.mark.parametrize("text", GENUINE)
def test_genuine_texts_stay_as_they_are(chain: str, text: str) -> None:
    if chain == "spell":  # which is for English
        text = re.sub("[A-Za-z]{2,}", "", text)
    assert cleaning(chain)(text) == text


def test_clean_english_reviews_stay_as_they_are_but_for_rare_words() -> None:
    assert [cleaning("mojibake,strip,fold,join,leet,collapse")(text) for text in TEXTS] == TEXTS
    cleaned = [cleaning("spell")(text) for text in TEXTS]
    pairs = [
        pair
        for texts in zip(TEXTS, cleaned, strict=True)
        for pair in zip(*map(str.split, texts), strict=True)
    ]
    changed = [pair for pair in pairs if len(set(pair)) > 1]
    assert ("Thier", "Their") in changed
    assert len(changed) / len(pairs) < 0.02


UNDONE = [
    ("strip", "zero_width@1", 1.0),
    ("strip", "backspaced@1", 1.0),
    ("fold", "homoglyph@1", 0.6),
    ("fold", "confusable@0.1 & min_length(3)", 0.6),
    ("nfkc", "full_width@1", 1.0),
    ("nfkc", "letter_style@1", 1.0),
    ("mojibake", "mojibake@1", 0.9),
    ("join", "space_letters@0.1", 0.9),
    ("join", "punctuate_letters@0.1 & min_length(3)", 0.8),
    ("leet", "leetspeak@0.1 & min_length(4)", 0.85),
    ("collapse", "long_press@0.1 & min_length(3)", 0.9),
    ("spell", "neighbor_swap@0.1", 0.5),
    ("spell", "insert@0.1", 0.6),
]


@pytest.mark.parametrize(("chain", "attack", "least"), UNDONE)
def test_a_defence_undoes_the_perturbation_that_it_is_for(chain: str, attack: str, least: float) -> None:
    made = parse_attack(attack).attack
    keys = made.keys(seed=1, draws=[(text, 0) for text in TEXTS])
    drawn = made.draw(TextBatch(TEXTS), np.arange(len(TEXTS)), keys).texts
    changed = [(text, new) for text, new in zip(TEXTS, drawn, strict=True) if text != new]
    assert len(changed) > 50
    restored = [cleaning(chain)(new) == cleaning(chain)(text) for text, new in changed]
    assert sum(restored) / len(restored) >= least


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [*GENUINE, "graet", "о", "o", "\u200d", "\b", "\u0301", "👩", " ", "\u00a0", "x@y", "\x1f", "gr8"]
    ),
    st.sampled_from(
        ["g r e a t", "f.i.l.m", " i", " a", " '", "-", ".", "sooo", "llo", "gr34t", "$", "!", "4"]
    ),
)


@given(st.lists(PIECES, max_size=6).map("".join))
@pytest.mark.parametrize("name", list(DEFENCES))
def test_a_wordwise_defence_cleans_each_part_between_white_space_by_itself(name: str, text: str) -> None:
    clean = cleaning(name)
    if Chain.parse(name).wordwise:
        assert clean(text) == "".join(map(clean, re.split(r"(\s)", text)))


@given(st.lists(PIECES, max_size=6).map("".join))
@pytest.mark.parametrize("name", list(DEFENCES))
def test_cleaning_twice_changes_nothing_more(name: str, text: str) -> None:
    clean = cleaning(name)
    assert clean(clean(text)) == clean(text)


def test_look_alikes_are_folded_before_they_are_written_in_their_usual_form() -> None:
    lunate = "perfe\u03f2t ｆｉｌｍ"  # a Greek letter, which NFKC writes as a sigma
    assert cleaning("fold,nfkc")(lunate) == "perfect film" != cleaning("nfkc,fold")(lunate)


def test_protected_words_stay_and_are_part_of_the_digest(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Grobulator\nmoive\n", encoding="utf-8")
    chain = f'spell(words="{words}")'
    assert cleaning(chain)("The moive GROBULATOR, graet") == "The moive GROBULATOR, great"
    before = Chain.parse(chain).digest
    words.write_text("grobulator\n", encoding="utf-8")
    assert Chain.parse(chain).digest != before
