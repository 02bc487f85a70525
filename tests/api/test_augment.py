"""`augment`: data with perturbed copies of its texts, to train on."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from robustaudit import UserError, audit, augment, compose
from robustaudit.datasets import ReadOptions, load

from .conftest import TEXTS, spells

ROWS = [
    {"key": f"r{n}", "author": f"a{n // 2}", "review": text, "stars": label, "lang": "en"}
    for n, (text, label) in enumerate(TEXTS)
]
NAMED: dict[str, Any] = {"id_column": "key", "group_column": "author", "label_column": "stars"}


def rows(made: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pa.table(made).to_pylist()
    return found


def copies(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in found if row["augmented_from"] is not None]


def test_each_copy_stands_behind_its_original_with_its_label_and_group_under_the_datas_own_names() -> None:
    found = rows(augment(ROWS, ["qwerty", "delete"], copies=2, slices="lang", **NAMED))
    assert list(found[0]) == ["key", "author", "review", "stars", "lang", "augmented_from", "augmented_by"]
    assert len({row["key"] for row in found}) == len(found) > 4.5 * len(ROWS)
    originals = {row["key"]: row for row in ROWS}
    before = found[0]["key"]
    for row in found:
        original = originals[row["augmented_from"] or row["key"]]
        assert original["key"] == before or not row["augmented_from"]
        before = original["key"]
        same = ("author", "stars", "lang")
        assert [row[name] for name in same] == [original[name] for name in same]
        assert (row["review"] == original["review"]) is (row["augmented_from"] is None)
        assert row["augmented_by"] in (None, "qwerty", "delete")


def by_original(found: list[dict[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    made: dict[str, list[tuple[str, str]]] = {}
    for row in copies(found):
        made.setdefault(row["augmented_from"], []).append((row["key"], row["review"]))
    return made


@pytest.mark.parametrize("attack", ["qwerty", "homoglyph,qwerty", "qwerty|delete", "report-mix@0.1"])
def test_the_copies_of_a_text_depend_on_nothing_else(attack: str) -> None:
    some = {"share": 0.5, "copies": 2, **NAMED}
    everything = by_original(rows(augment(ROWS, attack, **some)))
    assert 15 <= len(everything) <= 45
    part = ROWS[40:10:-1]
    assert by_original(rows(augment(part, attack, **some))) == {
        row["key"]: everything[row["key"]] for row in part if row["key"] in everything
    }
    assert by_original(rows(augment(ROWS, attack, seed=1, **some))).keys() != everything.keys()
    more = by_original(rows(augment(ROWS, attack, **{**some, "copies": 3})))
    assert all(more[key][: len(found)] == found for key, found in everything.items())


def test_no_copy_is_a_text_of_an_audit_with_the_same_seed() -> None:
    texts = [(f"{text}, and so it went on until the very end of it", label) for text, label in TEXTS]
    audited = audit(spells, texts, attacks="qwerty", trials=len(texts)).examples()
    made = rows(augment(texts, "qwerty", copies=5))
    assert not {row["text"] for row in copies(made)} & {trial.perturbed_text for trial in audited}


def test_copies_that_repeat_are_left_out_and_counted() -> None:
    data = [("it is good", 1), ("bad", 0)]
    made = augment(data, "contract@1", copies=3)
    assert [row["text"] for row in rows(made)] == ["it is good", "it's good", "bad"]
    assert made.notes == (
        "rows: 2 texts",
        "contract@1: 1 copy of 2 texts; not applicable to 1 of them; 2 copies left out as repeated",
    )
    assert repr(made) == "\n".join(made.notes)
    every = augment(data, "contract@1", copies=3, keep_repeats=True)
    assert [row["text"] for row in rows(every)] == [
        *["it is good", "it's good", "it's good", "it's good"],
        *["bad"] * 4,
    ]
    assert len(every) == len({row["id"] for row in rows(every)}) == 8
    alone = augment(data, compose("contract@1"), originals=False)
    assert [row["text"] for row in rows(alone)] == ["it's good"]


def test_a_frame_of_it_is_read_as_data_and_a_split_by_group_separates_no_copy(tmp_path: Path) -> None:
    made = augment(ROWS, "qwerty", **NAMED)
    assert len(made.to_pandas()) == len(made)
    pd.testing.assert_frame_equal(pa.table(made).to_pandas(), made.to_pandas())
    made.save(tmp_path / "new" / "train.csv")
    read = load(str(tmp_path / "new" / "train.csv"), ReadOptions.parse(**NAMED))
    groups = [{each.group for each in read.split(which)} for which in ("train", "validation", "test")]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 30
    assert audit(spells, made, attacks="delete", trials=5, text_column="review", **NAMED)


def test_data_with_splits_is_copied_where_models_train_unless_another_split_is_asked_for(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for split in ("train", "test"):
        table = {"sentence": [f"{split} {n} is good" for n in range(20)], "label": [0, 1] * 10}
        pd.DataFrame(table).to_parquet(folder / f"{split}.parquet")
    found = rows(augment(folder, "qwerty"))
    assert {row["id"].split("-")[0] for row in found} == {"train"}
    assert {row["sentence"].split()[-1] for row in found if not row["augmented_from"]} == {"good"}
    validation = rows(augment(folder, "qwerty", split="validation"))
    assert len([row for row in (*found, *validation) if not row["augmented_from"]]) == 20
    assert {row["id"].split("-")[0] for row in rows(augment(folder, "qwerty", split="test"))} == {"test"}


def test_of_a_choice_it_is_said_that_the_one_drawn_may_change_nothing() -> None:
    (*_, line) = augment([(f"fine day {n}", 1) for n in range(40)], "qwerty|contract").notes
    assert "; the one drawn is not applicable to " in line


def test_what_is_held_out_shares_no_group_and_no_text_with_what_is_learned_from() -> None:
    data = [*ROWS, *({**row, "key": f"twin-{row['key']}", "author": f"twin-{row['key']}"} for row in ROWS)]
    made = augment(data, "qwerty", split="train", slices="lang", **NAMED)
    assert made.held_out is not None
    learned, held = rows(made), rows(made.held_out)
    assert list(held[0]) == ["key", "author", "review", "stars", "lang"]
    given = {row["key"]: row for row in data}
    assert held
    assert all(given[row["key"]] == row for row in held)
    for name in ("author", "review"):
        assert not {row[name] for row in learned} & {row[name] for row in held}
    left = given.keys() - {row["key"] for row in (*learned, *held)}
    assert {given[key]["review"] for key in left} <= {row["review"] for row in learned}
    assert audit(spells, made.held_out, attacks="delete", trials=5, text_column="review", **NAMED)
    assert augment(data, "qwerty", **NAMED).held_out is None


def test_labels_are_as_in_the_data_with_a_label_map_too() -> None:
    data = [("it is good", "pos"), ("it is bad", "neg")]
    for label_map in (None, {"neg": 0, "pos": 1}):
        found = rows(augment(data, "qwerty", label_map=label_map))
        assert {row["label"] for row in found} == {"neg", "pos"}


def test_a_column_of_stars_holds_stars_whatever_classes_a_label_map_makes_of_them() -> None:
    data = [{"review": f"it was my visit {n}", "stars": n % 5 + 1} for n in range(20)]
    label_map = {1: "bad", 2: "bad", 3: "-", 4: "good", 5: "good"}
    made = augment(data, "qwerty", label_map=label_map, split="train")
    found = rows(made)
    stars = {row["review"]: row["stars"] for row in data}
    by_id = {row["id"]: stars[row["review"]] for row in found if row["augmented_from"] is None}
    assert set(by_id.values()) == {1, 2, 4, 5}
    assert all(row["stars"] == by_id[row["augmented_from"] or row["id"]] for row in found)
    assert {row["stars"] for row in rows(made.held_out)} <= {1, 2, 4, 5}
    once = rows(augment(iter(data), "qwerty", label_map=label_map))
    assert {row["stars_class"] for row in once} == {"bad", "good"}
    assert "stars" not in once[0]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"attacks": "qwert"}, "unknown attack 'qwert': did you mean 'qwerty'?"),
        ({"copies": 0}, "copies must be at least 1, got 0"),
        ({"share": 0}, "share must be above 0 and at most 1, got 0"),
        ({"share": 1.5}, "share must be above 0 and at most 1, got 1.5"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"split": "trian"}, "split must be one of 'train', 'validation', 'test', got 'trian': did you mean"),
        ({"attacks": []}, "attacks must be one or more, got none"),
        ({"slices": "label"}, "column 'label' would be there twice: drop slices"),
    ],
)
def test_misuse_is_one_line(fields: dict[str, Any], message: str) -> None:
    given = {"attacks": "qwerty", **fields}
    with pytest.raises(UserError) as error:
        augment(TEXTS, given.pop("attacks"), **given)
    assert str(error.value).startswith(message)


def test_nothing_is_overwritten_unless_it_is_asked_for(tmp_path: Path) -> None:
    made, path = augment(TEXTS, "qwerty"), tmp_path / "train.jsonl"
    made.save(path)
    before = path.read_bytes()
    with pytest.raises(UserError, match="already exists: give force=True to replace it"):
        augment(TEXTS, "delete").save(path)
    assert path.read_bytes() == before
    made.save(path, form="csv", force=True)
    assert path.read_text(encoding="utf-8").startswith("id,group,text,label,augmented_from,augmented_by\n")
    with pytest.raises(UserError, match=r"output '.*train' must end in one of .csv, .tsv, .jsonl, .parquet"):
        made.save(tmp_path / "train")
