from robustaudit.perturbations import PERTURBATIONS, info_of

FILES = {
    "typing": {"typing", "keyboards", "letter_case"},
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
