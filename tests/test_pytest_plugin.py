"""The plug-in as its user meets it: in a session of pytest of its own, within the process of this one."""

import subprocess
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from robustaudit.core.errors import UserError
from robustaudit.pytest_plugin import InconclusiveWarning, assert_robust

DATA = [
    (f"it was a {'good' if label else 'bad'} day, number {i}", label) for i in range(60) for label in (0, 1)
]

# The environment may hold a robustaudit from before the plug-in had its entry point.
PLUGIN = () if entry_points(group="pytest11", name="robustaudit") else ("-p", "robustaudit.pytest_plugin")

CONFIG = """\
[run]
data = "tiny"
models = ["1"]
attacks = ["qwerty", "contract"]
trials = 60

[gate]
max_drop = 0.9
on_inconclusive = "warn"

[[gate.rule]]
attacks = ["qwerty"]
max_flip_rate = 0.01
min_accuracy = 0.75
"""


def spells(texts: Sequence[str]) -> list[int]:
    """Right on every clean text, and lost without the one word."""
    return [int("good" in text) for text in texts]


class Steady:
    """As right on perturbed texts as on clean ones, with probabilities and names of its own."""

    labels = ("negative", "positive")

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.tile([0.1, 0.9], (len(texts), 1))


@pytest.fixture(scope="module", autouse=True)
def _libraries_are_loaded() -> None:
    """What is first loaded in a session of pytester's is forgotten with it, and loading torch twice fails."""
    assert_robust("1", "tiny", "qwerty", max_drop=0.9, trials=40)


def test_a_fragile_classifier_fails_with_its_figures_and_three_examples() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_robust(spells, DATA, "qwerty", max_drop=0.02, trials=120)
    figures, rule, *examples = str(caught.value).splitlines()
    assert figures.startswith("model spells, qwerty: drop ")
    assert "above the threshold of 2 pp" in figures
    assert "[" in figures
    assert rule == "max_drop = 0.02, over 120 changed examples"
    assert sum("predicted 1 → 0" in line for line in examples) == 3
    assert any("→" in line for line in examples)


def test_a_steady_classifier_passes() -> None:
    assert_robust(Steady(), DATA, "qwerty", max_drop=0.05, trials=120, on_inconclusive="fail")


def test_a_model_that_ships_and_data_by_name() -> None:
    assert_robust("1", "tiny", "qwerty", max_drop=0.9, trials=40)


def test_what_is_not_decided_is_a_warning_or_as_asked() -> None:
    with pytest.warns(InconclusiveWarning, match="more trials would decide"):
        assert_robust("1", "tiny", "qwerty", max_drop=0.05, trials=60)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_robust("1", "tiny", "qwerty", max_drop=0.05, trials=60, on_inconclusive="pass")
    with pytest.raises(AssertionError, match="the confidence interval contains"):
        assert_robust("1", "tiny", "qwerty", max_drop=0.05, trials=60, on_inconclusive="fail")


def test_the_same_seed_says_the_same() -> None:
    said: list[Any] = []
    for _ in range(2):
        with pytest.raises(AssertionError) as caught:
            assert_robust(spells, DATA, "qwerty", max_drop=0.02, trials=60, seed=3)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_one_call_holds_several_attacks_to_several_rules_and_takes_the_options_of_audit() -> None:
    rows = [{"review": text, "stars": "good" if label else "bad"} for text, label in DATA]
    reading = {"text_column": "review", "label_column": "stars", "label_map": {"bad": 0, "good": 1}}
    with pytest.raises(AssertionError) as caught:
        assert_robust(
            spells, rows, ["qwerty", "delete"], max_drop=0.02, max_flip_rate=0.9, trials=120, **reading
        )
    broken = [text.splitlines()[0] for text in str(caught.value).split("\n\nmodel ")]
    assert [line.split(": ")[0].removeprefix("model ") for line in broken] == [
        "spells, qwerty",
        "spells, delete",
    ]
    assert all("above the threshold of 2 pp" in line for line in broken)


def test_a_file_of_rules_will_do_and_a_run_with_a_folder_can_be_replayed(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[gate]\nmax_drop = 0.02\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=f"robustaudit replay {tmp_path / 'run'} "):
        assert_robust(
            spells, DATA, "qwerty", rules=tmp_path / "mine.toml", trials=120, output=tmp_path / "run"
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"^assert_robust\(\) needs rules: a file of them, or a threshold such as max_drop=0.05$"),
        ({"max_drop": 5}, r"^max_drop in assert_robust\(\) must be a share from 0 to 1"),
        ({"max_drop": 0.1, "trails": 9}, "^unknown field 'trails': did you mean 'trials'"),
        ({"max_drop": 0.1, "until_decided": True}, "^until_decided is not for assert_robust"),
    ],
)
def test_rules_and_options_are_checked_before_a_model_is_queried(
    options: dict[str, Any], message: str
) -> None:
    def unqueried(_: list[str]) -> list[int]:
        raise AssertionError

    with pytest.raises(UserError, match=message):
        assert_robust(unqueried, DATA, "qwerty", **options)


