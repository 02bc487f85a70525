"""Names of models as users write them: which are one, and which scheme each means."""

import ast
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from robustaudit.core.display import visible
from robustaudit.core.errors import UserError
from robustaudit.core.files import exists, expand_home, is_file, is_folder
from robustaudit.core.validation import check_known
from robustaudit.defences import Chain, behind, is_open, put_before
from robustaudit.defences.chain import BEGINS
from robustaudit.models.adapters.hugging_face import check_folder
from robustaudit.models.adapters.model_uri import SCHEMES, ModelUri, Trust, resolve_external
from robustaudit.models.adapters.onnx_runtime import GRAPH, check_graph
from robustaudit.models.adapters.python import check_module
from robustaudit.models.adapters.scikit_learn import check_file
from robustaudit.models.card import CARD
from robustaudit.models.classifier import DataLabels, ModelSource
from robustaudit.models.defended import defended_source
from robustaudit.models.reference_models import REFERENCE_MODELS, resolve_trained, trained_in

_CONFIG = "config.json"
_WEIGHTS = ".safetensors"
_SUFFIXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ".onnx": ("onnx",),
        ".toml": ("http", "openai"),
        **dict.fromkeys((".joblib", ".pickle", ".pkl", ".skops"), ("sklearn",)),
    }
)
_MOST = 8  # names that a message lists
_ALIKE = 0.7  # of names that are suggested


_ALIAS = re.compile(r"([^:/?=,&(]+)=(.+)", re.DOTALL)


def split_models(given: Sequence[str]) -> list[str]:
    """The full names in values such as `1,4,new=my_model`; a model may have an alias.

    Raises:
        UserError: a name is empty, unknown, or can be read in two ways.
    """
    return list(map(full_name, names_as_written(given)))


def names_as_written(given: Sequence[str]) -> list[str]:
    """The names in values such as `1,4,new=my_model`: a known name, scheme or model begins a new one.

    Other parts belong to the name before, whose path or options hold a comma.

    Raises:
        UserError: a name is empty, or may be one or two.
    """
    names: list[str] = []
    for value in given:
        before = ""  # the name that a part may belong to
        for part in _parts(value):
            if before and _belongs(part.strip(), before):
                before = names[-1] = f"{before},{part}"
                continue
            names.append(part.strip())
            before = names[-1]
    if not all(names):
        raise UserError(f"models must be names separated by commas, such as 1,4,7, got {', '.join(given)!r}")
    return names


def _parts(value: str) -> Iterator[str]:
    """What stands between commas, but for those of a chain of defences."""
    opened = ""
    for part in value.split(","):
        opened += part
        if is_open(_unaliased(opened.strip())):
            opened += ","
        else:
            yield opened
            opened = ""
    if opened:
        yield opened


def _unaliased(given: str) -> str:
    """The name without its alias, whatever that is."""
    found = _ALIAS.fullmatch(given)
    return found[2].strip() if found else given


def split_alias(given: str) -> tuple[str | None, str]:
    """The alias of a model, if it has one, and its name: `prod` and `hf:folder` of `prod=hf:folder`.

    Raises:
        UserError: the alias is the name of another model or a scheme, or all of it may be a path.
    """
    found = _ALIAS.fullmatch(given)
    if not found:
        return None, given
    alias, name = found[1].strip(), found[2].strip()
    if _readings(given):
        raise UserError(
            f"model {given!r} may be a path, or {name!r} called {alias!r}: for a path, give ./{given}"
        )
    return check_alias(alias, name), name


def check_alias(alias: str, name: str) -> str:
    """Return the alias of the model of that name.

    Raises:
        UserError: it is the name of another model, or a scheme.
    """
    if alias in SCHEMES or (alias in REFERENCE_MODELS and alias != name):
        kind = "a scheme of models" if alias in SCHEMES else "a reference model"
        raise UserError(f"alias {alias!r} of model {name!r} is the name of {kind}: give another")
    return alias


def short_name(name: str) -> str:
    """What a model is called where it has no alias: the last part of its path, or the host of its address.

    Where that would be the name of another model or a scheme, the whole name. A chain stays before it.
    """
    chain, name = behind(name)
    if chain is not None:
        return put_before(Chain.parse(chain), short_name(name))
    target = (name.partition(":")[2] if has_scheme(name) else name).partition("?")[0]
    if target.startswith("//"):
        return target[2:].partition("/")[0].rpartition("@")[2] or name
    short = target.rstrip("/").rpartition("/")[2]
    if short in (".", "..", "~"):
        short = expand_home(target).resolve().name
    return name if not short or short in REFERENCE_MODELS or short in SCHEMES else short


