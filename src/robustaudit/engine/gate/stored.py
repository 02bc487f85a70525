"""A verdict as a run's folder keeps it, read back."""

import json
from pathlib import Path

from robustaudit.core.errors import UserError
from robustaudit.core.typed import parse
from robustaudit.engine.gate.verdict import Verdict

_DERIVED = ("schema_version", "outcome", "exit_code", "trials_needed")


def read_verdict(folder: Path) -> Verdict:
    """The verdict on a run, from its folder.

    Raises:
        UserError: no gate has judged it, or the file is not as a gate writes it.
    """
    path = folder / "gate.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"run {str(folder)!r} has no verdict: `robustaudit gate RUN` makes one") from error
    except (OSError, ValueError) as error:
        raise UserError(f"verdict {str(path)!r} cannot be read: {error}") from error
    if not isinstance(content, dict) or content.get("schema_version") != 1:
        raise UserError(f"{str(path)!r} is no verdict of this version: `robustaudit gate RUN` makes it anew")
    kept = {key: value for key, value in content.items() if key not in _DERIVED}
    return parse(Verdict, kept, where=str(path))
