"""What a finished audit shows, gives and judges."""

import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from robustaudit import Audit, UserError, audit, compose
from robustaudit.core.edits import apply
from robustaudit.core.errors import InconclusiveWarning
from runs import HOSTILE

from .conftest import TEXTS, spells


class Elements(HTMLParser):
    """The elements of a piece of HTML, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_it_prints_the_table_of_the_command_line(found: Audit) -> None:
    printed = str(found)
    assert "spells: a function" in printed
    assert "Drop in accuracy per attack, pp" in printed
    assert printed == str(found.table()) == repr(found.table())
    assert "\x1b" not in printed
    assert "all measures" not in printed
    assert "all measures" in str(found.table(verbose=True))
    assert repr(found).startswith("<Audit of spells under qwerty@0.5; contract: 2 rows, in ")


def test_a_notebook_can_show_the_table_too(found: Audit) -> None:
    shown = found.table()._repr_mimebundle_([], [])
    assert "spells: a function" in shown["text/plain"]
    assert shown["text/html"].startswith("<pre")


def test_a_frame_has_a_row_for_each_model_and_attack_with_every_interval(found: Audit) -> None:
    frame = found.to_pandas()
    assert frame[["model", "attack"]].to_numpy().tolist() == [
        ["spells", "qwerty@0.5"],
        ["spells", "contract"],
    ]
    row = found.result.rows[0]
    assert row.drop is not None
    assert frame.loc[0, ["drop", "drop_low", "drop_high"]].tolist() == [
        row.drop.value,
        row.drop.low,
        row.drop.high,
    ]
    assert np.isnan(frame.loc[1, "drop"])
    measures = {name.removesuffix("_low") for name in frame.columns if name.endswith("_low")}
    assert measures >= set(type(row.on_changed).__annotations__)
    assert all(frame[name].dtype == np.float64 for name in frame.columns if name.endswith(("_low", "_high")))


def test_a_plot_is_a_figure_that_a_notebook_shows(found: Audit) -> None:
    figure = found.plot("map")
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
    assert found.plot().axes[0].get_xlabel() == "drop, percentage points"
    with pytest.raises(UserError, match="unknown plot 'severity'"):
        found.plot("severity")


def test_slices_are_rows_of_a_frame_of_their_own(found: Audit) -> None:
    frame = found.to_pandas(slices=True)
    assert {"true label", "words"} & set(frame["column"])
    assert "column" not in found.to_pandas().columns


def test_examples_are_those_asked_for(found: Audit) -> None:
    assert len(found.examples()) == 120
    assert {trial.attack for trial in found.examples(attack="contract")} == {"contract"}
    assert len(found.examples(attack=compose("qwerty") @ 0.5)) == 60
    assert len(found.examples(attack=["qwerty @ 0.50", "contract"])) == 120
    assert len(found.examples(changed=False)) == sum(not trial.changed for trial in found.examples())
    flipped = found.examples(flipped=True, model="spells")
    assert len(flipped) == found.result.rows[0].flips
    for trial in flipped:
        assert trial.flipped
        assert trial.clean_prediction != trial.perturbed_prediction
        assert apply(trial.clean_text, trial.edits) == trial.perturbed_text
    assert len(found.examples(flipped=True)) + len(found.examples(flipped=False)) == 120


def test_classes_have_their_names_everywhere_and_are_found_by_name_or_number(tmp_path: Path) -> None:
    words = ("bad", "good")
    data = [(text, words[label]) for text, label in TEXTS]
    found = audit({"m": lambda texts: [words[place] for place in spells(texts)]}, data, attacks="qwerty@1")
    assert found.result.plan["class_names"] == list(words)
    lost = found.examples(label="good", predicted="bad", flipped=True)
    assert lost
    assert list(lost) == list(found.examples(label=1, predicted=[0], flipped=True))
    assert {
        (trial.label_name, trial.clean_prediction_name, trial.perturbed_prediction_name) for trial in lost
    } == {("good", "good", "bad")}
    assert "label good: predicted good → bad" in repr(lost)
    assert set(lost.to_pandas()["perturbed_prediction_name"]) == {"bad"}
    assert {"bad", "good"} <= set(found.to_pandas(slices=True)["value"])
    assert "qwerty@1, good" in str(found.table(verbose=True))
    rules = tmp_path / "robustaudit.toml"
    rules.write_text('[[gate.rule]]\nslices = ["true label=good"]\nmax_drop = 0.1\n', encoding="utf-8")
    judged = str(found.gate(rules))
    assert "true label good" in judged
    assert "label good: predicted good → bad" in judged
    with pytest.raises(UserError, match="unknown label 'god': did you mean 'good'"):
        found.examples(label="god")
    with pytest.raises(UserError, match="predicted must be names or numbers of classes, got "):
        found.examples(predicted=[1.5])  # type: ignore[list-item]


def test_examples_begin_with_the_largest_fall_of_probability() -> None:
    found = audit("tfidf", "tiny", attacks="qwerty@0.5", trials=60)
    falls = [trial.perturbed_probability - trial.clean_probability for trial in found.examples()]  # type: ignore[operator]
    assert falls == sorted(falls)
    assert falls[0] < 0


def test_examples_print_with_their_edits_marked_and_make_a_frame(found: Audit) -> None:
    flipped = found.examples(flipped=True)
    assert "→" in repr(flipped)
    assert f"{len(flipped)} trials" in repr(flipped)
    assert repr(found.examples()).splitlines()[0] == "120 trials, the first 20 of them"
    assert len(flipped[1:3]) == 2
    assert flipped[1:3][0] == flipped[1]
    with pytest.raises(IndexError):
        _ = flipped[len(flipped)]
    frame = flipped.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == len(flipped)
    assert frame.loc[0, "flipped"]
    assert "{" in frame.loc[0, "marked"]


def test_no_examples_are_shown_and_framed_too(found: Audit) -> None:
    none = found.examples(model="spells", changed=False, flipped=True)
    assert (len(none), len(none[:3])) == (0, 0)
    assert repr(none) == "0 trials"
    assert list(none.to_pandas()) == list(found.examples().to_pandas())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "spell"}, "unknown model 'spell': did you mean 'spells'?"),
        ({"attack": "delete"}, "unknown attack 'delete'"),
        ({"attack": "qwert"}, "unknown attack 'qwert'"),
        ({"model": 3}, "model must be a string"),
    ],
)
def test_examples_of_what_is_not_there_are_refused(found: Audit, arguments: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        found.examples(**arguments)


def test_a_gate_says_whether_it_passed_or_failed_and_is_no_truth_value(found: Audit) -> None:
    passed = found.gate(max_drop=0.9, attacks="qwerty@0.5")
    assert (passed.passed, passed.failed, passed.exit_code) == (True, False, 0)
    with pytest.raises(TypeError, match="take its `passed`"):
        assert passed
    assert passed.outcome == "passed"
    assert repr(passed) == "<PASSED: 1 check, 1 passed>"
    failed = found.gate(max_drop=np.float64(0.01), attacks=["qwerty@0.5"])
    assert str(failed).startswith("FAILED: 1 check, 1 failed")
    assert (failed.passed, failed.failed, failed.exit_code) == (False, True, 1)
    assert [check.outcome for check in failed.checks] == ["failed"]


def test_rules_may_be_for_families_and_slices_alone(found: Audit) -> None:
    words = found.gate(max_drop=0.9, families="words", on_inconclusive="pass")
    assert [check.attack for check in words.checks] == ["contract"]
    of_slices = found.gate(max_drop=0.9, slices="true label", attacks="contract", on_inconclusive="pass")
    assert {check.slice.column for check in of_slices.checks if check.slice} == {"true label"}


def test_what_is_not_decided_warns_unless_said(found: Audit) -> None:
    with pytest.warns(
        InconclusiveWarning, match="INCONCLUSIVE: 1 check, 1 inconclusive; model spells, contract"
    ):
        warned = found.gate(max_drop=0.1, attacks="contract")
    assert (warned.passed, warned.failed, warned.exit_code) == (False, False, 0)
    assert found.gate(max_drop=0.1, attacks="contract", on_inconclusive="pass").exit_code == 0
    assert found.gate(max_drop=0.1, attacks="contract", on_inconclusive="fail").exit_code == 4


def test_rules_may_lie_in_a_file(found: Audit, tmp_path: Path) -> None:
    file = tmp_path / "robustaudit.toml"
    file.write_text(
        '[gate]\non_inconclusive = "pass"\n[[gate.rule]]\nattacks = ["qwerty@0.5"]\nmax_drop = 0.01\n'
    )
    assert found.gate(file).failed
    assert found.gate(str(file)).failed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r"gate\(\) needs rules: a file of them, or a threshold such as max_drop=0.05"),
        (
            {"max_drop": 5},
            r"max_drop in gate\(\) must be a share from 0 to 1, such as 0.1 for 10 percentage points, got 5",
        ),
        ({"max_drop": "0.1"}, r"max_drop in gate\(\) must be a number, got '0.1'"),
        ({"max_drop": 0.1, "attacks": "delete"}, r"unknown attack in gate\(\) 'delete'"),
        ({"k": 3}, "must have a measure"),
        ({"rules": "nowhere.toml"}, "'nowhere.toml' does not exist"),
        ({"rules": "nowhere.toml", "max_drop": 0.1}, "rules and max_drop exclude each other"),
        ({"max_drop": 0.1, "on_inconclusive": "warned"}, "got 'warned': did you mean 'warn'?"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_in_one_line(
    found: Audit, arguments: dict, message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        found.gate(**arguments)
    assert "\n" not in str(caught.value)


def test_a_run_can_be_saved_and_opened_and_written_as_a_page(found: Audit, tmp_path: Path) -> None:
    saved = found.save(tmp_path / "kept")
    again = Audit.open(str(saved))
    assert again.result == found.result
    assert list(again.examples()) == list(found.examples())
    with pytest.raises(UserError, match="must be new or empty"):
        found.save(saved)
    page = found.report(tmp_path / "report.html")
    assert page.read_bytes().startswith(b"\n<!doctype html>") or b"<!doctype html>" in page.read_bytes()[:100]
    with pytest.raises(UserError, match="holds no run"):
        Audit.open(tmp_path)


def test_a_disk_that_is_full_is_one_line(
    found: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise shutil.Error([("a", "b", "[Errno 28] No space left on device")])

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(UserError, match=r"folder '.*kept' cannot be written: .*No space left on device"):
        found.save(tmp_path / "kept")


def test_nothing_in_hostile_texts_is_obeyed_or_hidden() -> None:
    def echo(texts):
        return [len(text) % 2 for text in texts]

    hostile = audit(
        {"</div><script>alert(1)</script>\x1b[2J\u202e\n": echo},
        [(text, number % 2) for number, text in enumerate(HOSTILE)],
        attacks=["qwerty@0.5", "zero_width@0.5"],
        trials=8,
    )
    judgement = hostile.gate(max_flip_rate=0.01, on_inconclusive="pass")
    for html in (hostile._repr_html_(), hostile.examples()._repr_html_(), judgement._repr_html_()):
        elements = Elements(html).found
        assert {tag for tag, _ in elements}.isdisjoint({"script", "img", "iframe", "object", "a", "link"})
        assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]
        assert [tag for tag, _ in elements].count("style") == 1
        assert not {"\u202e", "\x1b"} & set(html)
        assert "url(" not in html
    for text in (repr(hostile), repr(judgement), judgement.headline):
        assert not {"\u202e", "\x1b", "\n"} & set(text)


def test_the_view_of_a_notebook_has_the_figures(found: Audit) -> None:
    html = found._repr_html_()
    row = found.result.rows[0]
    assert row.drop is not None
    assert f"{100 * row.drop.value:.1f}" in html
    assert "Model spells" in html
    assert "not applicable to any text" in html
    assert "FAILED: 1 check" in found.gate(max_drop=0.01, attacks="qwerty@0.5")._repr_html_()


def test_what_there_was_to_say_is_in_the_view() -> None:
    frame = pd.DataFrame(TEXTS, columns=["review", "label"])
    noted = audit(spells, frame, attacks="qwerty", trials=5)
    assert "reading texts from column &#39;review&#39;" in noted._repr_html_()
