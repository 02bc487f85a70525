"""`robustaudit learn-errors`, as a user types it."""

import json
from pathlib import Path

import pytest

from refusals import refusal
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.txt", "# a list\nteh->the\nrecieve->receive\nabotu->about, a bout\n"),
        ("list.txt", "teh||the\nrecieve||receive\n"),
        ("list.tsv", "teh\tthe\nrecieve\treceive\n"),
        ("list.csv", "wrong,right\nteh,the\nrecieve,receive\n"),
        ("sentences.csv", '"Did you recieve, teh mail?","Did you receive, the mail?"\n'),
    ],
)
def test_misspellings_become_an_attack_that_an_audit_takes(
    name: str, content: str, empty_folder: Path, capsys: Captured
) -> None:
    (empty_folder / name).write_text(content)

    assert run(["learn-errors", name, "--output", "mine.toml", "--json"]) == 0
    attack = json.loads(capsys.readouterr().out)["attack"]
    assert run(["compose", attack, "--text", "the", "--examples", "1"]) == 0
    assert "teh" in capsys.readouterr().out or "sentences" in name


def test_the_report_names_kinds_places_source_and_attack(empty_folder: Path, capsys: Captured) -> None:
    (empty_folder / "list.txt").write_text("untill->until\nteh->the\nfone->phone\n")

    named = ["--source", "my\x1bmail", "--licence", "MIT"]
    assert run(["learn-errors", "list.txt", "-o", "mine.toml", *named]) == 0
    printed = capsys.readouterr().out
    assert "transpose" in printed
    assert "double" in printed
    assert "Left out are 1 others" in printed
    assert "Licence: MIT" in printed
    assert "\x1b" not in printed
    assert 'human(channel="mine.toml", checksum=' in printed


def test_a_list_without_misspellings_is_refused(empty_folder: Path, capsys: Captured) -> None:
    (empty_folder / "list.txt").write_text("no pairs here\n")

    command = ["learn-errors", "list.txt", "--output"]
    assert "no misspelling that is one edit away" in refusal(capsys, *command, "mine.toml")
    assert "must end in .toml" in refusal(capsys, *command, "mine.json")
