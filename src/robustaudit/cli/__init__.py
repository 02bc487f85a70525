"""The command line."""

from robustaudit.cli.main import main

__all__ = ["main"]
