import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.registry import Registry

GROUP = "robustaudit.things_of_a_test"


@pytest.fixture
def registry() -> Registry[object]:
    registry: Registry[object] = Registry("thing", group=GROUP)
    registry.register("ours")("the thing itself")
    return registry


def install(folder: Path, package: str, offer: str, code: str) -> None:
    """A package of one module, as an installer leaves it in a folder of sys.path."""
    module = package.replace("-", "_")
    (folder / f"{module}.py").write_text(f"{code}\n", encoding="utf-8")
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{offer}\n", encoding="utf-8")


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installed package that offers `theirs`; the name of its module."""
    install(tmp_path, "a-heavy-plugin", "theirs = a_heavy_plugin:THING", "THING = object()")
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


def test_a_name_of_ours_is_not_taken_by_another_package(registry: Registry[object], plugin: str) -> None:
    registry.register("theirs")("now ours")
    message = (
        "package 'a-heavy-plugin' offers thing 'theirs', which robustaudit has already: "
        "one of them must go, or take another name"
    )
    for use in (registry.get, list):
        with pytest.raises(UserError) as caught:
            use("ours" if use == registry.get else registry)
        assert str(caught.value) == message
    assert plugin not in sys.modules


@pytest.mark.usefixtures("plugin")
def test_a_name_is_offered_by_one_package_alone(registry: Registry[object], tmp_path: Path) -> None:
    install(tmp_path, "another-plugin", "theirs = another_plugin:THING", "")
    with pytest.raises(UserError, match=r"'theirs', which package '(a-heavy|another)-plugin' has already"):
        registry.get("theirs")


def test_a_package_that_was_imported_before_offers_what_it_registered(plugin: str) -> None:
    registry: Registry[object] = Registry("thing", group=GROUP)

    class Theirs:
        __module__ = plugin

    registry.register("theirs")(Theirs)
    assert registry.get("theirs") is Theirs


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("import nowhere", "cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"),
        (
            "raise RuntimeError('\\x1b[31mtwo\\nlines')",
            "cannot be loaded: RuntimeError: <U+001B>[31mtwo lines",
        ),
        ("", "cannot be loaded: AttributeError: module 'broken' has no attribute 'THING'"),
    ],
    ids=["a missing library", "an error of its own", "nothing of that name"],
)
def test_what_cannot_be_loaded_is_named_with_its_package(
    registry: Registry[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, complaint: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "broken", raising=False)
    install(tmp_path, "broken", "theirs = broken:THING", code)
    with pytest.raises(UserError) as caught:
        registry.get("theirs")
    assert str(caught.value) == f"thing 'theirs' of package 'broken' {complaint}"


def test_a_thing_is_offered_under_the_name_that_it_registers(
    registry: Registry[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    thing = object()
    registry.register("mine")(thing)
    install(tmp_path, "misnamed", "theirs = misnamed:THING", "")
    monkeypatch.setitem(sys.modules, "misnamed", SimpleNamespace(THING=thing))
    with pytest.raises(UserError, match="calls itself 'mine': entry point and decorator must agree"):
        registry.get("theirs")
