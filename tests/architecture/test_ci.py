"""The action and the examples of docs/ci.md, held against their schemas; the action's script, run."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[2]
ACTION = REPOSITORY / "action.yml"
DOCS = REPOSITORY / "docs" / "ci.md"


def check(schema: str, path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def action() -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(ACTION)
    return content


def test_the_action_is_as_its_schema_says() -> None:
    check("github-actions", ACTION)


@pytest.mark.parametrize(("begins", "schema"), [("name:", "github-workflows"), ("robustness:", "gitlab-ci")])
def test_the_examples_are_as_their_schemas_say(begins: str, schema: str, tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", DOCS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (block,) = (block for block in blocks if block.startswith(begins))
    path = tmp_path / "example.yml"
    path.write_text(block, encoding="utf-8")
    check(schema, path)


def test_every_input_is_documented_and_used() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", ACTION.read_text(encoding="utf-8")))
    documented = set(
        re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| `.*?\|", DOCS.read_text("utf-8"), re.MULTILINE)))
    )
    assert set(action()["inputs"]) == used
    assert used <= documented


def test_no_input_is_written_into_a_script() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step["run"]


@pytest.mark.parametrize(
    ("inputs", "said", "code"),
    [
        ({}, "run --gate --trust-models", 0),
        (
            {"ARGUMENTS": "--models 1 --quiet", "CONFIG": "my gate.toml"},
            "run --gate --trust-models --models 1 --quiet --config my gate.toml",
            0,
        ),
        (
            {"ARGUMENTS": "--models 1\n--trials 50  --brief\n"},
            "run --gate --trust-models --models 1 --trials 50 --brief",
            0,
        ),
        (
            {"RUN": "reports/a b", "JUNIT": "j.xml", "SARIF": "s.sarif"},
            "gate reports/a b --junit j.xml --sarif s.sarif",
            1,
        ),
        ({"RUN": "$(touch bad); `touch bad`"}, "gate $(touch bad); `touch bad`", 4),
    ],
)
def test_the_script_leaves_with_what_the_gate_says(
    inputs: dict[str, str], said: str, code: int, tmp_path: Path
) -> None:
    command = tmp_path / "bin" / "robustaudit"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\nexit {code}\n')
    command.chmod(0o755)
    empty = dict.fromkeys(("CONFIG", "RUN", "ARGUMENTS", "JUNIT", "SARIF"), "")
    (gate,) = (step for step in action()["runs"]["steps"] if step.get("id") == "gate")
    assert set(gate["env"]) == set(empty)
    environment = {
        **os.environ,
        **empty,
        **inputs,
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    # As the runner starts `shell: bash`.
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", gate["run"]]
    done = subprocess.run(shell, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, "")
    assert (tmp_path / "said").read_text().strip() == said
    assert (tmp_path / "output").read_text() == f"exit-code={code}\n"
    assert not (tmp_path / "bad").exists()
