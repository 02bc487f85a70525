from collections import Counter
from dataclasses import replace

import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, single
from robustaudit.datasets.dataset import check_unique, from_splits, part_validation
from robustaudit.datasets.dataset_statistics import content_id

REVIEWS = tuple(
    Example(f"{review}_{sentence}", f"Sentence {sentence}.", sentence % 2, f"review {review}")
    for review in range(3000)
    for sentence in range(1 + review % 3)
)
DATASET = Dataset("mine", REVIEWS)


def test_every_example_is_in_one_split() -> None:
    parts = [DATASET.split(which) for which in ("train", "validation", "test")]
    assert sorted(example.id for part in parts for example in part) == sorted(e.id for e in REVIEWS)


def test_no_group_is_in_two_splits() -> None:
    groups = [
        {example.group for example in DATASET.split(which)} for which in ("train", "validation", "test")
    ]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 3000


def test_splits_hold_about_80_10_and_10_per_cent_of_the_groups() -> None:
    groups = Counter(
        {which: len({e.group for e in DATASET.split(which)}) for which in ("train", "validation", "test")}
    )
    assert groups["train"] / 3000 == pytest.approx(0.8, abs=0.02)
    assert groups["validation"] / 3000 == pytest.approx(0.1, abs=0.02)


def test_a_split_depends_on_the_group_alone() -> None:
    shuffled = Dataset("another", tuple(replace(e, text="Other.", label=0) for e in reversed(REVIEWS[::2])))
    test = {example.id for example in DATASET.split("test")}
    assert {example.id for example in shuffled.split("test")} == test & {e.id for e in REVIEWS[::2]}


@pytest.mark.parametrize(
    ("group", "which"), [("product-12", "test"), ("movie-1", "train"), ("naïve 👍", "train")]
)
def test_splits_are_for_ever(group: str, which: str) -> None:
    assert Dataset("one", (Example("a", "Fine.", 1, group),)).split(which)


def test_an_audit_uses_all_or_the_split_that_was_held_out() -> None:
    assert DATASET.audited == REVIEWS
    assert Dataset("mine", REVIEWS, audited_split="test").audited == DATASET.split("test")


@pytest.mark.parametrize(
    ("dataset", "title"),
    [
        (Dataset("mine", REVIEWS[:1]), "mine, 1 example"),
        (Dataset("mine", REVIEWS[:2]), "mine, 2 examples"),
        (Dataset("mine", REVIEWS), "mine, 6,000 examples"),
        (Dataset("mine", REVIEWS[:3], audited_split="train"), "mine, train split, 3 examples"),
    ],
    ids=["one", "two", "many", "a split"],
)
def test_the_title_says_how_much_is_audited(dataset: Dataset, title: str) -> None:
    assert dataset.title == title


EXAMPLE = Example("a", "Fine.", 1, "g")


@pytest.mark.parametrize(
    "examples",
    [
        (),
        (replace(EXAMPLE, id="b"),),
        (replace(EXAMPLE, text="Fine"),),
        (replace(EXAMPLE, label=0),),
        (replace(EXAMPLE, group="h"),),
        (EXAMPLE, EXAMPLE),
        (replace(EXAMPLE, id="aF", text="ine."),),
    ],
    ids=["nothing", "id", "text", "label", "group", "one more", "shifted"],
)
def test_the_digest_changes_with_every_field(examples: tuple[Example, ...]) -> None:
    assert Dataset("mine", examples).digest != Dataset("mine", (EXAMPLE,)).digest


def test_the_digest_is_of_the_examples_in_their_order() -> None:
    other = replace(EXAMPLE, id="b")
    assert Dataset("mine", (EXAMPLE, other)).digest == Dataset("yours", (EXAMPLE, other)).digest
    assert Dataset("mine", (EXAMPLE, other)).digest != Dataset("mine", (other, EXAMPLE)).digest


def test_one_text_is_a_data_set() -> None:
    (example,) = single("I loved it!", "1").examples
    assert (example.text, example.label) == ("I loved it!", 1)
    assert single("I loved it!", "1").title == "text, 1 example"


def test_one_text_has_an_id_of_its_own() -> None:
    ids = {single(text, "1").examples[0].id for text in ("I loved it!", "I loved it", "I loved it!")}
    assert len(ids) == 2


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\u00a0"], ids=["empty", "blank", "a space that does not break"]
)
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="text must not be empty: give a review to audit"):
        single(text, "1")


def test_a_text_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(
        UserError, match="text must be valid Unicode, got the lone surrogate U\\+DCFF at character 3"
    ):
        single("it\udcffs", "1")


def test_the_id_of_a_text_is_for_ever() -> None:
    assert content_id("I loved it!") == "4689dd1c9beacac4"


def test_two_examples_of_one_id_are_refused() -> None:
    check_unique((EXAMPLE, replace(EXAMPLE, id="b")), "mine.csv")
    with pytest.raises(UserError, match=r"data 'mine.csv' has two examples with the id 'a': ids must differ"):
        check_unique((EXAMPLE, replace(EXAMPLE, text="Other.")), "mine.csv")


def test_a_data_set_may_bring_its_own_splits() -> None:
    other = replace(EXAMPLE, id="b")
    given = from_splits("theirs", {"train": (EXAMPLE,), "test": (other,)}, audited="test")
    assert (given.split("train"), given.split("validation"), given.split("test")) == (
        (EXAMPLE,),
        (),
        (other,),
    )
    assert given.examples == (EXAMPLE, other)
    assert given.audited == (other,)


def test_the_digest_knows_own_splits() -> None:
    other = replace(EXAMPLE, id="b")
    one = from_splits("theirs", {"train": (EXAMPLE,), "test": (other,)}, audited="test")
    another = from_splits("theirs", {"train": (EXAMPLE, other)}, audited="train")
    assert len({one.digest, another.digest, Dataset("theirs", (EXAMPLE, other)).digest}) == 3


def test_a_tenth_to_choose_by_is_parted_by_the_group() -> None:
    stays, validation = part_validation(REVIEWS)
    groups = [{example.group for example in part} for part in (stays, validation)]
    assert len(groups[1]) / 3000 == pytest.approx(0.1, abs=0.02)
    assert not groups[0] & groups[1]
    assert len(stays) + len(validation) == len(REVIEWS)
