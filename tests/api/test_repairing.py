"""`robustaudit.repair`: what helps is said to help, what harms to harm, and what does nothing neither."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import robustaudit
from repaired_models import DATA, MARKED, judge, reads_marks, repaired
from robustaudit.api.repairing import Repair
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.repairs.judging import VerdictKind


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Repair:
    return repaired(tmp_path_factory.mktemp("repair"), hardened=lambda texts: ["positive"] * len(texts))


def kind(repair: Repair, name: str) -> VerdictKind:
    stored = repair.stored
    return stored.judgements.verdict(name, against=stored.undefended.name).kind


def test_what_repairs_the_model_is_said_to_help_and_what_does_nothing_is_not(found: Repair) -> None:
    assert kind(found, "clean(strip):judge") == "helps"  # the seen attack
    assert kind(found, "clean(fold):judge") == "helps"  # the one that was held out
    assert kind(found, "clean(nfkc):judge") == "not shown to help"
    assert found.chain == "nfkc,strip,fold"
    assert kind(found, "clean(nfkc,strip,fold):judge") == "helps"
    assert found.best in ("clean(nfkc,strip,fold):judge", "clean(fold):judge")


def test_a_model_that_is_hardened_to_nothing_costs_too_much_and_comes_last(found: Repair) -> None:
    assert kind(found, "hardened") == "harms"
    last = found.stored.ranked[-2:]
    assert {each.kind for each in last} == {"hardened", "chain and hardened"}
    assert all(found.stored.costs_too_much(each) for each in last)


def test_a_defence_that_removes_what_a_model_reads_is_said_to_harm(tmp_path: Path) -> None:
    found = repaired(tmp_path, model=reads_marks, data=MARKED, attacks=["qwerty"], worst_examples=0)
    assert kind(found, "clean(strip):judge") == "harms"
    assert "strip" not in found.chain
    losses = found.stored.judgements.verdict("clean(strip):judge", against="judge").losses
    assert {"clean", "seen"} <= {each.scope for each in losses}
    assert "strip harms: -" in str(found)


def test_the_half_that_judges_has_none_of_the_examples_that_chose(found: Repair) -> None:
    record = found.stored.record
    judged = set(found.stored.run.trials()["example"].to_pylist())
    assert len(judged) == record.judging_examples == 40
    assert record.choosing_examples == 40


def test_figures_are_those_of_a_plain_run_of_the_same_name_on_the_same_examples(found: Repair) -> None:
    table = found.stored.run.trials()
    rows = {row["example"]: row for row in table.to_pylist()}
    examples = [
        Example(name, row["clean_text"], int(row["label"]), row["group"]) for name, row in rows.items()
    ]
    plain = robustaudit.audit(
        {"clean(strip):judge": robustaudit.defended(_numbered, "strip")},
        examples,
        attacks=["zero_width@1", "homoglyph@1"],
        trials=len(examples),
        progress=False,
    )
    (strip,) = (each for each in found.stored.record.candidates if each.name == "clean(strip):judge")
    for row in plain.result.rows:
        ours = found.stored.row(strip, row.attack)
        assert ours is not None
        assert (ours.drop, ours.clean_accuracy) == (row.drop, row.clean_accuracy)


def _numbered(texts: Sequence[str]) -> list[int]:
    return [int(label == "positive") for label in judge(texts)]


def test_defences_withstand_every_edit_that_they_undo(found: Repair) -> None:
    stored = found.stored
    none, chain = (
        stored.certified_accuracy(each, "zero_width@1")
        for each in (stored.undefended, stored.record.candidate("clean(nfkc,strip,fold):judge"))
    )
    assert none
    assert chain
    assert none.value < 1.0
    assert chain.value == 1.0
    assert stored.plan.searched == ("zero_width@1 & at_most(2)",)


def test_it_is_opened_again_from_its_folder(found: Repair) -> None:
    assert str(Repair.open(found.folder)) == str(found)
    assert repr(found) == f"<Repair of judge: best chain nfkc,strip,fold, in {str(found.folder)!r}>"


def test_the_folder_of_a_run_is_not_overwritten(tmp_path: Path) -> None:
    repaired(tmp_path, worst_examples=0)
    with pytest.raises(UserError, match="holds a run: choose another output="):
        robustaudit.repair(
            tmp_path / "run", DATA, model=judge, output=tmp_path / "run", defences="strip", progress=False
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"defences": "strip,strip"}, "defences must be different ones"),
        ({"defences": "strip,vote"}, "defences must clean texts, and a vote does not, got 'strip,vote'"),
        ({"defences": "stripp"}, "did you mean 'strip'"),
        ({"max_clean_cost": 2}, "max_clean_cost must be from 0 to 1, got 2"),
        ({"examples": 3}, "examples must be at least 4, got 3"),
        ({"hold_out": "qwertz("}, "qwertz"),
        ({"model": "4"}, "unknown model '4'"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    found: Repair, options: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message.replace("(", r"\(")):
        robustaudit.repair(found.folder.parent / "run", DATA, **({"model": judge} | options), progress=False)


def test_models_and_data_in_memory_are_to_be_given_again(found: Repair) -> None:
    run = found.folder.parent / "run"
    with pytest.raises(UserError, match="was an object in memory: give it as model="):
        robustaudit.repair(run, DATA, progress=False)
    with pytest.raises(UserError, match="data of the run was in memory: give it as data="):
        robustaudit.repair(run, model=judge, progress=False)
