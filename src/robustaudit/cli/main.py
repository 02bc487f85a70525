"""The entry point: what a command raises becomes a line and an exit code.

0 done · 2 wrong use, one clear line · 3 an error inside or a model that broke its contract ·
4 as many calls made as --max-calls allows · 130 interrupted · 141 the reader of a pipe is gone.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from typing import cast

import typer

from robustaudit.cli.app import app
from robustaudit.cli.console import say
from robustaudit.core.errors import BudgetSpent, ModelError, UserError

WRONG_USE = 2
INSIDE = 3
BUDGET_SPENT = 4
INTERRUPTED = 130
GOES_ON = {
    "run": ": the same command goes on from here",
    "train": ": the same command goes on after the last whole epoch of this model",
}
PIPE_CLOSED = 141  # as a shell counts a program that SIGPIPE ended

# Typer's own errors of use have no public name since it carries Click within; this one's subclass has.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # Perturbed text holds characters that an old terminal's encoding has not.
        cast("TextIOWrapper", stream).reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = app(args=list(arguments), prog_name="robustaudit", standalone_mode=False)
    except (UserError, _UsageError) as error:
        message = str(error) if isinstance(error, UserError) else error.format_message()
        return _fail(message, WRONG_USE)
    except (ModelError, BudgetSpent) as error:
        code = INSIDE if isinstance(error, ModelError) else BUDGET_SPENT
        return _fail(f"{error}; what was finished is kept: the same command goes on from there", code)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit:
        # Typer and Rich leave so when the reader of a pipe is gone; what is still buffered has nowhere to go.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        return PIPE_CLOSED
    except Exception:  # noqa: BLE001  (whatever is left is a defect of ours, and says so)
        say(traceback.format_exc().rstrip())
        return _fail("this is a defect of robustaudit, not of your input", INSIDE)
    if code == INTERRUPTED:  # Typer itself makes an exit code of Ctrl-C, and says nothing
        return _fail(f"interrupted{GOES_ON.get(next(iter(arguments), ''), '')}", INTERRUPTED)
    return code or 0


def _fail(message: str, code: int) -> int:
    if message:  # without arguments the help was printed already, and there is nothing to add
        say(f"robustaudit: {message}")
    return code
