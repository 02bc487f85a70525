import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

from robustaudit.core.spelling import FLAGS, spelt

# Set before torch is loaded: threads of several test processes would wait for each other's cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# As in an activated environment: the shell finds `python` and `pip` next to the Python that runs the tests.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

# The same examples in every run; `pytest --hypothesis-profile=explore` looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=25)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("repeatable")


@pytest.hookimpl(trylast=True)  # the profile is chosen before
def pytest_configure() -> None:
    """Have no example depend on the tests before: Hypothesis takes constants from whatever is imported."""
    if settings.get_current_profile_name() == "repeatable":
        providers._get_local_constants = providers.Constants


pytest_plugins = ("pytester",)

_NUMBERS = count()
TERMINAL = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate", action="store_true", help="write tests/golden anew, to be read before it is committed"
    )


@pytest.fixture(autouse=True)
def _no_terminal_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TERMINAL:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_consent_of_the_developer(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor of the tests before."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / f"config-{next(_NUMBERS)}"))


@pytest.fixture
def command_line_words() -> Iterator[None]:
    """Messages spell fields as flags, as they do in a command."""
    with spelt(FLAGS):
        yield


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with no recipes, models or data of the developer's in it."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, and so a cache, in which nothing was fetched yet."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    return home


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the Hugging Face hub's."""
    cache = tmp_path / "hub"
    with suppress(ImportError):  # models of the hub are read where its data cannot be
        monkeypatch.setattr(import_module("datasets.config"), "HF_DATASETS_CACHE", cache)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache / "models"))
    return cache