def full_name(name: str) -> str:
    """The name with its scheme, as the model's folder or file tells it: `hf:my_model` for `my_model`.

    Reference models, and folders with a model of `robustaudit train`, have none. An alias stays before it.

    Raises:
        UserError: it can be read in two ways, or in none.
    """
    alias, target = split_alias(name)
    if alias is not None:
        return f"{alias}={full_name(target)}"
    chain, model = behind(name)
    if chain is not None:
        return put_before(Chain.parse(chain), full_name(model))
    if name in REFERENCE_MODELS or has_scheme(name):
        return name
    ways = _readings(name)
    if len(ways) > 1:
        raise UserError(f"model {name!r} may be {' or '.join(ways)}: give one of these")
    return ways[0] if ways else _refuse(name)


def has_scheme(name: str) -> bool:
    """Whether a name begins with a known scheme and a colon."""
    scheme, colon, _ = name.partition(":")
    return bool(colon) and scheme in SCHEMES


def resolve(
    name: str,
    *,
    folder: Path | None = None,
    trust: Trust | None = None,
    data_labels: DataLabels | None = None,
) -> ModelSource:
    """The model of that name: an external one, or one that was trained, in `folder` if it has a number.

    `data_labels` are the labels of the data, which are those of a model that names none.

    Raises:
        UserError: there is no such model, or it cannot be used.
    """
    chain, name = behind(split_alias(full_name(name))[1])
    if chain is not None:
        source = resolve(name, folder=folder, trust=trust, data_labels=data_labels)
        return defended_source(source, Chain.parse(chain))
    if name in REFERENCE_MODELS:
        return resolve_trained(name, folder=folder)
    if has_scheme(name):
        return resolve_external(name, trust=trust, data_labels=data_labels)
    return trained_in(name)


_CHECKS: Mapping[str, Callable[[ModelUri], object]] = MappingProxyType(
    {"hf": check_folder, "onnx": check_graph, "py": check_module, "sklearn": check_file}
)


def check_location(name: str, *, folder: Path | None, trust: Trust) -> None:
    """Check that the files of a model are there, as far as that takes neither network nor the model itself.

    Raises:
        UserError: they are missing or damaged, an extra is not installed, or the user trusts no pickle.
    """
    _, name = behind(split_alias(full_name(name))[1])
    scheme, _, rest = name.partition(":")
    if name in REFERENCE_MODELS:
        resolve_trained(name, folder=folder)
    elif not has_scheme(name):
        trained_in(name)
    elif check := _CHECKS.get(scheme):
        check(ModelUri(scheme=scheme, rest=rest, trust=trust))


def _belongs(part: str, before: str) -> bool:
    """Whether a part goes on with the name before: a label, or a piece of a path."""
    aliased = _ALIAS.fullmatch(part) is not None
    part, before = _unaliased(part), _unaliased(before)
    if part.startswith(BEGINS):
        return False
    before = behind(before).model
    target, options, query = before.partition("?")
    path = target.partition(":")[2] if has_scheme(before) else target
    joined = exists(expand_home(f"{path},{part}"))
    if not (part in REFERENCE_MODELS or has_scheme(part) or _readings(part)):
        return has_scheme(before) or bool(options) or joined
    labels = query.rpartition("=")[2].split(",")
    if has_scheme(part):
        return False
    if options and not aliased and part in REFERENCE_MODELS and all(label.isdigit() for label in labels):
        return True
    if options or joined:
        raise UserError(
            f"{before},{part} may be one model, or {before} and model {part}: for two, give {part} first"
        )
    return False


def _readings(name: str) -> list[str]:
    """The full names that a name without a scheme may stand for."""
    target, mark, options = name.partition("?")
    return [f"{way}{mark}{options}" for way in dict.fromkeys((*_of_path(target), *_of_module(target)))]


def _of_path(target: str) -> Iterator[str]:
    path = expand_home(target) if target else Path("\0")
    if is_folder(path):
        given = target.rstrip("/") or target
        weights = any(path.glob(f"*{_WEIGHTS}")) or any(path.glob("*.bin"))
        if is_file(path / CARD):
            yield f"./{given}" if given in REFERENCE_MODELS else given
        if is_file(path / _CONFIG) and (weights or not is_file(path / GRAPH)):
            yield f"hf:{given}"
        if is_file(path / GRAPH):
            yield f"onnx:{given}"
    elif is_file(path):
        folder = target[: -len(path.name)].rstrip("/") or "."
        if path.name in (GRAPH, CARD, _CONFIG) or path.suffix.lower() == _WEIGHTS:
            yield from _of_path(folder)
        else:
            yield from (f"{scheme}:{target}" for scheme in _SUFFIXES.get(path.suffix.lower(), ()))


