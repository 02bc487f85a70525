"""A process that has no use for pandas does not import it for columns that are none of its."""

import subprocess
import sys

import pytest

pytest.importorskip("pandas")

COLUMNS = """
import sys
import pyarrow as pa
import pyarrow.compute as pc
from robustaudit.core.no_pandas import leave_pandas_out

leave_pandas_out()
leave_pandas_out()
table = pa.table({"a": ["x", None, "y"], "b": pa.array([1.5, 2.5, None])})
table = table.filter(pc.equal(table["a"], "x"))
print(table.to_pylist(), table["b"].to_numpy().tolist(), bool(sys.modules["pandas"]))
"""


def printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.stdout.strip()


def test_columns_are_made_without_pandas() -> None:
    assert printed(COLUMNS) == "[{'a': 'x', 'b': 1.5}] [1.5] False"


def test_where_pandas_is_there_it_stays() -> None:
    assert printed(f"import pandas{COLUMNS}").endswith("True")
