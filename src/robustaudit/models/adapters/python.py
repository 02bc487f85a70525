"""`py:package.module:name` or `py:FILE.py:name`: a function or an object of the user's own."""

import difflib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from robustaudit.core.errors import ForeignError, ModelError, RobustAuditError, UserError, message_of
from robustaudit.core.files import expand_home, is_file
from robustaudit.models.adapters.model_files import check_label_names, digest_of, labels_on, read_files
from robustaudit.models.adapters.model_uri import ModelUri, scheme
from robustaudit.models.adapters.outputs import ONE_TEXT, Outputs, labels_of_data_hint, parse_outputs
from robustaudit.models.classifier import DataLabels, ExternalModel

_TASKS = ("text-classification", "sentiment-analysis")


def labels_of_pipeline(thing: Any, where: str) -> Mapping[int, str] | None:  # noqa: ANN401
    """The names by which a pipeline calls its classes, by their numbers; None where it is no pipeline.

    Raises:
        UserError: it gives a text no label, or but one score.
    """
    names = getattr(getattr(getattr(thing, "model", None), "config", None), "id2label", None)
    task = getattr(thing, "task", None)
    if not isinstance(names, Mapping) or not isinstance(task, str):
        return None
    if task not in _TASKS:
        raise UserError(f"{where} must be a pipeline for {_TASKS[0]}, got one for {task}")
    if len(names) == 1:
        raise UserError(
            f"{where} is a pipeline of one score, and one label: name the folder of its model, as hf:FOLDER, "
            "which is read as two"
        )
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonOptions:
    """Options after `?`."""

    labels: tuple[str, ...] | None = None


class PythonClassifier:
    """Something of the user's that answers texts with labels or probabilities."""

    def __init__(
        self,
        thing: Any,  # noqa: ANN401
        labels: tuple[str, ...],
        where: str,
        *,
        ordered: bool = True,
        to_name: str = "",
        of_data: bool = False,
    ) -> None:
        predict: Callable[[Any], Any] = getattr(thing, "predict", thing)
        self._predict = foreign_errors(predict)
        self._takes_one = takes_single_text(predict)
        self._where = where
        self._ordered = ordered
        self._to_name = to_name
        self._of_data = of_data  # its labels are the data's
        self.labels = labels
        self.batch_size = _texts_at_once(thing)

    def predict(self, texts: Sequence[str]) -> Outputs:
        """Probabilities of shape (n_texts, n_classes), or each text's class."""
        given = [self._predict(text) for text in texts] if self._takes_one else self._ask(list(texts))
        return parse_outputs(
            given,
            self.labels,
            texts=texts,
            where=self._where,
            ordered=self._ordered,
            to_name=self._to_name,
            hint=labels_of_data_hint() * self._of_data,
        )

    def _ask(self, texts: list[str]) -> Any:  # noqa: ANN401
        try:
            return self._predict(texts)
        except (AttributeError, TypeError) as error:
            if "list" not in str(error):
                raise
            raise ModelError(
                f"{self._where} raised {type(error).__name__}: {error}: it gets a list of texts, and gives "
                f"an answer for each; {ONE_TEXT}"
            ) from error


