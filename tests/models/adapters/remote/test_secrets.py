"""Secrets that a server sends back, in whichever form."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from robustaudit.models.adapters.remote.http_settings import Secrets

SECRET = "sk-Hush 4711 'quoted' \\ & more/yes?"

FORMS: dict[str, Callable[[str], str]] = {
    "itself": str,
    "capitals": str.upper,
    "small letters": str.lower,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 of the header": lambda secret: base64.b64encode(f"Bearer {secret}".encode()).decode(),
    "base64 of more": lambda secret: base64.urlsafe_b64encode(f"x={secret}!".encode()).decode(),
    "base32": lambda secret: base64.b32encode(secret.encode()).decode(),
    "hex": lambda secret: secret.encode().hex(),
    "hex in capitals, with colons": lambda secret: secret.encode().hex(":").upper(),
    "address": quote,
    "form": quote_plus,
    "address, all of it": lambda secret: "".join(f"%{ord(letter):02X}" for letter in secret),
    "HTML": html.escape,
    "HTML, all of it": lambda secret: "".join(f"&#{ord(letter)};" for letter in secret),
    "HTML, in hex": lambda secret: "".join(f"&#x{ord(letter):x};" for letter in secret),
    "JSON": json.dumps,
    "JSON, all of it": lambda secret: "".join(f"\\u{ord(letter):04x}" for letter in secret),
    "escapes": lambda secret: "".join(f"\\x{ord(letter):02x}" for letter in secret),
    "bytes": lambda secret: str(list(secret.encode())),
    "octal": lambda secret: "".join(f"\\{ord(letter):03o}" for letter in secret),
    "repr": repr,
    "backwards": lambda secret: secret[::-1],
    "spelt": " ".join,
    "lines": "\n".join,
    "first half": lambda secret: secret[:16],
    "second half": lambda secret: secret[-16:],
}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    monkeypatch.setenv("MY_TOKEN", SECRET)
    return Secrets({"Authorization": "Bearer env:MY_TOKEN"}, "http://localhost/?key=hush%20hush-9&n=1")


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_hidden_however_it_is_written(form: str, secrets: Secrets) -> None:
    shown = secrets.hide(f"the key <{FORMS[form](SECRET)}> is wrong")
    assert shown.startswith("the key <")
    assert shown.endswith("> is wrong")
    assert "***" in shown
    left = [letter for letter in shown if letter.isalnum()]
    assert len(left) <= len("the key  is wrong") + 12  # `Bearer ` in base64, and parts of its last byte


def test_the_name_and_password_of_a_basic_header_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS", base64.b64encode(b"me:hush-hush").decode())
    secrets = Secrets({"Authorization": "Basic env:CREDENTIALS"})
    assert secrets.hide("user me:hush-hush, password HUSH-HUSH!") == "user ***, password ***!"


def test_the_query_of_an_address_is_hidden_but_for_small_values(secrets: Secrets) -> None:
    assert secrets.hide("GET /?key=hush%20hush-9&n=1: no 'hush hush-9'") == "GET /?key=***&n=1: no '***'"


def test_a_short_secret_hides_no_more_than_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORT", "x!")
    assert Secrets({"X-Key": "env:SHORT"}).hide("x! is no Xylophone: x ! ") == "*** is no Xylophone: x ! "


def test_what_is_no_secret_stays_as_it_is(secrets: Secrets) -> None:
    text = "answered 500 Internal Server Error: {'scores': [0.25, 0.75], 'label': 'positive'} 日本 🙂 Bearer"
    assert secrets.hide(text) == text
