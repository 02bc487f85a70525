"""The entry point: what a command raises becomes a line and an exit code.

0 done · 2 wrong use, one clear line · 3 an error inside or a model that broke its contract · 130 interrupted.
"""

import sys
import traceback
from collections.abc import Sequence
from typing import cast

import typer

from robustaudit.cli.app import app
from robustaudit.cli.console import say
from robustaudit.core.errors import ModelError, UserError

WRONG_USE = 2
INSIDE = 3
INTERRUPTED = 130

# Typer's own errors of use have no public name since it carries Click within; this one's subclass has.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = app(args=list(arguments), prog_name="robustaudit", standalone_mode=False)
    except UserError as error:
        return _fail(str(error), WRONG_USE)
    except _UsageError as error:
        # Without arguments the help was printed already, and there is nothing to add.
        return _fail(error.format_message(), WRONG_USE) if error.format_message() else WRONG_USE
    except ModelError as error:
        return _fail(f"{error}; what was finished is kept: the same command goes on from there", INSIDE)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception:  # noqa: BLE001  (whatever is left is a defect of ours, and says so)
        say(traceback.format_exc().rstrip())
        return _fail("this is a defect of robustaudit, not of your input", INSIDE)
    # Typer itself makes an exit code of Ctrl-C, and says nothing.
    return (
        _fail("interrupted: the same command goes on from here", code) if code == INTERRUPTED else code or 0
    )


def _fail(message: str, code: int) -> int:
    say(f"robustaudit: {message}")
    return code
