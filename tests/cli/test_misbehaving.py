"""Whatever a model does: the exit code that is documented, one line, and no verdict without a result."""

import json
import sys
from pathlib import Path

import pytest

from copies import Asked, Ended, carried_out
from misbehaving import ANSWERS, ENDS, KINDS, LOADING, RAISES, SLOW, UNTIDY

VERDICTS = (0, 1, 4)
# Each process beside costs a second: one or two of each family.
BESIDE = (
    ENDS[0],
    ENDS[3],
    ENDS[10],
    ENDS[12],
    RAISES[1],
    RAISES[4],
    RAISES[12],
    ANSWERS[2],
    UNTIDY[0],
    UNTIDY[14],
)
BESIDE_TOO = (SLOW[0], SLOW[4], LOADING[4], LOADING[5])

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals of other systems have other numbers")


def wrong(asked: Asked, ended: Ended) -> str:
    """What is not as it should be; nothing where all is."""
    code, said = KINDS[asked.kind].expected(asked.on_error)
    right = {
        "its code": ended.code == code,
        "its words": said in ended.err,
        "no traceback": "Traceback" not in ended.err,
        "one line": (ended.err.count("\n"), ended.err.count("robustaudit: ")) == (1, 1) or code == 0,
        "a verdict with a result alone": ended.verdict == ended.result == (code in VERDICTS),
        "JSON": is_json(ended.out) if code in VERDICTS else ended.out == "",
    }
    return "" if all(right.values()) else f"{asked}: {right}, {ended.code}, {ended.err}"


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_in_the_process_of_the_command(on_error: str, tmp_path: Path) -> None:
    assert len(KINDS) > 50
    asked = [Asked(kind, on_error) for kind in KINDS]
    ended = dict(zip(asked, carried_out(asked, tmp_path), strict=True))
    assert [found for each in asked if (found := wrong(each, ended[each]))] == []
    # Nor does what a model changes besides change a figure.
    results = [json.loads(each.out) for asking, each in ended.items() if KINDS[asking.kind] in UNTIDY]
    rows = [[row | {"model": "m"} for row in result["rows"]] for result in results]
    assert all(each == rows[0] for each in rows)


def test_in_processes_beside_it(tmp_path: Path) -> None:
    asked = [Asked(kind.name, "skip", jobs=2) for kind in BESIDE]
    asked += [Asked(kind.name, "stop", jobs=2) for kind in BESIDE_TOO]
    ended = carried_out(asked, tmp_path)
    assert [found for each, how in zip(asked, ended, strict=True) if (found := wrong(each, how))] == []
