"""`robustaudit models describe`, as a user types it."""

import json

import pytest
import typer

from robustaudit.cli.models import describe


@pytest.fixture
def typed():
    app = typer.Typer()
    app.command()(describe)
    return lambda *arguments: app(args=list(arguments), standalone_mode=False)


def test_a_network_is_shown_module_by_module(typed, capsys):
    typed("4")

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["attention", "MultiHeadAttention", "263,168", "263,168", "0"] in lines
    assert ["query", "Linear", "65,792", "65,792", "0"] in lines
    assert lines[-1] == ["total", "EncoderDecoder", "4,632,578", "725,762", "3,906,816"]


def test_other_numbers_make_another_network(typed, capsys):
    typed("4", "--set", "lstm.model.num_heads=1", "--set", "lstm.model.head_size=256", "--json")

    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["attention"]["trained"] == 4 * 256**2 + 4 * 256
