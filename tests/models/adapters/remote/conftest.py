import os
from collections.abc import Iterator

import pytest

pytest.importorskip("httpx2")


from robustaudit.models.adapters.remote import client
from served import Server, labelled, serving


@pytest.fixture(autouse=True)
def _no_pauses_nor_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried at once, nothing was answered before, and loopback is asked directly."""
    monkeypatch.setattr(client, "_FIRST_PAUSE", 0.0)
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("OPENAI_"):
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[Server]:
    """One that answers rightly."""
    with serving(labelled) as server:
        yield server