def _of_module(target: str) -> Iterator[str]:
    where, colon, name = target.rpartition(":")
    if not colon or not all(part.isidentifier() for part in name.split(".")):
        return
    if where.endswith(".py"):
        if is_file(expand_home(where)):
            yield f"py:{target}"
    elif all(part.isidentifier() for part in where.split(".")) and _is_module(where.partition(".")[0]):
        yield f"py:{target}"


def _is_module(name: str) -> bool:
    """Whether there is a module of that name, here or where Python looks; nothing is imported."""
    if is_file(Path(f"{name}.py")) or is_folder(Path(name)):
        return True
    try:
        return find_spec(name) is not None
    except ValueError:  # a module without a specification, as `__main__`
        return False


def _refuse(name: str) -> NoReturn:
    """Say why a name means no model, and which names are near."""
    target = name.partition("?")[0]
    path = expand_home(target)
    if is_folder(path):
        raise UserError(_why_no_folder(target, path))
    if is_file(path):
        raise UserError(_why_no_file(target, path))
    before, colon, _ = target.partition(":")
    if colon:
        _refuse_scheme(name, before)
    if near := _near(target, path):
        raise UserError(f"model {name!r}: there is no such file or folder: did you mean {near!r}?")
    if "/" in target or path.suffix:
        hub = target.count("/") == 1 and not target.startswith((".", "/", "~")) and not path.suffix
        hint = f"; for a model of the Hugging Face hub, give hf:{name}" if hub else ""
        raise UserError(f"model {name!r}: there is no such file or folder{hint}")
    if name.isdecimal() or difflib.get_close_matches(name, REFERENCE_MODELS, n=1):
        check_known("model", name, REFERENCE_MODELS)
    raise UserError(
        f"unknown model {name!r}: there is no such file or folder; reference models are "
        f"{', '.join(REFERENCE_MODELS)}, and models of the Hugging Face hub hf:NAME"
    )


def _refuse_scheme(name: str, before: str) -> NoReturn:
    behind = name.partition(":")[2].partition("/")[0].partition("?")[0]
    if behind.isdigit():
        raise UserError(f"model {name!r} has no scheme: for a server at that address, give http://{name}")
    near = difflib.get_close_matches(before, tuple(SCHEMES), n=1, cutoff=_ALIKE)
    if not near and before.removesuffix(".py").replace(".", "").replace("/", "").isidentifier():
        what = f"file {before!r}" if before.endswith(".py") else f"module {before!r}"
        raise UserError(f"model {name!r}: there is no {what}, and no scheme of models of that name")
    check_known(SCHEMES.kind, before, tuple(SCHEMES))
    raise AssertionError("a known scheme is not refused")


def _near(target: str, path: Path) -> str | None:
    """The nearest name of a model in the same folder."""
    folder = path.parent
    if not is_folder(folder) or not path.name:
        return None
    near = difflib.get_close_matches(path.name, [each.name for each in folder.iterdir()], n=3, cutoff=_ALIKE)
    found = (target[: len(target) - len(path.name)] + name for name in near)
    return next((each for each in found if _readings(each)), None)


def _why_no_folder(target: str, folder: Path) -> str:
    given = target.rstrip("/") or target
    inside = sorted(each.name for each in folder.iterdir() if _readings(f"{given}/{each.name}"))
    what = f"folder {target!r} holds no model itself"
    if inside:
        more = ", …" if len(inside) > _MOST else ""
        names = ", ".join(visible(f"{given}/{name}") for name in inside[:_MOST])
        return f"{what}: name one in it, such as {names}{more}"
    if is_file(folder / "adapter_config.json"):
        return (
            f"folder {target!r} holds an adapter, no whole model: save one with "
            "model.merge_and_unload().save_pretrained(folder)"
        )
    return (
        f"{what}: it lacks {_CONFIG} (a model of transformers, by save_pretrained), {GRAPH} (an export) and "
        f"{CARD} (a model of robustaudit train)"
    )


def _why_no_file(target: str, path: Path) -> str:
    if path.suffix == ".py":
        names = _names_in(path)[:_MOST]
        such = f"such as {', '.join(f'{target}:{name}' for name in names)}" if names else f"as {target}:NAME"
        return f"file {target!r} is a module: name the function, object or class in it, {such}"
    if path.suffix.lower() == _WEIGHTS:
        return f"file {target!r} has weights alone: put the {_CONFIG} and tokenizer of its model beside it"
    readable = ", ".join((*_SUFFIXES, _WEIGHTS))
    return (
        f"file {target!r} is no model that can be read by its suffix ({readable}): write a function of texts "
        "that queries it, such as judge in mine.py, and give mine.py:judge"
    )


def _names_in(path: Path) -> list[str]:
    """The public functions and classes of a file; nothing of it is run."""
    try:
        body = ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return []
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [each.name for each in body if isinstance(each, kinds) and each.name[0] != "_"]
