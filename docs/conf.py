"""The documentation as a site: `make site` builds it into build/site."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from typer.main import get_command

from robustaudit import __version__
from robustaudit.cli.app import app

ROOT = Path(__file__).parents[1]
SOURCE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Source"]

project = "robustaudit"
author = "The robustaudit developers"
copyright = author  # noqa: A001
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 4  # as GitHub makes them: a link holds on both
default_role = "literal"  # docstrings write code between single backticks, as Markdown does
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 100
html_theme = "furo"
html_title = f"robustaudit {release}"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"source_repository": SOURCE, "source_branch": "main", "source_directory": "docs/"}


def prepare(_app: Sphinx, page: str, source: list[str]) -> None:
    """Point links that leave docs/ to the repository, and append the help of all commands to their page."""
    source[0] = re.sub(r"\]\(\.\./", f"]({SOURCE}/blob/v{release}/", source[0])
    if page == "cli":
        source[0] += "\n".join(commands())


def commands() -> Iterator[str]:
    """Write the help of all commands as Markdown, their options under the headings that `--help` has."""
    typer = ["-m", "typer", "robustaudit.cli.app", "utils", "docs", "--name", "robustaudit"]
    done = subprocess.run([sys.executable, *typer], capture_output=True, text=True, check=True)
    # Lists of commands are left out: their lines are cut short, and each command has a section.
    printed = re.sub(r"\*\*Commands\*\*:\n\n(\* .*\n)+", "", done.stdout.partition("\n")[2])
    printed = re.sub(r"\n\n(?=robustaudit )", "\n", printed.replace("Examples:\n", "**Examples**:\n\n"))
    panels: dict[str, str | None] = {}
    panel = None
    for line in printed.splitlines():
        if heading := re.fullmatch(r"#+ `robustaudit (.+)`", line):
            command = get_command(app)
            for name in heading[1].split():
                command = command.commands[name]
            panels = {name: option.rich_help_panel for option in command.params for name in option.opts}
            panel = None
        option = re.match(r"\* `(--[\w-]+)", line)
        if option and panels.get(option[1], panel) != panel:
            panel = panels[option[1]]
            yield f"\n*{panel}*\n"
        if line.startswith("robustaudit "):  # an example
            yield f"    {line}"
            continue
        # Options that a text names are code, or their two dashes would become one.
        yield re.sub(r"(?<=[ (])--[a-z][a-z-]+", r"`\g<0>`", line)


def setup(site: Sphinx) -> None:
    site.connect("source-read", prepare)
