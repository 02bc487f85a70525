import os
from pathlib import Path

import pytest

from robustaudit.core.documents import MOST_BYTES, read_json, read_toml
from robustaudit.core.errors import UserError


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path: Path) -> None:
    assert read_toml(write(tmp_path / "a.toml", b"\xef\xbb\xbfname = 'x'\n"), "recipe") == {"name": "x"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = ", "recipe 'PATH' cannot be read: "),
        (b"a = '\xff'", "recipe 'PATH' cannot be read: "),
        (b"a = " + b"[" * 5000, "recipe 'PATH' cannot be read: it is nested too deep"),
        (
            b"a = [{b = 0x" + b"f" * 5000 + b"}]",
            "recipe 'PATH' cannot be read: a whole number",
        ),
        (b"#" * (MOST_BYTES + 1), "recipe 'PATH' must have at most 1,000,000 bytes"),
    ],
    ids=["no TOML", "no UTF-8", "lists in lists", "a number", "large"],
)
def test_what_cannot_be_read_is_one_line(content: bytes, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.toml", content)
    with pytest.raises(UserError) as caught:
        read_toml(path, "recipe")
    assert str(caught.value).startswith(message.replace("PATH", str(path)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dot", [".", " . ", "\t.\t"])
@pytest.mark.parametrize("part", ["a", '"a b"', "'a'"])
@pytest.mark.parametrize("line", ["{} = 1\n", "[{}]\n", "[[{}]]\n", "a = {{ {} = 1 }}\n"])
def test_a_key_of_very_many_parts_is_refused_before_it_costs(
    line: str, part: str, dot: str, tmp_path: Path
) -> None:
    """One of 50,000 parts takes 10 GB in tomllib."""
    path = write(tmp_path / "a.toml", line.format(dot.join([part] * 20_000)).encode())
    with pytest.raises(UserError, match="a key must have at most 16 parts, got "):
        read_toml(path, "configuration")
    few = write(tmp_path / "few.toml", line.format(dot.join([part] * 16)).encode())
    assert read_toml(few, "configuration")


def test_dots_in_a_value_are_no_keys(tmp_path: Path) -> None:
    text = "...... " * 50 + "https://a.b.example.org/v1.2.3/a.b.c " * 50
    assert read_toml(write(tmp_path / "a.toml", f"text = '{text}'\n".encode()), "recipe") == {"text": text}


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        for read in (read_toml, read_json):
            with pytest.raises(UserError, match=f"recipe '.*{name}' must be a file, not a folder, a pipe"):
                read(tmp_path / name, "recipe")


@pytest.mark.parametrize("name", ["not there", "a\0zero", "long" * 1000])
def test_whatever_a_user_types_is_one_line(name: str) -> None:
    with pytest.raises(UserError, match=r"recipe '.*' (does not exist|cannot be read: )"):
        read_toml(Path(name), "recipe")


@pytest.mark.parametrize("content", [b"{", b"[" * 200_000, b'{"a": 1, "a": 2}', b"\xff", b"1" * 10_000])
def test_json_that_cannot_be_read_is_one_line(content: bytes, tmp_path: Path) -> None:
    path = write(tmp_path / "card.json", content)
    with pytest.raises(
        UserError, match=r"^model card '.*card\.json' is not JSON: it is truncated or corrupt"
    ):
        read_json(path, "model card")


def test_a_key_that_stands_twice_in_json_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "card.json", b'{"a": {"b": 1, "b": 2}}')
    with pytest.raises(UserError, match="key 'b' stands twice"):
        read_json(path, "model card")
