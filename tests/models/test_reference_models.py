import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from robustaudit.core.errors import MissingExtra, UserError
from robustaudit.core.files import sha256_of
from robustaudit.models import available, files_of, resolve, resolve_trained
from robustaudit.models.card import read_card, write_card
from robustaudit.models.reference_models import REFERENCE_MODELS


def test_all_ship_and_are_listed_and_whole():
    assert [listing.name for listing in available() if listing.card] == list(REFERENCE_MODELS)
    for listing in available():
        assert resolve_trained(listing.name).card == listing.card
        assert resolve(listing.name).title == listing.title


def test_an_empty_folder_lists_what_could_be_trained(tmp_path):
    assert {listing.name: listing.card for listing in available(tmp_path)} == dict.fromkeys(REFERENCE_MODELS)


def test_models_differ_in_their_digests():
    assert len({resolve(name).digest for name in REFERENCE_MODELS}) == len(REFERENCE_MODELS)


@pytest.mark.parametrize("name", ["4", "8", "tfidf"])
def test_a_model_names_its_files_with_their_checksums(name):
    files = files_of(resolve(name))
    assert len(files) == len(resolve_trained(name).card.files) > 1
    assert all(sha256_of(file.path) == file.sha256 for file in files)


def test_an_unknown_model_gets_the_nearest_name():
    with pytest.raises(UserError, match="unknown model 'tfdif': did you mean 'tfidf'"):
        resolve("tfdif")


def test_missing_weights_name_the_command_that_makes_them(tmp_path):
    message = (
        f"no weights for model '4' in .*: train it with `robustaudit train --models 4 --output {tmp_path}`"
    )
    with pytest.raises(UserError, match=message):
        resolve("4", folder=tmp_path)


@pytest.mark.parametrize(
    ("name", "file", "role"),
    [
        ("4", "4/model.safetensors", "weights"),
        ("7", "shared/embeddings.safetensors", "embeddings"),
        ("1", "shared/tokenizer.json", "tokenizer"),
        ("tfidf", "tfidf/vocabulary.json", "vocabulary"),
    ],
)
def test_a_file_that_is_not_what_the_card_says_is_refused(trained, name, file, role):
    path = trained / file
    content = path.read_bytes()

    for damaged in (content[:-1], b"", content[:-1] + bytes([content[-1] ^ 1])):
        path.write_bytes(damaged)
        with pytest.raises(
            UserError, match=f"checksum mismatch in its {role} .*; retrain with `robustaudit train"
        ):
            resolve(name, folder=trained)

    path.unlink()
    with pytest.raises(
        UserError, match=f"model '{name}' lacks its {role} .*: retrain with `robustaudit train"
    ):
        resolve(name, folder=trained)


def test_an_altered_file_names_the_command_that_made_it_as_a_shell_reads_it(trained):
    folder = trained.rename(trained.with_name("my models"))
    (folder / "tfidf" / "vocabulary.json").write_bytes(b"")
    command = "robustaudit train --models tfidf --preset compact --data reviews --seed 0"

    with pytest.raises(UserError, match=f"; retrain with `{command} --output '{folder}'`"):
        resolve("tfidf", folder=folder)


def test_a_command_on_a_card_cannot_become_another_commands(trained):
    card = read_card(trained / "tfidf")
    (trained / "tfidf" / "vocabulary.json").write_bytes(b"")
    said = {
        "robustaudit train --models 1; rm -rf ~": "`robustaudit train --models '1;' rm -rf '~' --output",
        "rm -rf ~": "`robustaudit train --models tfidf --output",
        "robustaudit train '": "`robustaudit train --models tfidf --output",
    }
    for command, shown in said.items():
        write_card(replace(card, run=replace(card.run, command=command)), trained / "tfidf")
        with pytest.raises(UserError) as caught:
            resolve("tfidf", folder=trained)
        assert shown in str(caught.value)


def test_a_model_in_the_folder_of_another_is_refused(trained):
    shutil.copytree(trained / "tfidf", trained / "2", dirs_exist_ok=True)

    with pytest.raises(UserError, match=r"model card '.*2/card.json' is that of model 'tfidf'"):
        resolve("2", folder=trained)


def test_loading_without_the_libraries_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "robustaudit.models.torch_classifier", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "robustaudit.models.torch_classifier")

    with pytest.raises(MissingExtra, match=r"robustaudit\[models\]"):
        resolve("1").load()


def test_naming_models_needs_no_heavy_library():
    code = (
        "import sys, robustaudit.models as m; m.available(); m.resolve('1')\n"
        "heavy = {'torch', 'sklearn', 'tokenizers', 'safetensors'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
