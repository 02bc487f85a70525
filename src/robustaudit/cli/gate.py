"""`robustaudit gate`: a verdict on a run, and an exit code that pipelines obey."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import say, show, show_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import write_atomically

if TYPE_CHECKING:
    from robustaudit.engine import StoredRun
    from robustaudit.engine.gate import Baseline, Gate, Verdict

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The file of the rules.",
        show_default="robustaudit.toml or pyproject.toml, here or above",
    ),
]


def gate(
    run: Annotated[Path, typer.Argument(help="The folder of a run, such as reports/tiny-0123456789ab.")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON alone.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the verdict as Markdown.")] = False,
) -> None:
    """Hold a run against the rules of a configuration file.

    Exit codes: 0 passed, 1 a rule failed, 2 wrong use, 3 an error inside, 4 undecided where that is to fail.
    """
    from robustaudit.engine import open_run
    from robustaudit.engine.gate import find_gate
    from robustaudit.reports import markdown_verdict, render_verdict

    if as_json and as_markdown:
        raise UserError("json and markdown exclude each other: give --json or --markdown")
    rules = find_gate(config)
    verdict = judged(open_run(run), rules, baseline_of(rules))
    if as_json:
        show_json(verdict.as_json())
    elif as_markdown:
        typer.echo(markdown_verdict(verdict), nl=False)
    else:
        show(render_verdict(verdict))
    raise typer.Exit(verdict.exit_code)


def baseline_of(rules: "Gate") -> "Baseline | None":
    """The baseline that a gate names, where a rule needs one."""
    from robustaudit.engine.gate import read_baseline

    return read_baseline(rules.baseline) if rules.needs_baseline else None


def judged(run: "StoredRun", rules: "Gate", baseline: "Baseline | None") -> "Verdict":
    """The verdict on a finished run, which is kept in its folder as `gate.json`."""
    from robustaudit.engine.gate import judge

    result = run.result
    if result is None:
        raise UserError(f"run {str(run.folder)!r} is not finished: start it again to go on")
    verdict = judge(
        result,
        run.trials(),
        rules.rules,
        baseline=baseline,
        undecided=rules.undecided,
        run=str(run.folder),
        config=shortened(rules.path),
    )
    content = json.dumps(verdict.as_json(), indent=2) + "\n"
    try:
        write_atomically(run.folder / "gate.json", content.encode("ascii"))
    except UserError as error:
        say(f"the verdict is not kept: {error}")  # a run that may not be written to may be judged
    return verdict


def shortened(path: Path) -> str:
    """The path from the working folder, where it lies within."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