@pytest.mark.parametrize(
    ("classifier", "data", "message"),
    [
        (3, DATA, "model must be a name, a function, or have a method `predict`"),
        (spells, ["no label"], "row 1: must be a text with its label"),
        (spells, [("a", 0.5)], "row 1, column 'label'"),
        (spells, [("a\ud800", 1)], "lone surrogate"),
        (spells, [], "no examples"),
        ("no such model", DATA, "unknown model"),
    ],
)
def test_wrong_use_is_said_in_one_line(
    classifier: object, data: list[tuple[str, float]], message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        assert_robust(classifier, data, "qwerty", max_drop=0.1)
    assert "\n" not in str(caught.value)


def test_each_rule_of_a_gate_is_a_test(pytester: pytest.Pytester) -> None:
    path = pytester.makefile(".toml", gate=CONFIG)
    done = pytester.runpytest_inprocess(*PLUGIN, "--robustaudit-gate", path.name, "-rs", "-v")
    outcomes = done.parseoutcomes()
    assert (outcomes["failed"], outcomes["passed"] + outcomes.get("skipped", 0)) == (1, 2)
    done.stdout.fnmatch_lines(
        [
            "gate.toml::1 max_drop PASSED *",
            "gate.toml::3 max_flip_rate (attacks qwerty) FAILED *",
            "model 1, qwerty: flip rate * above the threshold of 1%",
            "robustaudit replay reports/tiny-* --model 1 --attack qwerty",
        ]
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [("[gate]\nmax_drp = 0.1", "*did you mean 'max_drop'?*"), ("[run]\nseed = 1", "*has no *gate*")],
)
def test_a_gate_that_cannot_be_read_is_an_error_in_one_line(
    config: str, message: str, pytester: pytest.Pytester
) -> None:
    path = pytester.makefile(".toml", gate=config)
    done = pytester.runpytest_inprocess(*PLUGIN, "--robustaudit-gate", path.name)
    assert done.parseoutcomes() == {"errors": 1}
    done.stdout.fnmatch_lines([message])
    done.stdout.no_fnmatch_line("*Traceback*")


def test_an_audit_that_cannot_run_is_an_error_and_no_failure(pytester: pytest.Pytester) -> None:
    path = pytester.makefile(
        ".toml", gate='[run]\nmodels = "1"\ndata = "nowhere.csv"\n[gate]\nmax_drop = 0.1\n'
    )
    done = pytester.runpytest_inprocess(*PLUGIN, "--robustaudit-gate", path.name)
    assert done.parseoutcomes() == {"errors": 1}
    done.stdout.fnmatch_lines(["*nowhere.csv*"])


def test_an_audit_that_fails_is_run_once_for_all_rules(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        leaving="def predict(texts):\n"
        "    with open('asked', 'a') as asked:\n        asked.write('.')\n    raise SystemExit(0)\n"
    )
    config = (
        '[run]\ndata = "tiny"\nmodels = ["py:leaving:predict?labels=0,1"]\ntrials = 2\nattacks = ["qwerty"]\n'
    )
    path = pytester.makefile(".toml", gate=f"{config}[gate]\nmax_drop = 0.1\nmin_accuracy = 0.5\n")
    done = pytester.runpytest_inprocess(*PLUGIN, "--robustaudit-gate", path.name)
    assert done.parseoutcomes() == {"errors": 2}
    once = Path("asked").read_text()
    pytester.runpytest_inprocess(*PLUGIN, "--robustaudit-gate", path.name, "-k", "max_drop")
    assert Path("asked").read_text() == 2 * once


def test_a_gate_that_is_not_there_is_wrong_use(pytester: pytest.Pytester) -> None:
    done = pytester.runpytest_inprocess(*PLUGIN, "--robustaudit-gate", "none.toml")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*none.toml' does not exist*"])


def test_a_session_that_does_not_use_it_loads_nothing_for_it(tmp_path: Path) -> None:
    """pytest imports every plug-in that is installed: this one must cost it nothing."""
    heavy = (
        "robustaudit.engine",
        "robustaudit.core.records",
        "robustaudit.api",
        "numpy",
        "pyarrow",
        "torch",
        "scipy",
        "typer",
        "rich.console",
    )
    code = (
        "import sys, pytest; before = set(sys.modules); import robustaudit.pytest_plugin; "
        f"print(sorted((set(sys.modules) - before) & set({heavy!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "[]"
