import html

import pytest

from reachable import one_edit_away
from robustaudit.perturbations import build

ALL = [
    ("ocr", {}, "cla", {"da", "ela", "ola", "c1a", "cIa", "cia", "cta", "clo", "cle"}),
    ("ocr", {}, "1", {"l", "I", "i", "7"}),
    ("ocr", {}, "好 ξξ — ☕", set()),
    ("ocr", {}, "в ш", {"в щ"}),
    ("ocr", {}, "e\u0301x", set()),
    ("line_hyphen", {}, "great so", {"gr- eat so", "gre- at so"}),
    ("line_hyphen", {"then": "newline"}, "okay", {"ok-\nay"}),
    ("line_hyphen", {"then": "nothing"}, "well-known", {"we-ll-known", "well-kn-own", "well-kno-wn"}),
    ("line_hyphen", {}, "2024 it's", set()),
    ("line_hyphen", {}, "вкусно", {"вк- усно", "вку- сно", "вкус- но"}),
    ("soft_hyphen", {}, "great so", {"gr\u00adeat so", "gre\u00adat so"}),
    ("soft_hyphen", {}, "ae\u0301ab", {"ae\u0301\u00adab"}),
    ("line_wrap", {}, "so  is.\nYes - no", {"so  is.\nYes\n- no", "so  is.\nYes -\nno"}),
    ("line_wrap", {"quoted": True}, " it is ", {" it\n> is "}),
    ("no_break_space", {}, "5 ★, good", {"5\u00a0★, good", "5 ★,\u00a0good"}),
    ("no_break_space", {}, " a  b\u00a0c", set()),
    ("smart_quotes", {}, "\"don't\"", {"“don't\"", '"don’t"', "\"don't”"}),
    ("smart_quotes", {}, "it is ('fine')\"'", {"it is (‘fine')\"'", "it is ('fine’)\"'", "it is ('fine')”’"}),
    ("smart_quotes", {}, "'tis", {"‘tis"}),
    ("smart_quotes", {"style": "german"}, '"gut"', {'„gut"', '"gut“'}),
    ("smart_quotes", {"style": "french"}, '"c\'est"', {'«\u00a0c\'est"', '"c’est"', '"c\'est\u00a0»'}),
    ("straight_quotes", {}, "“Don’t”", {'"Don’t”', "“Don't”", '“Don’t"'}),
    ("straight_quotes", {}, "«’»", {"\"'\""}),
    ("straight_quotes", {}, "\"don't\"", set()),
    ("dashes", {}, "a-b", {f"a{dash}b" for dash in ["--", *"‐‑‒–—―−"]}),
    ("dashes", {}, "so — no", {f"so {dash} no" for dash in ["-", "--", *"‐‑‒–―−"]}),
    ("dashes", {}, "so --- no", {f"so {dash} no" for dash in ["-", "--", *"‐‑‒–—―−"]}),
    ("dashes", {}, "so\n-----\nno –-", set()),
    ("ligatures", {}, "fine OFF", {"ﬁne OFF"}),
    ("ligatures", {}, "baffled office off", {"baﬄed office off", "baffled oﬃce off", "baffled office oﬀ"}),
    ("mojibake", {}, "Café — ok", {"CafÃ© — ok", "Café â€” ok"}),
    ("mojibake", {}, "don’t", {"donâ€™t"}),
    ("mojibake", {"times": 2}, "café", {"cafÃƒÂ©"}),
    ("mojibake", {"read_as": "latin-1"}, "”", {"â\x80\x9d"}),
    ("mojibake", {"read_as": "cp1251"}, "Привет", {"РџСЂРёРІРµС‚"}),
    ("mojibake", {"read_as": "mac-roman"}, "é", {"√©"}),
    ("mojibake", {"read_as": "cp437"}, "é", {"├⌐"}),
    ("mojibake", {}, "à", {"Ã\u00a0"}),
    ("mojibake", {}, "Í", {"Ã\x8d"}),
    ("lost_characters", {}, "café 👩‍👧 ok", {"caf� 👩‍👧 ok", "café ��� ok"}),
    ("lost_characters", {"mark": "question mark"}, "好吃 ok", {"?? ok"}),
    ("lost_characters", {"mark": "nothing"}, "naïve", {"nave"}),
    ("lost_characters", {}, "caf�", set()),
    ("html_entities", {}, "R&B i's <b", {"R&amp;B i's <b", "R&B i&#39;s <b", "R&B i's &lt;b"}),
    ("html_entities", {}, "“é”", {"&ldquo;&eacute;&rdquo;"}),
    ("html_entities", {}, "好", {"&#22909;"}),
    ("html_entities", {"form": "decimal"}, "é", {"&#233;"}),
    ("html_entities", {"form": "hexadecimal"}, "é👍", {"&#xE9;&#x1F44D;"}),
    ("html_entities", {"times": 2}, "R&B", {"R&amp;amp;B"}),
    ("backslashes", {}, "don't\n\"\\", {"don\\'t\n\"\\", "don't\\n\\\"\\\\"}),
    ("backslashes", {}, "fine", set()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "text", "expected"), ALL)
def test_what_one_copy_makes_of_a_text(name, parameters, text, expected) -> None:
    assert set(one_edit_away(build(name, parameters), text)) == expected


@pytest.mark.parametrize("name", sorted({name for name, *_ in ALL} - {"ocr", "line_wrap", "no_break_space"}))
@pytest.mark.parametrize("text", ["", "a", "it is so.", "10!"])
def test_where_there_is_nothing_to_damage_a_text_stays(name, text) -> None:
    assert one_edit_away(build(name, {}), text) == []


@pytest.mark.parametrize("text", ["é", "“👍🏽”", "Привет", "好吃的饭", "مرحبا", "हिन्दी", "ไทย", "한국어"])
@pytest.mark.parametrize("times", [1, 2])
def test_what_was_read_as_another_encoding_can_be_read_again(text, times) -> None:
    (after,) = one_edit_away(build("mojibake", {"read_as": "latin-1", "times": times}), text)
    for _ in range(times):
        after = after.encode("latin-1").decode("utf-8")
    assert after == text


@pytest.mark.parametrize("form", ["named", "decimal", "hexadecimal"])
@pytest.mark.parametrize("text", ["R&B", "isn’t", "«Да» & “好” 👩‍👩‍👧", "<é>", "हिन्दी\u200d"])
def test_html_is_read_as_the_text_it_was(form, text) -> None:
    for times in (1, 2):
        for after in one_edit_away(build("html_entities", {"form": form, "times": times}), text):
            assert after != text
            assert html.unescape(html.unescape(after) if times > 1 else after) == text


def test_shapes_are_found_where_they_begin() -> None:
    found = one_edit_away(build("ocr", {}), "modern")
    assert {"modem", "rnodern", "m0dern", "moclern"} <= set(found)
    assert "clean".replace("cl", "d") in one_edit_away(build("ocr", {}), "clean")
