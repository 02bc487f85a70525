"""Defences of other packages, found by their entry points."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs/defences.md"
USE = """
import json, sys
import robustaudit
from robustaudit.cli.main import run

code = run(["list", "defences", "no_hashtags", "--json"])
models = ["tfidf", "clean(strip,no_hashtags):tfidf"]
found = robustaudit.audit(models, "tiny", attacks="word_as_hashtag@1", trials=60, progress=False)
changed = [len(found.examples(model=model, changed=True)) for model in found.models]
assert code == 0 and changed[0] == changed[1] > 50, (code, changed)
assert not found.examples(model=found.models[1], flipped=True)
try:
    robustaudit.export_defence("strip,no_hashtags", output="cleaning.py")
except robustaudit.UserError as error:
    print(error, file=sys.stderr)
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder of sys.path with the package of the docs, as an installer leaves it."""
    (code,) = re.findall(r"```python\n(from typing .*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "no_hashtags.py").write_text(code, encoding="utf-8")
    info = tmp_path / "no_hashtags-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: no-hashtags\nVersion: 1.0\n", encoding="utf-8"
    )
    offer = "[robustaudit.defences]\nno_hashtags = no_hashtags:NoHashtags\n"
    (info / "entry_points.txt").write_text(offer, encoding="utf-8")
    return tmp_path


def test_the_defence_of_the_docs_is_listed_and_stands_before_a_model(installed: Path) -> None:
    path = os.pathsep.join((str(installed), *filter(None, sys.path)))
    done = subprocess.run(
        [sys.executable, "-c", USE],
        capture_output=True,
        text=True,
        check=False,
        cwd=installed,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    (listed,) = json.loads(done.stdout)
    assert listed["name"] == "no_hashtags"
    assert listed["description"] == "Remove the sign of hashtags: `#great` becomes `great`."
    assert listed["wordwise"] is True
    assert "defence 'no_hashtags' is of another package and cannot be exported: leave it out" in done.stderr
