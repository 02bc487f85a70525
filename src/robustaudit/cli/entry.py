"""The entry point: imports nothing else, so that a broken installation is an internal error."""

import sys
import traceback

from robustaudit.cli.supervision import INSIDE, supervised
from robustaudit.core.garbage import collect_seldom


def main() -> None:
    """Run the command line and exit with its code; a failed start must not look like a failed gate."""
    sys.exit(supervised(_command))


def _command() -> int:
    collect_seldom()
    try:
        from robustaudit.cli.main import main as command
    except (Exception, SystemExit):  # noqa: BLE001  (whatever a broken package raises)
        if sys.stderr is not None:
            traceback.print_exc()
            sys.stderr.write("robustaudit: cannot start: a required package is missing or broken\n")
        return INSIDE
    return command()
