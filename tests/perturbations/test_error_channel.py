"""Error channels: what they learn from misspellings, and what `human` makes of it."""

from collections import Counter

import numpy as np
import pytest

from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.perturbations import TextBatch
from robustaudit.perturbations.error_channel import (
    Misspelling,
    channel_text,
    checksum_of,
    learn,
    load_channel,
    one_edit,
    parse_channel,
)

MANY = 20_000


def channel_of(*pairs: str):
    return learn([Misspelling(*pair.split(">")) for pair in pairs], source="a test", licence="none")


def drawn(attack: str, text: str, number: int = MANY) -> list[str]:
    found = parse_attack(attack).attack
    keys = found.keys(seed=0, draws=[("a", draw) for draw in range(number)])
    return [each.text for each in found.draw(TextBatch([text]), np.zeros(number, dtype=np.int64), keys)]


@pytest.mark.parametrize(
    ("wrong", "right", "rewrite"),
    [
        ("definately", "definitely", "i>a"),
        ("recieve", "receive", "ei>ie"),
        ("leter", "letter", "tt>t"),
        ("untill", "until", "l>ll"),
        ("goverment", "government", "rn>r"),
        ("pharoah", "pharaoh", "ao>oa"),
        ("ritten", "written", "^w>^"),
        ("aglad", "glad", "^>^a"),
    ],
)
def test_a_misspelling_is_a_rewrite_of_one_letter_or_two(wrong, right, rewrite) -> None:
    found = one_edit(Misspelling(wrong, right))

    assert found is not None
    assert found.name == rewrite


@pytest.mark.parametrize(("wrong", "right"), [("same", "same"), ("fone", "phone"), ("abc", "xyz")])
def test_other_misspellings_are_counted_and_left_out(wrong, right) -> None:
    assert one_edit(Misspelling(wrong, right)) is None
    assert channel_of("teh>the", f"{wrong}>{right}").file.not_one_edit == 1


def test_a_word_becomes_again_what_the_list_had() -> None:
    pairs = ["definately>definitely", "recieve>receive", "untill>until", "ritten>written"]
    channel = channel_of(*pairs)

    for pair in pairs:
        wrong, right = pair.split(">")
        assert wrong in channel.misspellings(right)
        assert wrong.upper() in channel.misspellings(right.upper())
        assert wrong.capitalize() in channel.misspellings(right.capitalize())


def test_what_was_never_seen_is_never_made() -> None:
    channel = channel_of("recieve>receive")

    assert not channel.misspellings("receipt") or set(channel.misspellings("receipt")) == {"reciept"}
    assert len(channel.misspellings("i")) == len(channel.misspellings("")) == 0
    assert len(channel.misspellings("café")) == len(channel.misspellings("hello")) == 0


def planted(often: int, seldom: int) -> list[Misspelling]:
    """Words with one a and one o each, of which so many lose the a and so many the o."""
    words = [f"{x}{y}{z}a{y}{x}o{z}{x}" for x in "bcdfg" for y in "hjklm" for z in "npqrst"]
    without_a = [Misspelling(word.replace("a", "e"), word) for word in words[:often]]
    return without_a + [Misspelling(word.replace("o", "u"), word) for word in words[-seldom:]]


def test_planted_frequencies_come_back(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = channel_text(learn(planted(120, 40), source="a test", licence="none"))
    (tmp_path / "planted.toml").write_bytes(content)

    texts = Counter(
        drawn(f'human(channel="planted.toml", checksum="{checksum_of(content)}")', "xx bhnahbonb")
    )

    assert set(texts) == {"xx bhnehbonb", "xx bhnahbunb"}
    # 120 of 150 places against 40 of 150, both drawn towards the rate of their kind by 50 places.
    prior = 50 * 160 / 300
    assert texts["xx bhnehbonb"] / MANY == pytest.approx((120 + prior) / (160 + 2 * prior), abs=0.02)


def test_words_are_drawn_by_how_often_they_are_misspelt() -> None:
    short, long = (
        sum(load_channel("shipped", "").misspellings(word).weights) for word in ("on", "committee")
    )

    texts = Counter(text.endswith(" committee") for text in drawn("human@0.5", "on committee"))

    assert texts[True] / MANY == pytest.approx(short / (short + long), abs=0.02)


def test_constraints_leave_the_others_in_their_proportions() -> None:
    free = Counter(text for text in drawn("human@0.1", "great") if text[0] == "g" and len(text) > 1)
    kept = Counter(drawn("human@0.1 & keep(first_letter)", "great"))

    assert all(text[0] == "g" for text in kept)
    for text, times in free.most_common(3):
        assert kept[text] / MANY == pytest.approx(times / free.total(), abs=0.03)


def test_in_a_mix_a_part_weighs_as_much_as_its_weight_says() -> None:
    texts = Counter(text.isupper() for text in drawn("(human + upper_case)@0.1", "great"))

    assert texts[True] / MANY == pytest.approx(0.5, abs=0.02)


def test_an_attack_names_the_content_of_its_channel(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_bytes(channel_text(channel_of("teh>the")))
    with pytest.raises(UserError, match=r'write human\(channel="mine.toml", checksum="[0-9a-f]{8}"\)'):
        parse_attack('human(channel="mine.toml")')


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"he>eh"', '"hello>eh"', "a rewrite is of one letter or two"),
        ("first", "frist", "positions must be first, inner, last"),
        ("misspellings = 1", 'misspellings = "one"', "misspellings"),
    ],
)
def test_a_file_that_is_no_channel_says_why(old, new, message) -> None:
    content = channel_text(channel_of("teh>the")).decode()
    assert old in content
    with pytest.raises(UserError, match=message):
        parse_channel(content.replace(old, new).encode(), "channel 'mine.toml'")


def test_the_channel_that_ships_names_its_source_and_licence() -> None:
    file = load_channel("shipped", "").file

    assert "lintian" in file.source
    assert "GPL" in file.licence
    assert sum(file.kinds.values()) == file.misspellings > 5_000
