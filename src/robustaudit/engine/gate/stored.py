"""The verdict that a gate left in the folder of a run."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from robustaudit.core.documents import parse_object
from robustaudit.core.errors import UserError
from robustaudit.core.typed import parse
from robustaudit.engine.gate.verdict import Verdict
from robustaudit.engine.manifest import VERDICT
from robustaudit.engine.stored import StoredRun


def read_verdict(run: StoredRun) -> Verdict | None:
    """The last verdict on a run, or None where it was never held against rules.

    Raises:
        UserError: it cannot be read.
    """
    data = run.read(VERDICT)
    if data is None:
        return None
    where = str(run.folder / VERDICT)
    return parse_verdict(parse_object(data, f"verdict {where!r}"), where=where)


def parse_verdict(content: Mapping[str, Any], *, where: str) -> Verdict:
    """The verdict that JSON holds, as `gate --json` prints it.

    Raises:
        UserError: it is none, or of another schema.
    """
    if content.get("schema_version") != 1:
        raise UserError(f"verdict {where!r} must have schema version 1: `robustaudit gate` makes it anew")
    kept = {field.name: content[field.name] for field in fields(Verdict) if field.name in content}
    return parse(Verdict, kept, where=where)
