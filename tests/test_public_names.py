"""The names that users import: few, typed, and changed on purpose alone."""

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import robustaudit

NAMES = [
    "Audit",
    "AuditRequest",
    "Diff",
    "Hardened",
    "Repair",
    "SearchOutcome",
    "UserError",
    "Verification",
    "audit",
    "augment",
    "compose",
    "defended",
    "diff",
    "export_defence",
    "harden",
    "load_model",
    "perturb",
    "repair",
    "search",
    "verify",
]

PARAMETERS = {
    "audit": [
        "models",
        "data",
        "*attacks",
        "*trials",
        "*examples",
        "*seed",
        "*rate",
        "*severities",
        "*until_decided",
        "*max_drop",
        "*alpha",
        "*text_column",
        "*label_column",
        "*id_column",
        "*group_column",
        "*label_map",
        "*max_examples",
        "*on_bad_row",
        "*data_format",
        "*encoding",
        "*delimiter",
        "*no_quotes",
        "*escaped",
        "*columns",
        "*records",
        "*max_data_mb",
        "*slices",
        "*include_seen",
        "*baseline_model",
        "*segmentation",
        "*batch_size",
        "*jobs",
        "*executor",
        "*address",
        "*actor_cpus",
        "*actor_gpus",
        "*on_error",
        "*time_limit",
        "*load_limit",
        "*exact",
        "*minimal",
        "*max_calls",
        "*trust",
        "*trust_pickle",
        "*models_dir",
        "*offline",
        "*output",
        "*shards",
        "*progress",
    ],
    "augment": [
        "data",
        "attacks",
        "*copies",
        "*share",
        "*seed",
        "*rate",
        "*severities",
        "*segmentation",
        "*originals",
        "*keep_repeats",
        "*split",
        "*text_column",
        "*label_column",
        "*id_column",
        "*group_column",
        "*label_map",
        "*max_examples",
        "*on_bad_row",
        "*data_format",
        "*encoding",
        "*delimiter",
        "*no_quotes",
        "*escaped",
        "*columns",
        "*records",
        "*max_data_mb",
        "*slices",
        "*offline",
    ],
    "compose": ["expression", "*rate"],
    "export_defence": ["defences", "*output", "*force"],
    "harden": [
        "model",
        "data",
        "*attacks",
        "*output",
        "*hold_out",
        "*preset",
        "*epochs",
        "*share",
        "*max_clean_loss",
        "*rate",
        "*severities",
        "*seed",
        "*segmentation",
        "*text_column",
        "*label_column",
        "*id_column",
        "*group_column",
        "*label_map",
        "*max_examples",
        "*on_bad_row",
        "*data_format",
        "*encoding",
        "*delimiter",
        "*no_quotes",
        "*escaped",
        "*columns",
        "*records",
        "*max_data_mb",
        "*device",
        "*precision",
        "*trust",
        "*trust_pickle",
        "*load_limit",
        "*models_dir",
        "*offline",
        "*progress",
    ],
    "load_model": ["name", "*models_dir", "*trust", "*trust_pickle", "*max_calls", "*offline"],
    "perturb": ["texts", "attack", "*draws", "*rate", "*seed", "*segmentation"],
    "repair": [
        "run",
        "data",
        "*model",
        "*defences",
        "*hold_out",
        "*hardened",
        "*examples",
        "*max_clean_cost",
        "*worst_case",
        "*worst_examples",
        "*budget",
        "*batch_size",
        "*jobs",
        "*on_error",
        "*time_limit",
        "*load_limit",
        "*max_calls",
        "*trust",
        "*trust_pickle",
        "*trust_models",
        "*models_dir",
        "*offline",
        "*output",
        "*progress",
    ],
}

RESULT = [
    "as_filter",
    "attacks",
    "examples",
    "findings",
    "folder",
    "gate",
    "models",
    "open",
    "plot",
    "report",
    "save",
    "table",
    "to_pandas",
]


def parameters(name: str) -> list[str]:
    found = inspect.signature(getattr(robustaudit, name)).parameters.values()
    return ["*" * (each.kind is each.KEYWORD_ONLY) + each.name for each in found]


def test_the_public_names_are_these() -> None:
    assert robustaudit.__all__ == NAMES
    assert set(NAMES) <= set(dir(robustaudit))
    namespace: dict[str, Any] = {}
    exec("from robustaudit import *", namespace)
    assert set(NAMES) == set(namespace) - {"__builtins__"}


def test_the_reference_has_all_of_them_and_no_name_that_is_not_there() -> None:
    reference = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\.\. auto\w+:: (.+)\.(\w+)$", reference, re.MULTILINE)
    assert {name for home, name in documented if home == "robustaudit"} == set(NAMES)
    for home, name in documented:
        assert hasattr(import_module(home), name), f"{home}.{name}"


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_these_by_keyword_but_for_the_first(name: str) -> None:
    assert parameters(name) == PARAMETERS[name]


def test_a_result_has_these_and_no_more() -> None:
    assert [name for name in vars(robustaudit.Audit) if not name.startswith("_")] == sorted(
        RESULT, key=list(vars(robustaudit.Audit)).index
    )


@pytest.mark.parametrize("name", PARAMETERS)
def test_all_of_it_is_typed(name: str) -> None:
    function = getattr(robustaudit, name)
    assert set(get_type_hints(function)) >= set(inspect.signature(function).parameters) | {"return"}


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'audits'"):
        _ = robustaudit.audits  # type: ignore[attr-defined]


def test_importing_the_package_imports_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import robustaudit; "
        "print(sorted(set(sys.modules) - before - {'robustaudit'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
