import io
import json

import pytest
from rich.console import Console
from rich.text import Text

from robustaudit.cli import console

Captured = pytest.CaptureFixture[str]


def test_a_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = io.StringIO()
    made = Console(file=drawn, force_terminal=True, color_system="standard")
    monkeypatch.setattr(console, "console", lambda: made)
    console.show(Text("fine", style="red"))
    assert "\x1b[31mfine" in drawn.getvalue()


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert console.console().no_color


@pytest.mark.parametrize(("columns", "width"), [(None, 100), ("80", 80), ("160", 160)])
def test_a_pipe_is_as_wide_as_it_is_told(
    columns: str | None, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    assert console.console().width == width


def test_a_message_cannot_write_to_the_terminal_what_a_text_holds(capsys: Captured) -> None:
    console.say("model failed on '\x1b[2J\u202e'\nand more")
    assert capsys.readouterr().err == "model failed on '<U+001B>[2J<U+202E>'\nand more\n"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_json_is_json_in_any_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr("sys.stdout", stream)
    console.show_json({"text": "café \U0001f600"})
    stream.flush()
    text = written.getvalue().decode(encoding)
    assert json.loads(text) == {"text": "café \U0001f600"}
    assert ("é" in text) == (encoding == "utf-8")
