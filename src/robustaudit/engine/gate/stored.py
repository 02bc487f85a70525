"""The verdict that a gate left in the folder of a run."""

import json
from dataclasses import fields
from pathlib import Path

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file
from robustaudit.core.typed import parse
from robustaudit.engine.gate.verdict import Verdict

NAME = "gate.json"


def read_verdict(folder: Path) -> Verdict | None:
    """The last verdict on a run, or None where it was never held against rules.

    Raises:
        UserError: it cannot be read.
    """
    path = folder / NAME
    if not is_file(path):
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"verdict {str(path)!r} cannot be read: {error}") from error
    if not isinstance(content, dict) or content.get("schema_version") != 1:
        raise UserError(f"verdict {str(path)!r} must have schema version 1: `robustaudit gate` makes it anew")
    kept = {field.name: content[field.name] for field in fields(Verdict) if field.name in content}
    return parse(Verdict, kept, where=str(path))
