"""All commands, under one name, with examples of their use."""

from collections.abc import Callable

import typer

from robustaudit.cli.augment import augment
from robustaudit.cli.compose import compose
from robustaudit.cli.data import data
from robustaudit.cli.finished import check, compare, history, replay, report
from robustaudit.cli.gate import baseline, gate, init
from robustaudit.cli.listing import list_
from robustaudit.cli.models import models
from robustaudit.cli.plan import plan
from robustaudit.cli.run import run
from robustaudit.cli.train import train
from robustaudit.cli.trust import trust
from robustaudit.core.version import __version__

app = typer.Typer(
    help="How much worse does a text classifier get when people type the way people type?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_AUDITS, _GATES, _MODELS = "Audits", "Gates", "Models and data"
_COMMANDS: tuple[tuple[str, str, Callable[..., None], tuple[str, ...]], ...] = (
    (
        "run",
        _AUDITS,
        run,
        (
            "run --models hf:my_model --data my.csv",
            "run --models 4,tfidf --attack qwerty --attack 'homoglyph,qwerty' --trials 500",
            'run --text "I loved the food!" --label 1',
            "run --until-decided --max-drop 0.05",
        ),
    ),
    (
        "report",
        _AUDITS,
        report,
        ("report --open", "report reports/tiny-0123456789ab --format html,csv --plots"),
    ),
    ("compare", _AUDITS, compare, ("compare reports/tiny-0123456789ab --models 1,4",)),
    ("history", _AUDITS, history, ()),
    ("replay", _AUDITS, replay, ("replay reports/tiny-0123456789ab 17 --model 4 --attack qwerty",)),
    ("check", _AUDITS, check, ()),
    (
        "plan",
        _AUDITS,
        plan,
        ("plan --max-drop 0.05 --pilot reports/tiny-0123456789ab",),
    ),
    ("gate", _GATES, gate, ("gate reports/tiny-0123456789ab --junit gate.xml", "run --gate")),
    ("init", _GATES, init, ("init reports/tiny-0123456789ab",)),
    ("compose", _MODELS, compose, ("compose 'homoglyph,qwerty'", "compose '2*qwerty+delete' --data my.csv")),
    (
        "augment",
        _MODELS,
        augment,
        ("augment my.csv --attack 'qwerty|delete' --share 0.5 -o train.csv",),
    ),
    ("train", _MODELS, train, ("train --models 2 --output my_models --set lstm.model.dropout=0.5",)),
    ("trust", _MODELS, trust, ("trust my_project", "trust --list")),
)
for _name, _panel, _command, _examples in _COMMANDS:
    _lines = ["Examples:", *(f"robustaudit {each}" for each in _examples)] if _examples else []
    app.command(_name, rich_help_panel=_panel, epilog="\n\n".join(_lines))(_command)
app.add_typer(baseline, name="baseline", rich_help_panel=_GATES)
app.add_typer(models, name="models", rich_help_panel=_MODELS)
app.add_typer(list_, name="list", rich_help_panel=_MODELS)
app.add_typer(data, name="data", rich_help_panel=_MODELS)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"robustaudit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """How much worse does a text classifier get when people type the way people type?"""
