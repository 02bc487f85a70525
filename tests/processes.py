"""The command line as a process of its own."""

import sys

# Started in the background of a shell, tests have Ctrl-C ignored, and what they start inherits that.
_CODE = """
import signal
from robustaudit.cli.entry import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
COMMAND = (sys.executable, "-c", _CODE)