def foreign_errors(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, but that an error of ours which it raises does not speak for us."""

    def asked(texts: Any) -> Any:  # noqa: ANN401
        try:
            return call(texts)
        except RobustAuditError as error:
            raise ForeignError(error) from error

    return asked


def takes_single_text(predict: Callable[[Any], Any]) -> bool:
    """Whether a function takes one text, by the annotation of its first parameter."""
    try:
        parameters = inspect.signature(predict).parameters.values()
    except (TypeError, ValueError):  # it has no signature
        return False
    return next((parameter.annotation in (str, "str") for parameter in parameters), False)


@scheme("py")
def python(reference: ModelUri) -> ExternalModel:
    """The function, object or class of that name; the module is imported."""
    options = reference.options(PythonOptions)
    module, thing = _find(reference)
    where = repr(reference.name)
    labels = options.labels or labels_of_pipeline(thing, where) or labels_on(thing, where)
    if labels is not None:
        classes = DataLabels(check_label_names(labels, where), numbered=True)
    elif reference.data_labels is not None:
        classes = reference.data_labels
    else:
        raise UserError(
            f"{reference.name!r} has no labels: give it an attribute `labels`, or name them as in "
            f"{reference.scheme}:{reference.target}?labels=negative,positive"
        )
    files = read_files([_source(module, reference)])
    return ExternalModel(
        name=reference.name,
        title=f"{reference.target.rpartition(':')[2]} of {module.__name__}",
        labels=classes.names,
        digest=digest_of(files, *classes.names, str(getattr(thing, "digest", ""))),
        make=partial(_make, reference, classes, of_data=labels is None),
        named=labels is not None,
        files=files,
    )


def _make(reference: ModelUri, classes: DataLabels, *, of_data: bool) -> PythonClassifier:
    _, thing = _find(reference)
    if isinstance(thing, type):
        with _usable(reference, "be made"):
            thing = thing()
    return PythonClassifier(
        thing,
        classes.names,
        f"model {reference.name!r}",
        ordered=classes.numbered,
        to_name=f"{reference.scheme}:{reference.target}?labels={','.join(map(quote, classes.names))}",
        of_data=of_data,
    )


def _texts_at_once(thing: object) -> int | None:
    """The batch size that an object names, if any."""
    size = getattr(thing, "batch_size", None)
    return size if isinstance(size, int) and size > 0 else None


def check_module(reference: ModelUri) -> tuple[str, str, Path | None]:
    """The names of the module and of the thing in it, and the module's file if one is given; it exists."""
    where, colon, name = reference.target.rpartition(":")
    file = expand_home(where) if where.endswith(".py") else None
    module = file.stem if file else where
    if not colon or not all(part.isidentifier() for part in (*module.split("."), *name.split("."))):
        raise UserError(f"{reference.name!r} must be of the form py:package.module:name, or py:FILE.py:name")
    if module.partition(".")[0] in sys.stdlib_module_names:
        raise UserError(
            f"{reference.name!r}: {module} is a module of Python itself; a model must be in one of "
            "your own, of another name"
        )
    if file is not None and not is_file(file):
        raise UserError(f"{reference.name!r}: the file {str(file)!r} does not exist")
    return module, name, file


def _find(reference: ModelUri) -> tuple[ModuleType, Any]:
    """The module and the thing in it, which has a method `predict` or can be called."""
    module_name, name, file = check_module(reference)
    module = _import(module_name, reference) if file is None else _import_file(file, reference)
    thing: Any = module
    for part in name.split("."):
        if not hasattr(thing, part):
            near = difflib.get_close_matches(part, [each for each in vars(thing) if each[0] != "_"], n=1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            raise UserError(f"{reference.name!r}: {module_name} has no {name}{hint}")
        thing = getattr(thing, part)
    if not callable(getattr(thing, "predict", thing)):
        raise UserError(f"{reference.name!r} must be a function, or have a method `predict`")
    return module, thing


def _import_file(path: Path, reference: ModelUri) -> ModuleType:
    """The module in a file; one of the same name that Python finds first is refused."""
    module = _import(path.stem, reference, folder=path.parent)
    found = Path(module.__file__ or ".").resolve()
    if found != path.resolve():
        raise UserError(
            f"{reference.name!r}: Python finds another module {path.stem} first, {str(found)!r}: "
            f"rename {str(path)!r}"
        )
    return module


def _import(name: str, reference: ModelUri, *, folder: Path = Path()) -> ModuleType:
    here = str(folder.absolute())
    if here not in sys.path:
        sys.path.append(here)  # at the end: a file of the user's stands in for no library
    with _usable(reference, "be imported"):
        return importlib.import_module(name)


@contextmanager
def _usable(reference: ModelUri, how: str) -> Iterator[None]:
    """An exception in the user's code, or an exit, becomes one clear line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {message_of(error)}".removesuffix(": ")
        raise UserError(f"{reference.name!r} cannot {how}: {reason}") from error


def _source(module: ModuleType, reference: ModelUri) -> Path:
    if module.__file__ is None:
        raise UserError(f"{reference.name!r}: {module.__name__} is a folder without an __init__.py")
    return Path(module.__file__)
