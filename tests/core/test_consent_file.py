from pathlib import Path

import pytest

from robustaudit.core.consent_file import consents, give_consent, has_consent, revoke_consent
from robustaudit.core.errors import UserError


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where consent is kept, which is nowhere else's."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "robustaudit" / "trusted.json"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "robustaudit.toml").touch()
    return tmp_path / "robustaudit.toml"


def test_consent_is_to_a_content_until_it_changes_or_is_taken_back(file: Path) -> None:
    assert has_consent(file, {"models": ["py:a:b"]}) is None
    give_consent(file, {"models": ["py:a:b"]}, ["py:a:b"])
    assert has_consent(file, {"models": ["py:a:b"]}) is True
    assert has_consent(file, {"models": ["py:a:b"], "data": "secret.csv"}) is False
    assert revoke_consent(file)
    assert not revoke_consent(file)
    assert has_consent(file, {"models": ["py:a:b"]}) is None


def test_a_file_is_known_by_whichever_way_leads_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file.parent / "link").symlink_to(file)
    monkeypatch.chdir(file.parent)
    give_consent(Path("link"), 1, ["py:a:b"])
    assert has_consent(Path("robustaudit.toml"), 1)
    assert list(consents()) == [file.resolve()]


def test_what_is_gone_is_forgotten(file: Path, tmp_path: Path) -> None:
    give_consent(tmp_path / "gone", 1, ["py:a:b"])
    give_consent(file, 1, ["py:a:b"])
    assert list(consents()) == [file.resolve()]


@pytest.mark.parametrize("content", ["", "[]", '{"/a": 1}', '{"/a": {"digest": "x"}}'])
def test_a_damaged_file_gives_no_consent_and_is_named(content: str, file: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True)
    kept.write_text(content)
    with pytest.raises(UserError, match=r"trusted\.json.*: remove it, and give consent again"):
        has_consent(file, 1)
