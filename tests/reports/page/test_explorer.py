import json
from dataclasses import replace

import pyarrow as pa
import pytest

from robustaudit.reports.page.explorer import (
    embedded_trials,
    lookalikes_in,
    names_of_hidden,
    script_json,
    written_out,
)
from robustaudit.reports.report import Report


def test_no_parser_of_html_finds_anything_in_the_data() -> None:
    text = "</script><!-- <script> & \u2028 \u202e \U0001f600"
    shown = script_json({"text": text})
    assert not set("<>&") & set(shown)
    assert shown.isascii()
    assert json.loads(shown) == {"text": text}


def test_all_trials_of_a_small_run_are_there(hostile: Report) -> None:
    found = embedded_trials(hostile)
    assert found.shown == found.total == len(hostile.run.trials())


def test_of_a_large_run_each_cell_has_its_share_and_flips_come_first(hostile: Report) -> None:
    found = embedded_trials(hostile, most=80)
    data = json.loads(found.data)
    assert (found.quota, found.shown) == (10, 80)
    flips: dict[tuple[int, int], list[bool]] = {}
    for draw, model, before, after, *_ in data["predictions"]:
        flips.setdefault((model, data["draws"][draw][0]), []).append(_flipped(before, after))
    assert [len(each) for each in flips.values()] == [10] * 8
    trials = hostile.run.trials()
    for (model, attack), shown in flips.items():
        name, under = hostile.result.plan["models"][model]["name"], data["attacks"][attack][0]
        rows = [row for row in trials.to_pylist() if (row["model"], row["attack"]) == (name, under)]
        flipped = sum(_flipped(row["clean_prediction"], row["perturbed_prediction"]) for row in rows)
        assert sum(shown) == min(10, flipped)


def test_a_probability_that_is_not_known_is_null(hostile: Report) -> None:
    trials = hostile.run.trials().slice(0, 1)
    place = trials.column_names.index("clean_probability")
    unknown = trials.set_column(place, "clean_probability", pa.array([float("nan")]))

    class Stored:
        folder = hostile.run.folder
        shards = staticmethod(lambda: [unknown])

    data = json.loads(embedded_trials(replace(hostile, run=Stored())).data)
    assert data["predictions"][0][4] is None


def _flipped(before: int | None, after: int | None) -> bool:
    return None not in (before, after) and before != after


def test_what_hides_is_named() -> None:
    assert names_of_hidden("a\u202eb\x07") == {
        "\u202e": "RIGHT-TO-LEFT OVERRIDE",
        "\x07": "control character",
    }
    assert names_of_hidden("plain") == {}


@pytest.mark.parametrize(
    ("text", "replacement", "found"),
    [
        ("great", "а", "а"),  # Cyrillic in Latin
        ("великий", "a", "a"),  # and the other way
        ("great", "ｇ", "ｇ"),
        ("great", "ɑ", "ɑ"),
        ("great", "f", ""),
        ("sch\u00f6n", "\u00e4", ""),
        ("好吃", "吃", ""),
        ("great", "!?1", ""),
        ("gre at", "\u00a0", "\u00a0"),
        ("great", "❤️", ""),
        ("great", "👍🏽", ""),
        ("great", "\u200d", ""),  # not taken for another, but not seen
    ],
)
def test_a_look_alike_is_of_a_script_that_the_text_does_not_use(
    text: str, replacement: str, found: str
) -> None:
    assert lookalikes_in(text, replacement) == found


def test_what_is_written_out_has_its_name_and_a_look_alike_stands_before_it() -> None:
    assert [each for each in written_out("a\u200bбc", alike="б") if each[0]] == [
        ("a", None),
        ("\u200b", "ZERO WIDTH SPACE"),
        ("б", None),
        ("б", "CYRILLIC SMALL LETTER BE"),
        ("c", None),
    ]


def test_emoji_stay_whole_and_a_joiner_alone_is_written_out() -> None:
    family = "👩\u200d👩\u200d👧"
    assert list(written_out(family)) == [(family, None)]
    assert ("\u200d", "ZERO WIDTH JOINER") in written_out("\u200d")
