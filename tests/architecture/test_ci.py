"""What GitHub and GitLab read is as their schemas say; the action and the check of a release are run."""

import os
import re
import subprocess
import sys
import textwrap
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


def test_the_examples_use_inputs_and_outputs_that_there_are() -> None:
    text = DOCS.read_text(encoding="utf-8")
    blocks = [
        textwrap.dedent(block)
        for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    ]
    lists = [YAML(typ="safe").load(block) for block in blocks if "OWNER/robustaudit@" in block]
    assert len(lists) == 3
    given = {
        name
        for read in lists
        for each in (read if isinstance(read, list) else read.get("steps") or read["jobs"]["gate"]["steps"])
        if each["uses"].startswith("OWNER/robustaudit@")
        for name in each["with"]
    }
    assert {"extras", "gate", "comment-token"} <= given <= set(action()["inputs"])
    assert set(re.findall(r"outputs\.([\w-]+)", text)) <= set(action()["outputs"])


def test_no_input_is_written_into_a_script_and_actions_of_others_are_pinned() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step.get("uses", f"none@{0:040}"))


def step(name: str) -> dict[str, Any]:
    (found,) = (step for step in action()["runs"]["steps"] if step["name"] == name)
    made: dict[str, Any] = found
    return made


def in_bash(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the runner starts `shell: bash`; programs of the folder `bin` are found first."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def program(folder: Path, name: str, script: str) -> None:
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin" / name).chmod(0o755)


@pytest.mark.parametrize(
    ("inputs", "said", "index"),
    [
        ({"EXTRAS": "models,hf"}, "the action[models,hf]", True),
        ({"EXTRAS": "hf", "TORCH": "cuda"}, "the action[hf]", False),
        ({"EXTRAS": "models", "RUNNER_OS": "macOS"}, "the action[models]", False),
        (
            {"EXTRAS": "sklearn", "PACKAGES": "-r requirements.txt\nnltk"},
            "the action[sklearn] -r requirements.txt nltk",
            False,
        ),
        ({"PACKAGES": "$(touch bad)"}, "the action $(touch bad)", False),
    ],
)
def test_what_is_asked_for_is_installed_and_no_gigabytes_of_cuda(
    inputs: dict[str, str], said: str, index: bool, tmp_path: Path
) -> None:
    program(
        tmp_path, "python", f'echo "$@" > {tmp_path}/said; echo "$PIP_EXTRA_INDEX_URL" >> {tmp_path}/said'
    )
    install = step("Install robustaudit")
    usual = {"PACKAGE": "the action", "EXTRAS": "", "PACKAGES": "", "TORCH": "cpu", "RUNNER_OS": "Linux"}
    assert set(install["env"]) == set(usual) - {"RUNNER_OS"}
    done = in_bash(install["run"], tmp_path, **{**usual, "PIP_EXTRA_INDEX_URL": "https://mine", **inputs})
    assert (done.returncode, done.stderr) == (0, "")
    torch = "https://download.pytorch.org/whl/cpu " * index
    assert (tmp_path / "said").read_text().splitlines() == [
        f"-m pip install --quiet {said}",
        f"{torch}https://mine",
    ]
    assert not (tmp_path / "bad").exists()


def test_what_is_cached_depends_on_what_is_installed(tmp_path: Path) -> None:
    def key(**inputs: str) -> str:
        output = tmp_path / "output"
        output.write_text("")
        usual = {
            "EXTRAS": "models",
            "PACKAGES": "",
            "TORCH": "cpu",
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
        }
        there = {"PACKAGE": str(REPOSITORY), "GITHUB_OUTPUT": str(output)}
        assert (
            in_bash(step("What is cached")["run"], tmp_path, **{**usual, **there, **inputs}).returncode == 0
        )
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        assert re.fullmatch(r"robustaudit-Linux-X64-[0-9a-f]{40}", outputs["key"])  # a comma is not allowed
        assert Path(outputs["packages"]).is_absolute()
        return outputs["key"]

    keys = [key(), key(EXTRAS="models,hf"), key(PACKAGES="nltk"), key(TORCH="cuda")]
    assert len(set(keys)) == len(keys)
    assert key() == keys[0]


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
        ({"GATE": "false", "ARGUMENTS": "--models 1"}, "run --trust-models --models 1", 0),
    ],
)
def test_the_script_leaves_with_what_the_gate_says(
    inputs: dict[str, str], said: str, code: int, tmp_path: Path
) -> None:
    told = 'echo "verdict" >> "$GITHUB_STEP_SUMMARY"; echo "run=a" >> "$GITHUB_OUTPUT"'
    program(tmp_path, "robustaudit", f'echo "$@" > {tmp_path}/said\n{told}\nexit {code}')
    usual = {**dict.fromkeys(("CONFIG", "RUN", "ARGUMENTS", "JUNIT", "SARIF"), ""), "GATE": "true"}
    gate = step("Gate")
    assert gate["id"] == "gate"
    assert set(gate["env"]) == set(usual)
    (tmp_path / "summary").write_text("# Before\n")
    files = {
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "RUNNER_TEMP": str(tmp_path),
    }
    done = in_bash(gate["run"], tmp_path, **{**usual, **inputs, **files})
    assert (done.returncode, done.stderr) == (code, "")
    assert (tmp_path / "said").read_text().strip() == said
    assert (tmp_path / "output").read_text() == f"run=a\nexit-code={code}\n"
    assert (tmp_path / "summary").read_text() == "# Before\nverdict\n"
    assert (tmp_path / "robustaudit-summary.md").read_text() == "verdict\n"
    assert not (tmp_path / "bad").exists()
