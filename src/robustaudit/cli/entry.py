"""Where the command begins: imports nothing of others, so that a broken installation is an error inside."""

import sys
import traceback

from robustaudit.cli.supervision import INSIDE, supervised


def main() -> None:
    """Run the command line and leave with its exit code; what cannot even start is no failed gate."""
    sys.exit(supervised(_command))


def _command() -> int:
    try:
        from robustaudit.cli.main import main as command
    except (Exception, SystemExit):  # noqa: BLE001  (whatever a broken package raises)
        if sys.stderr is not None:
            traceback.print_exc()
            sys.stderr.write("robustaudit: it cannot start: a package that it needs is missing or broken\n")
        return INSIDE
    return command()
