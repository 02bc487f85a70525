"""What GitHub and GitLab read is as their schemas say; the action and the check of a release are run."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import check_jsonschema
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from robustaudit import __version__

REPOSITORY = Path(__file__).parents[2]
ACTION = REPOSITORY / "action.yml"
DOCS = REPOSITORY / "docs" / "ci.md"


def check(schema: str, *paths: Path) -> None:
    arguments = ["--builtin-schema", f"vendor.{schema}", *map(str, paths)]
    done = CliRunner().invoke(check_jsonschema.main, arguments)
    assert done.exit_code == 0, done.output


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


@pytest.mark.parametrize(
    ("pattern", "schema", "count"),
    [
        ("workflows/*.yml", "github-workflows", 2),
        ("ISSUE_TEMPLATE/[!c]*.yml", "github-issue-forms", 3),
        ("ISSUE_TEMPLATE/config.yml", "github-issue-config", 1),
        ("dependabot.yml", "dependabot", 1),
    ],
)
def test_what_github_reads_is_as_its_schemas_say(pattern: str, schema: str, count: int) -> None:
    paths = sorted((REPOSITORY / ".github").glob(pattern))
    assert len(paths) == count
    check(schema, *paths)


def test_actions_of_others_are_pinned_to_commits_and_jobs_may_read_alone_unless_they_say_so() -> None:
    for path in (REPOSITORY / ".github" / "workflows").glob("*.yml"):
        workflow = YAML(typ="safe").load(path)
        assert workflow["permissions"] == {"contents": "read"}
        for step in (step for job in workflow["jobs"].values() for step in job.get("steps", ())):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step.get("uses", f"none@{0:040}"))
            assert "${{" not in step.get("run", "")


def check_release(*arguments: str) -> tuple[int, list[str]]:
    command = [sys.executable, "scripts/check-release", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def test_version_changelog_and_addresses_agree() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    repository = project["urls"]["Source"].removeprefix("https://github.com/")
    assert check_release(f"v{__version__}", repository) == (0, [])
    code, lines = check_release("v99.1", "somebody/robustaudit")
    assert code == 1
    assert lines[0] == f"the tag is v99.1, the version of the package {__version__}"
    assert f"pyproject.toml names the repository {repository}, this one is somebody/robustaudit" in lines
    assert f"docs/ci.md pins the action to v{__version__}, not to v99.1" in lines


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_to_files_and_headings_that_are_there() -> None:
    for path in [*REPOSITORY.glob("*.md"), *DOCS.parent.glob("*.md")]:
        for link, heading in re.findall(
            r"\]\(([^)#\s:]+)(?:#([^)\s]*))?\)", path.read_text(encoding="utf-8")
        ):
            target = path.parent / link
            assert target.exists(), f"{path.name}: {link}"
            assert not heading or heading in anchors(target), f"{path.name}: {link}#{heading}"


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
