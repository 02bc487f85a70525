"""The comment that the action posts on a pull request, with a GitHub that remembers comments."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "comment-on-pull-request"


class GitHub(ThreadingHTTPServer):
    """The comments of pull request 7 of me/mine; `user` is who the token belongs to, none of a workflow."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.comments: list[dict[str, Any]] = []
        self.user: str | None = None
        self.refused = False

    def add(self, body: str, login: str) -> dict[str, Any]:
        number = len(self.comments) + 100
        self.comments.append(
            {"id": number, "body": body, "user": {"login": login}, "html_url": f"https://here/{number}"}
        )
        return self.comments[-1]


class Call(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        if self.path == "/user":
            user = self.server.user
            self.reply({"login": user} if user else {}, status=200 if user else 403)
        else:
            path, _, query = self.path.partition("?")
            assert path == "/repos/me/mine/issues/7/comments"
            page = int(query.rpartition("page=")[2])
            self.reply(self.server.comments[100 * (page - 1) : 100 * page])

    def do_POST(self) -> None:
        assert self.path == "/repos/me/mine/issues/7/comments"
        body = self.body()
        self.reply(self.server.add(body, self.server.user or "github-actions[bot]"), status=201)

    def do_PATCH(self) -> None:
        (found,) = (each for each in self.server.comments if self.path.endswith(f"/comments/{each['id']}"))
        found["body"] = self.body()
        self.reply(found)

    def body(self) -> str:
        body: str = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        return body

    def reply(self, content: object, *, status: int = 200) -> None:
        assert self.headers["Authorization"] == "Bearer secret"
        status = 403 if self.server.refused else status
        raw = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def comment(
    github: GitHub,
    folder: Path,
    verdict: str,
    *,
    title: str = "robustaudit",
    code: int = 0,
    event: str = "",
    without: str = "",
) -> str:
    """Post a verdict, with one variable of the environment left out; what the script says."""
    (folder / "summary.md").write_text(verdict, encoding="utf-8")
    (folder / "event.json").write_text(event or '{"pull_request": {"number": 7}}')
    environment = {
        "GITHUB_API_URL": f"http://127.0.0.1:{github.server_port}",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_REPOSITORY": "me/mine",
        "GITHUB_TOKEN": "secret",
    }
    environment.pop(without, None)
    done = subprocess.run(
        [sys.executable, SCRIPT, title, folder / "summary.md", str(code)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "secret" not in done.stdout
    return done.stdout


def test_each_title_has_one_comment_that_is_updated(github: GitHub, tmp_path: Path) -> None:
    for number in range(150):  # more than one page
        github.add(f"talk {number}", "somebody")
    assert comment(github, tmp_path, "## FAILED\n", code=1) == "posted https://here/250\n"
    assert comment(github, tmp_path, "## passed\n", title="other @gate") == "posted https://here/251\n"
    assert comment(github, tmp_path, "## PASSED\n") == "updated https://here/250\n"
    first, second = (each["body"] for each in github.comments[150:])
    assert first.split("\n", 1)[1] == "# `robustaudit`\n\n## PASSED\n"
    assert second.split("\n", 1)[1] == "# `other @gate`\n\n## passed\n"


def test_the_comment_of_somebody_else_is_left_as_it_is(github: GitHub, tmp_path: Path) -> None:
    comment(github, tmp_path, "## FAILED\n")
    copied = github.comments[0]["body"]
    github.comments[0]["user"]["login"] = "somebody"
    comment(github, tmp_path, "## PASSED\n")
    github.user = "me"
    comment(github, tmp_path, "## PASSED\n")
    assert github.comments[0]["body"] == copied
    assert [each["user"]["login"] for each in github.comments] == ["somebody", "github-actions[bot]", "me"]


def test_a_gate_that_did_not_run_says_so_and_a_run_without_one_posts_nothing(
    github: GitHub, tmp_path: Path
) -> None:
    assert comment(github, tmp_path, "", code=0) == ""
    comment(github, tmp_path, "", code=2)
    (only,) = github.comments
    assert only["body"].endswith("No verdict: robustaudit ended with exit code 2; its log says why.\n")


def test_a_long_verdict_is_cut_to_what_github_accepts(github: GitHub, tmp_path: Path) -> None:
    comment(github, tmp_path, "- a line\n" * 20_000)
    assert 60_000 < len(github.comments[0]["body"]) <= 65_536
    assert github.comments[0]["body"].endswith("*The rest was cut: it is longer than GitHub shows.*\n")


def test_a_comment_whose_author_is_gone_is_passed_over(github: GitHub, tmp_path: Path) -> None:
    comment(github, tmp_path, "## FAILED\n")
    github.comments[0]["user"] = None
    assert comment(github, tmp_path, "## PASSED\n").startswith("posted ")


@pytest.mark.parametrize("name", ["GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "GITHUB_TOKEN"])
def test_a_variable_that_is_not_set_is_a_warning(
    name: str, github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name, raising=False)
    said = comment(github, tmp_path, "x", without=name)
    assert said == f"::warning title=No comment::the variable {name} is not set\n"


def test_what_cannot_be_posted_is_a_warning_and_no_failure(github: GitHub, tmp_path: Path) -> None:
    for event in ('{"push": {}}', '{"pull_request": null}'):
        assert comment(github, tmp_path, "x", event=event).startswith("no comment: this workflow")
    assert comment(github, tmp_path, "x", event="[]").startswith("::warning title=No comment::the event or ")
    github.refused = True
    said = comment(github, tmp_path, "x")
    assert said.startswith("::warning title=No comment::GitHub answers 403 Forbidden: the token needs the ")
    assert said.count("\n") == 1
