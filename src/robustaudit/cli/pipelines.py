"""What `gate` and `run --gate` tell pipelines: files they read, annotations, and a step summary."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import in_github_actions, say
from robustaudit.cli.streams import notes
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file, write_to

if TYPE_CHECKING:
    from robustaudit.gate.verdict import Verdict
    from robustaudit.reports.pipelines import Source

JunitOption = Annotated[
    Path | None, typer.Option("--junit", help="Write the verdict as JUnit XML to this file.")
]
SarifOption = Annotated[Path | None, typer.Option("--sarif", help="Write the verdict as SARIF to this file.")]
AnnotationsOption = Annotated[
    bool | None,
    typer.Option(
        "--annotations/--no-annotations",
        help="Print GitHub's annotations, and write a step summary.",
        show_default="where GITHUB_ACTIONS=true",
    ),
]


def publisher(
    *, junit: Path | None, sarif: Path | None, annotations: bool | None
) -> "Callable[[Verdict], None]":
    """What tells pipelines of a verdict, as the options ask."""

    def publish(verdict: "Verdict") -> None:
        from robustaudit.reports import pipelines

        source = _source(verdict)
        if junit is not None:
            write_to(junit, pipelines.junit(verdict))
        if sarif is not None:
            write_to(sarif, pipelines.sarif(verdict, source))
        if in_github_actions() if annotations is None else annotations:
            # The runner reads both streams; results alone belong on the other.
            notes().writelines(f"{line}\n" for line in pipelines.annotations(verdict, source))
            _summarise(verdict)

    return publish


def check_gated(*, junit: Path | None, sarif: Path | None, annotations: bool | None) -> None:
    """Refuse options that are of a verdict, where none is asked for."""
    for name, value in (("junit", junit), ("sarif", sarif), ("annotations", annotations)):
        if value:
            raise UserError(f"{name} is of a verdict, which is not asked for: give --gate too")


def _source(verdict: "Verdict") -> "Source":
    from robustaudit.reports.pipelines import Source

    path = Path(verdict.config).absolute()
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).absolute()
    shown = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    return Source(shown.as_posix(), path.read_text(encoding="utf-8") if is_file(path) else "")


def _summarise(verdict: "Verdict") -> None:
    """Add the verdict to the step summary, as far as there is one and room in it."""
    from robustaudit.reports import markdown_verdict
    from robustaudit.reports.pipelines import STEP_SUMMARY_LIMIT, within

    if not (path := os.environ.get("GITHUB_STEP_SUMMARY")):
        return
    try:
        with Path(path).open("ab") as stream:
            stream.write(within(markdown_verdict(verdict), STEP_SUMMARY_LIMIT - stream.tell()).encode())
    except OSError as error:
        say(f"the step summary {path!r} cannot be written: {error.strerror or error}")
