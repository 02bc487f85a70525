"""`robustaudit gate`: a verdict on a run, and an exit code that pipelines obey."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say, show, show_json, show_markdown
from robustaudit.cli.pipelines import AnnotationsOption, JunitOption, SarifOption, publisher
from robustaudit.core.errors import UserError

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
    junit: JunitOption = None,
    sarif: SarifOption = None,
    annotations: AnnotationsOption = None,
    models_dir: Annotated[
        Path | None,
        typer.Option(help="Where the run's models lie: for the commands that replay a trial."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON alone.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the verdict as Markdown.")] = False,
) -> None:
    """Hold a run against the rules of a configuration file.

    Exit codes: 0 passed, 1 a rule failed, 2 wrong use, 3 an error inside, 4 undecided where that is to fail.
    """
    from robustaudit.api.gates import baseline_of, judged
    from robustaudit.gate.configured import find_gate
    from robustaudit.reports import label_doubts, markdown_doubts, markdown_verdict, render_verdict
    from robustaudit.runs.manifest import VERDICT
    from robustaudit.runs.stored import open_run

    if as_json and as_markdown:
        raise UserError("json and markdown exclude each other: give --json or --markdown")
    rules = find_gate(config)
    stored = open_run(run, anew=[VERDICT])
    for damage in stored.passed_over:
        say(f"{damage.path} {damage.what}: it is made anew")
    verdict = judged(stored, rules, baseline_of(rules), models_dir=models_dir, announce=say)
    result = stored.finished()
    for line in label_doubts(result):
        say(line)
    if as_json:
        show_json(verdict.as_json())
    elif as_markdown:
        show_markdown(markdown_verdict(verdict) + markdown_doubts(result))
    else:
        show(render_verdict(verdict))
    publisher(junit=junit, sarif=sarif, annotations=annotations)(verdict)
    raise typer.Exit(verdict.exit_code)
