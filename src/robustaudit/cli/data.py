"""`robustaudit data`: bring built-in data to this machine ahead of use."""

from typing import Annotated

import typer

from robustaudit.cli.console import say

data = typer.Typer(help="Built-in data.", no_args_is_help=True)


@data.command("get")
def get(name: Annotated[str, typer.Argument(help="A built-in data set, such as reviews.")]) -> None:
    """Fetch a built-in data set, check it and keep it in the cache folder."""
    from robustaudit.core.validation import check_known
    from robustaudit.datasets import BUILT_IN, load

    check_known("built-in data", name, BUILT_IN)
    dataset = load(name, announce=say)
    typer.echo(f"{dataset.name}: {len(dataset.examples):,} examples are here")


@data.callback()
def _data() -> None:
    """Built-in data."""
