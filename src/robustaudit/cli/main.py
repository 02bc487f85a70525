"""The entry point: what a command raises becomes a line and an exit code.

0 done · 1 a gate failed, or a replay differs · 2 wrong use, one clear line · 3 an error inside, or a model
that broke its contract · 4 a gate is undecided where that is to fail · 5 as many calls are made as
--max-calls allows · 130 interrupted · 141 the reader of a pipe is gone. Left to itself, Python leaves with 1
where an error ends it, and with 120 where its last words cannot be written.
"""

import errno
import sys
import traceback
from collections.abc import Sequence
from typing import cast

import typer

from robustaudit.cli.app import app
from robustaudit.cli.console import say
from robustaudit.cli.streams import nowhere, open_streams
from robustaudit.core.errors import BudgetSpent, ModelError, UserError

WRONG_USE = 2
INSIDE = 3
BUDGET_SPENT = 5
INTERRUPTED = 130
GOES_ON = {
    "run": "; what was finished is kept: the same command goes on from there",
    "train": "; the same command goes on after the last whole epoch of this model",
}
_FULL = (errno.ENOSPC, errno.EDQUOT)
PIPE_CLOSED = 141  # as a shell counts a program that SIGPIPE ended

# Typer's own errors of use have no public name since it carries Click within; this one's subclass has.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])


def main() -> None:
    """Run the command line and leave with its exit code."""
    open_streams()
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except UserError as error:
        code = _unheard(_fail(str(error), WRONG_USE))
    except BrokenPipeError:
        code = _unheard(PIPE_CLOSED)
    except Exception:  # noqa: BLE001  (not even what is wrong can be written)
        code = _unheard(INSIDE)
    sys.exit(code)


def _unheard(code: int) -> int:
    """The code, with what is still buffered dropped: it has nowhere to go."""
    sys.stdout = nowhere()
    return code


def run(arguments: Sequence[str]) -> int:  # noqa: PLR0911  (a return for each way to end)
    """Run one command and return its exit code."""
    goes_on = GOES_ON.get(next(iter(arguments), ""), "")
    try:
        code = app(args=list(arguments), prog_name="robustaudit", standalone_mode=False)
    except (UserError, _UsageError) as error:
        message = str(error) if isinstance(error, UserError) else error.format_message()
        return _fail(message, WRONG_USE)
    except (ModelError, BudgetSpent) as error:
        code = INSIDE if isinstance(error, ModelError) else BUDGET_SPENT
        return _fail(f"{error}{goes_on}", code)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit:
        return _unheard(PIPE_CLOSED)  # Typer and Rich leave so when the reader of a pipe is gone
    except Exception as error:  # noqa: BLE001  (whatever is left is a defect of ours, and says so)
        if isinstance(error, OSError) and error.errno in _FULL:
            return _full(error)
        say(traceback.format_exc().rstrip())
        return _fail("this is a defect of robustaudit, not of your input", INSIDE)
    if code == INTERRUPTED:  # Typer itself makes an exit code of Ctrl-C, and says nothing
        return _fail(f"interrupted{goes_on}", INTERRUPTED)
    return code or 0


def _full(error: OSError) -> int:
    where = f" {str(error.filename)!r}" if error.filename else ""
    return _fail(f"cannot write{where}: {error.strerror}", WRONG_USE)


def _fail(message: str, code: int) -> int:
    if message:  # without arguments the help was printed already, and there is nothing to add
        say(f"robustaudit: {message}")
    return code
