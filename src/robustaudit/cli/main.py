"""Running a command: errors become one line and an exit code.

0 done · 1 a gate failed, a replay differs, or a run is not intact · 2 usage error, one clear line · 3
internal error, or a model that broke its contract or ended the process · 4 a gate is inconclusive and that is
to fail · 5 --max-calls ended the run · 130 interrupted · 141 the reader of a pipe is gone. Python by itself
would exit with 1 after an error, and with 120 if its last output cannot be written.
"""

import errno
import functools
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, cast

import typer
from rich.markup import escape
from typer.main import get_command

from robustaudit.cli import log_json, streams
from robustaudit.cli.app import COMMANDS, app
from robustaudit.cli.console import say
from robustaudit.cli.supervision import GOES_ON, INSIDE, INTERRUPTED, end_with_parent
from robustaudit.core import spelling, watchdog
from robustaudit.core.errors import (
    CallLimitReached,
    ForeignError,
    ModelError,
    UserError,
    WorkerDied,
    message_of,
)

WRONG_USE = 2
BUDGET_SPENT = 5
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
PIPE_CLOSED = 141  # as a shell counts a program that SIGPIPE ended

# Typer's own errors of use have no public name since it carries Click within; this one's subclass has.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])


def main() -> int:
    """Run the command line and return its exit code, after all output is written."""
    streams.open_streams()
    try:
        code = _run(sys.argv[1:])
        streams.results().flush()
    except UserError as error:
        code = _unheard(_fail(str(error), WRONG_USE))
    except ModelError as error:
        code = _unheard(_fail(str(error), INSIDE))
    except BrokenPipeError:
        code = _unheard(PIPE_CLOSED)
    except Exception as error:  # noqa: BLE001  (not even what is wrong can be written)
        watchdog.relay_message(message_of(error) or type(error).__name__)
        code = _unheard(INSIDE)
    return code


def run(arguments: Sequence[str]) -> int:
    """Run one command inside another program and return its exit code."""
    with streams.standard_output_kept():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    with log_json.closing_log():
        return _code_of(arguments)


def _code_of(arguments: Sequence[str]) -> int:
    goes_on = GOES_ON.get(next(iter(arguments), ""), "")
    try:
        with spelling.spelt(spelling.FLAGS):
            code = _command()(args=list(arguments), prog_name="robustaudit", standalone_mode=False)
    except (UserError, _UsageError) as error:
        message = (
            str(error)
            if isinstance(error, UserError)
            else error.format_message().replace("Value error, ", "")
        )
        return _fail(message, WRONG_USE)
    except (ModelError, WorkerDied, CallLimitReached) as error:
        code = BUDGET_SPENT if isinstance(error, CallLimitReached) else INSIDE
        return _fail(f"{error}{goes_on}", code)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit as error:  # Typer leaves with 0 after a completion, else where a pipe's reader is gone
        return 0 if error.code == 0 else _unheard(PIPE_CLOSED)
    except BaseException as error:  # noqa: BLE001  (whatever is left is a defect of ours, and says so)
        return _unforeseen(error)
    if code == INTERRUPTED:  # Typer itself makes an exit code of Ctrl-C, and says nothing
        return _fail(f"interrupted{goes_on}", INTERRUPTED)
    return code or 0


def _unforeseen(error: BaseException) -> int:
    if isinstance(error, OSError) and error.errno in _FULL:
        where = f" {str(error.filename)!r}" if error.filename else ""
        return _fail(f"cannot write{where}: {error.strerror}", WRONG_USE)
    say("".join(traceback.format_exception(error)).rstrip())
    return _fail("this is a bug in robustaudit, not an error in your input", INSIDE)


def _command() -> Any:  # noqa: ANN401  (Typer's, which names it not)
    """All commands; each separates results from other output before it starts."""
    group: Any = get_command(app)
    group.fill(COMMANDS, _prepare)
    return group


def _prepare(command: Any) -> None:  # noqa: ANN401  (Typer's, which names it not)
    command.callback = _set_apart(command.callback)
    _show_defaults(command)


def _show_defaults(command: Any) -> None:  # noqa: ANN401  (Typer's, which names it not)
    """Move defaults in words to the end of each help text: Typer would put them in two kinds of brackets."""
    for parameter in command.params:
        if isinstance(parameter.show_default, str):
            parameter.help += escape(f" [default: {parameter.show_default}]")
            parameter.show_default = False


def _set_apart(command: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(command)
    def apart(*given: object, **options: object) -> object:
        streams.set_results_apart()
        end_with_parent()
        try:
            return command(*given, **options)
        except (typer.Exit, EOFError) as error:  # which Typer takes for the command's own end, and for Ctrl-C
            if _is_ours(error):
                raise
            raise ForeignError(error) from error

    return apart


def _is_ours(error: BaseException) -> bool:
    """Whether our code raised the error, not foreign code that it called."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals["__name__"].startswith("robustaudit.cli.")


def _unheard(code: int) -> int:
    """Drop buffered output that nobody can receive, and return the code."""
    streams.drop_results()
    return code


def _fail(message: str, code: int) -> int:
    # Without arguments the help was printed already, and there is nothing to add.
    if message and not log_json.log_failure(message, code):
        say(f"robustaudit: {message}")
        if streams.are_notes_lost():
            watchdog.relay_message(message)
    return code
