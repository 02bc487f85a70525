"""Chains as files: they clean as the chain does, without robustaudit."""

import importlib.metadata
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import robustaudit
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.defences import DEFENCES, Chain, ExportedChain, TextDefence, defence
from robustaudit.perturbations import TextBatch

ALL = "mojibake,strip,fold,nfkc,join,leet,collapse,spell"
ATTACKS = [
    "mojibake",
    "zero_width",
    "homoglyph",
    "confusable",
    "letter_style@0.1",
    "space_letters@0.1",
    "leetspeak",
    "long_press",
    "qwerty@0.1",
]
# Prints what the module in the argument makes of texts on standard input; robustaudit cannot be imported.
READER = """
import importlib.util, json, sys
sys.modules["robustaudit"] = None
spec = importlib.util.spec_from_file_location("cleaning", sys.argv[1])
cleaning = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cleaning)
json.dump([cleaning.DIGEST, [cleaning.clean(text) for text in json.load(sys.stdin)]], sys.stdout)
"""


def perturbed_texts() -> list[str]:
    texts = [example.text for example in load("tiny").examples]
    found = list(texts)
    for attack in map(parse_attack, ATTACKS):
        keys = attack.attack.keys(seed=1, draws=[(text, 0) for text in texts])
        found += attack.attack.draw(TextBatch(texts), np.arange(len(texts)), keys).texts
    return found


@pytest.mark.parametrize("written", [ALL, 'fold(words="all"),leet(alphabet="full")', "strip,strip"])
def test_an_exported_module_cleans_as_the_chain_does(written: str, tmp_path: Path) -> None:
    module = tmp_path / "cleaning.py"
    robustaudit.export_defence(written, output=module)
    assert "robustaudit" not in {line.split()[1] for line in lines_of_imports(module)}
    texts, chain = perturbed_texts(), Chain.parse(written)
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", READER, str(module)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    digest, cleaned = json.loads(done.stdout)
    assert digest == chain.digest
    assert cleaned == chain.clean(texts) != texts


def lines_of_imports(module: Path) -> list[str]:
    lines = module.read_text(encoding="ascii" if module.suffix == ".json" else "utf-8").splitlines()
    return [line for line in map(str.strip, lines) if line.startswith(("import ", "from "))]


def test_a_module_says_what_it_needs_and_whose_data_it_has(tmp_path: Path) -> None:
    robustaudit.export_defence("strip,fold", output=tmp_path / "a.py")
    head = (tmp_path / "a.py").read_text(encoding="utf-8").split('"""')[1]
    assert f"pip install regex=={importlib.metadata.version('regex')}." in head
    assert "Unicode License V3" in head
    assert "symspellpy" not in head


def test_words_of_a_file_are_in_the_module(tmp_path: Path) -> None:
    words, module = tmp_path / 'of "mine".txt', tmp_path / "cleaning.py"
    words.write_text("moive\n", encoding="utf-8")
    robustaudit.export_defence(f"spell(distance=1, words='{words}')", output=module)
    words.unlink()
    spec = importlib.util.spec_from_file_location("cleaning", module)
    assert spec
    assert spec.loader
    cleaning = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cleaning)
    assert cleaning.clean("a moive is graet") == "a moive is great"


def test_json_has_the_tables_and_the_code(tmp_path: Path) -> None:
    path = tmp_path / "defences.json"
    robustaudit.export_defence("strip,leet", output=path)
    content = json.loads(path.read_text(encoding="ascii"))
    assert content["digest"] == Chain.parse("strip,leet").digest
    strip, leet = content["steps"]
    assert leet["values"]["letters_of"]["4"] == "a"
    namespace: dict[str, object] = {}
    exec(content["python"], namespace)
    made = namespace[strip["make"]]
    assert callable(made)
    assert made(**strip["values"])("a\u200bb") == "ab"


def test_a_defence_of_another_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DEFENCES, "_known", dict(DEFENCES._known))

    @defence("theirs")
    class Theirs(TextDefence):
        version, wordwise = 1, True

    assert Theirs
    with pytest.raises(UserError, match="'theirs' is of another package and cannot be exported: "):
        ExportedChain(Chain.parse("strip,theirs"))


@pytest.mark.parametrize(
    ("written", "output", "message"),
    [
        ("strip", "a.txt", "output must end in .py or .json, got .txt"),
        ("strip", "a", "output must end in .py or .json, got no such ending"),
        ("stripe", "a.py", "unknown defence 'stripe': did you mean 'strip'?"),
        ("strip", "there.py", "already exists: give force=True to replace it"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    written: str, output: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.py").touch()
    with pytest.raises(UserError, match=message):
        robustaudit.export_defence(written, output=output)
    robustaudit.export_defence("strip", output="there.py", force=True)
    assert Path("there.py").read_text(encoding="utf-8")
