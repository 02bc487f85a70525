"""All commands, under one name."""

import typer

import robustaudit
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

app = typer.Typer(
    help="How much worse does a text classifier get when people type the way people type?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run)
app.command("gate")(gate)
app.command("init")(init)
app.command("compare")(compare)
app.command("history")(history)
app.command("plan")(plan)
app.command("compose")(compose)
app.command("check")(check)
app.command("replay")(replay)
app.command("report")(report)
app.command("train")(train)
app.command("trust")(trust)
app.add_typer(baseline, name="baseline")
app.add_typer(models, name="models")
app.add_typer(list_, name="list")
app.add_typer(data, name="data")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"robustaudit {robustaudit.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and leave."
    ),
) -> None:
    """How much worse does a text classifier get when people type the way people type?"""
