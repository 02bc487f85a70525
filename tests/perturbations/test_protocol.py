from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from robustaudit.perturbations import (
    PERTURBATIONS,
    Delete,
    PerturbationInfo,
    Qwerty,
    TextBatch,
    WordPerturbation,
    info_of,
    perturbation,
)


def test_the_eight_of_the_report_have_names() -> None:
    eight = ["contract", "extend", "homoglyph", "neighbor_swap", "qwerty", "delete", "insert", "substitute"]
    assert set(eight) <= set(PERTURBATIONS)


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
def test_what_has_a_name_needs_no_parameters_and_explains_itself(name: str) -> None:
    assert len(PERTURBATIONS.get(name)().sites(TextBatch([]))) == 0
    assert (PERTURBATIONS.get(name).__doc__ or "").strip().endswith(".")


def test_what_is_known_of_a_perturbation() -> None:
    assert info_of(Qwerty) == PerturbationInfo(family="typing", meaning="mostly kept")
    assert info_of(Shout) == PerturbationInfo(family="foreign", meaning="may change")


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="perturbation 'qwerty' is registered twice"):
        perturbation("qwerty")(Delete)
    assert PERTURBATIONS.get("qwerty") is Qwerty


@dataclass(frozen=True, slots=True, kw_only=True)
class Shout(WordPerturbation):
    """Write a word in capitals: all that its author says of it."""

    def replacements(self, word: str) -> Sequence[str]:
        return () if word.isupper() else (word.upper(),)


def test_an_author_says_only_what_a_word_may_become() -> None:
    sites = Shout().sites(TextBatch(["no WAY, don't!", "OK", "yes"]))
    assert sites.text.tolist() == [0, 0, 2]
    assert list(zip(sites.start.tolist(), sites.stop.tolist(), strict=True)) == [(0, 2), (8, 13), (0, 3)]
    assert [sites.options[form][0] for form in sites.form.tolist()] == ["NO", "DON'T", "YES"]


FILES = {
    "typing": {"typing", "keyboards", "letter_case", "human"},
    "copying": {"copying"},
    "unicode": {"lookalikes", "invisible"},
    "evasion": {"evasion"},
    "surface": {"surface", "letter_case"},
    "words": {"contractions", "wording", "wordnet"},
}


def test_each_perturbation_stands_in_a_file_of_its_family() -> None:
    ours = [PERTURBATIONS.get(name) for name in PERTURBATIONS]
    placed = {(info_of(cls).family, cls.__module__.rpartition(".")[2]) for cls in ours}
    assert placed == {(family, file) for family, files in FILES.items() for file in files}
