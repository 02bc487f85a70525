import sys
from pathlib import Path

import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.registry import Registry

GROUP = "robustaudit.things_of_a_test"


@pytest.fixture
def registry() -> Registry[object]:
    registry: Registry[object] = Registry("thing", group=GROUP)
    registry.register("ours")("the thing itself")
    return registry


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installed package that offers `theirs`; the name of its module."""
    (tmp_path / "a_heavy_plugin.py").write_text("THING = object()\n", encoding="utf-8")
    info = tmp_path / "a_heavy_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: a-heavy-plugin\nVersion: 1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ntheirs = a_heavy_plugin:THING\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_heavy_plugin", raising=False)
    return "a_heavy_plugin"


def test_a_thing_is_found_by_the_name_it_was_given(registry: Registry[object]) -> None:
    assert registry.get("ours") == "the thing itself"
    assert "ours" in registry
    assert "theirs" not in registry
    assert list(registry) == ["ours"]


def test_a_decorated_class_is_handed_back_as_it_was() -> None:
    registry: Registry[type] = Registry("kind", group=GROUP)

    @registry.register("mine")
    class Mine:
        pass

    assert registry.get("mine") is Mine
    assert registry.name_of(Mine) == "mine"


def test_a_name_is_given_once(registry: Registry[object]) -> None:
    with pytest.raises(ValueError, match="thing 'ours' is registered twice"):
        registry.register("ours")("another")
    assert registry.get("ours") == "the thing itself"


@pytest.mark.usefixtures("plugin")
def test_an_unknown_name_suggests_the_nearest_of_all(registry: Registry[object]) -> None:
    with pytest.raises(UserError, match="unknown thing 'theirz': did you mean 'theirs'"):
        registry.get("theirz")


def test_what_another_package_offers_is_listed_without_loading_it(
    registry: Registry[object], plugin: str
) -> None:
    assert list(registry) == ["ours", "theirs"]
    assert "theirs" in registry
    assert plugin not in sys.modules


def test_what_another_package_offers_is_loaded_when_it_is_asked_for(
    registry: Registry[object], plugin: str
) -> None:
    thing = registry.get("theirs")
    assert thing is sys.modules[plugin].THING
    assert registry.get("theirs") is thing
    assert registry.name_of(thing) == "theirs"
    assert list(registry) == ["ours", "theirs"]


def test_one_of_ours_comes_before_one_of_the_same_name_elsewhere(
    registry: Registry[object], plugin: str
) -> None:
    registry.register("theirs")("now ours")
    assert registry.get("theirs") == "now ours"
    assert list(registry) == ["ours", "theirs"]
    assert plugin not in sys.modules
