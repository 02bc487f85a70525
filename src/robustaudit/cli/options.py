"""The options of the commands, each spelt once, and grouped as the help shows them.

A command takes a group as one parameter: `grouped` offers each of its fields as an option. Fields are
called as in Python and in configuration files; where an option is called otherwise, its flag stands here.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args, get_type_hints

import typer
from typer.models import OptionInfo

from robustaudit.cli.console import say
from robustaudit.core import defaults
from robustaudit.core.errors import UserError

if TYPE_CHECKING:
    from robustaudit.datasets import ReadOptions


STANDARD_OUTPUT = Path("/dev/stdout")


def a_path(given: str) -> Path:
    """A path from an option, - for standard output; an empty one, as from an unset variable, is refused."""
    if not given.strip():
        raise typer.BadParameter("a path must not be empty; the working folder is .")
    return STANDARD_OUTPUT if given == "-" else Path(given)


def a_folder(given: str) -> Path:
    """A folder from an option, which - is none."""
    if given == "-":
        raise typer.BadParameter("a folder is written, which is no standard output; ./- is one called -")
    return a_path(given)


def a_log(given: str) -> Path:
    """A file from an option, or - for standard error, where a log belongs."""
    return Path(given) if given == "-" else a_path(given)


def folder_option(what: str, *flags: str, default: str | None = None, panel: str | None = None) -> OptionInfo:
    """An option for the folder that a command writes to; `default` says which one without it."""
    return _path_option(what, *flags, parser=a_folder, default=default, panel=panel)


def file_option(what: str, *flags: str, default: str | None = None, panel: str | None = None) -> OptionInfo:
    """An option for a file that a command writes, which may be standard output."""
    return _path_option(what, *flags, parser=a_path, default=default, panel=panel)


def _path_option(
    what: str, *flags: str, parser: Callable[[str], Path], default: str | None, panel: str | None
) -> OptionInfo:
    made: OptionInfo = typer.Option(
        *flags, parser=parser, metavar="PATH", help=what, show_default=default or True, rich_help_panel=panel
    )
    return made


def split_names(what: str, given: str) -> list[str]:
    """The names in an option such as `1,4,7`."""
    names = [name.strip() for name in given.split(",")]
    if not all(names):
        raise UserError(f"{what} must be names separated by commas, such as 1,4,7, got {given!r}")
    return names


class Group:
    """A group of options; `PANEL` is its heading in the help."""

    PANEL: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @classmethod
    def names(cls) -> list[str]:
        """The fields."""
        return [each.name for each in fields(cls)]

    def said(self) -> dict[str, Any]:
        """The fields given on the command line; flags that are left out are False and not included."""
        values = ((name, getattr(self, name)) for name in self.names())
        return {
            name: value for name, value in values if value is not None and value is not False and value != []
        }


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the fields of each parameter that is a group into options of the command."""
    given = inspect.signature(command, eval_str=True)
    groups: dict[str, type[Group]] = {
        name: each.annotation
        for name, each in given.parameters.items()
        if inspect.isclass(each.annotation) and issubclass(each.annotation, Group)
    }

    @functools.wraps(command)
    def flat(**options: Any) -> None:  # noqa: ANN401
        made = {
            name: group(**{each: options.pop(each) for each in group.names()})
            for name, group in groups.items()
        }
        command(**made, **options)

    offered = [
        parameter
        for name, each in given.parameters.items()
        for parameter in (_of_group(groups[name]) if name in groups else [each])
    ]
    flat.__signature__ = given.replace(parameters=offered)  # type: ignore[attr-defined]
    flat.__annotations__ = {each.name: each.annotation for each in offered}
    return flat


def _of_group(group: type[Group]) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for name in group.names():
        kind, given = get_args(hints[name])
        option = copy(given)
        option.rich_help_panel = group.PANEL
        default = group.__dataclass_fields__[name].default
        yield inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
        )


def complete_models(incomplete: str) -> list[str]:
    """The last of some names, such as `1,tf`, as models may be called."""
    from robustaudit.models import REFERENCE_MODELS
    from robustaudit.models.adapters import SCHEMES

    before, comma, _ = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in (*REFERENCE_MODELS, *(f"{each}:" for each in SCHEMES))]


def complete_attack(incomplete: str) -> list[str]:
    """The last part of an expression, such as `homoglyph,qw`, as attacks may be called."""
    from robustaudit.attacks import list_attacks

    begun = re.split(r"(?<=[,+|*&(])", incomplete)[:-1]
    return ["".join([*begun, each.name]) for each in list_attacks()]


def complete_data() -> list[str]:
    """The data sets that have a name."""
    from robustaudit.datasets import BUILT_IN

    return [*BUILT_IN]


DATA = "reviews, tiny, a file, folder or address, - for standard input, or hf:NAME of the hub."
MODELS = (
    "Models: numbers such as 1,4,7, tfidf, or your own: a folder or file, mine.py:NAME, http://HOST/PATH or "
    "hf:NAME of the hub; with an alias, old=mine.py:NAME."
)

DataName = Annotated[str, typer.Option(help=DATA, rich_help_panel="Data", autocompletion=complete_data)]
RunFolder = Annotated[
    Path | None,
    typer.Argument(
        help="The folder of a run, such as reports/tiny-0123456789ab.", show_default="the latest in reports"
    ),
]


def run_or_latest(given: Path | None) -> Path:
    """The folder of a run as given, else of the one that finished last in `reports`, which is then said."""
    from robustaudit.api.request import RUNS
    from robustaudit.runs.stored_run import latest_run

    if given is not None:
        return given
    found = latest_run(RUNS)
    say(f"latest run: {found}")
    return found


Offline = Annotated[
    bool, typer.Option("--offline", help="Never use the network.", rich_help_panel="Execution")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.", rich_help_panel="Output")]
AsMarkdown = Annotated[
    bool, typer.Option("--markdown", help="Print the result as Markdown.", rich_help_panel="Output")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Suppress progress.", rich_help_panel="Output")]
LogJson = Annotated[
    Path | None,
    typer.Option(
        parser=a_log,
        metavar="PATH",
        help="Append events as JSON lines to this file; - for standard error, in place of progress.",
        show_default=False,
        rich_help_panel="Output",
    ),
]
ModelsDir = Annotated[
    Path | None,
    typer.Option(
        help="The folder of trained models.",
        show_default="./trained_models, or those that ship",
        rich_help_panel="Models",
    ),
]
MaxCalls = Annotated[
    int | None,
    typer.Option(
        help="Maximum number of calls to http: and openai: models together, retries included.",
        show_default="no limit",
        rich_help_panel="Models",
    ),
]
TrustModels = Annotated[
    bool,
    typer.Option(
        "--trust-models",
        help="Consent to models that run code or receive your texts, if a file names them.",
        rich_help_panel="Models",
    ),
]
ALPHA = "Family-wise error rate of --until-decided, over all models and attacks."
WordSegmentation = Literal["characters", "icu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueriedModelOptions(Group):
    """The models to query."""

    PANEL = "Models"

    models: Annotated[
        list[str] | None,
        typer.Option(help=f"{MODELS} Repeat for more.", show_default="1,4,7", autocompletion=complete_models),
    ] = None
    max_calls: MaxCalls = None
    trust_models: TrustModels = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueriedDataOptions(Group):
    """The data to query models with."""

    PANEL = "Data"

    data: Annotated[
        str | None, typer.Option(help=DATA, show_default="reviews", autocompletion=complete_data)
    ] = None
    text: Annotated[str | None, typer.Option(help="Audit this one text instead.")] = None
    label: Annotated[str | None, typer.Option(help="The true label of --text.")] = None
    include_seen: Annotated[
        bool,
        typer.Option("--include-seen", help="Audit examples that a model was trained on, too."),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions(Group):
    """How data is read."""

    PANEL = "Data"

    text_column: Annotated[
        str | None,
        typer.Option(help="Text column, or several such as title,content.", show_default="text, or the like"),
    ] = None
    label_column: Annotated[
        str | None, typer.Option(help="Label column.", show_default="label, or the like")
    ] = None
    id_column: Annotated[
        str | None,
        typer.Option(help="Column of unique ids, or none.", show_default="id, if present"),
    ] = None
    group_column: Annotated[
        str | None,
        typer.Option(
            help="Column of groups of dependent examples, or none.", show_default="group, if present"
        ),
    ] = None
    label_map: Annotated[
        str | None,
        typer.Option(
            help="The class of each label: neg=0,pos=1 or neg=negative; none for no map.",
            show_default="the label itself",
        ),
    ] = None
    max_examples: Annotated[
        int | None, typer.Option(help="Read only this many rows of each split.", show_default="all")
    ] = None
    on_bad_row: Annotated[
        Literal["stop", "skip"] | None,
        typer.Option(help="What to do with invalid rows.", show_default="stop"),
    ] = None
    data_format: Annotated[
        Literal["csv", "tsv", "txt", "fasttext", "jsonl", "json", "parquet", "arrow"] | None,
        typer.Option(
            help="File format: csv, tsv, txt, fasttext, jsonl, json, parquet or arrow.",
            metavar="FORMAT",
            show_default="by the file's name",
        ),
    ] = None
    encoding: Annotated[
        str | None, typer.Option(help="File encoding, such as cp1252.", show_default="UTF-8")
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option(
            help="Field delimiter: comma, semicolon, tab, pipe, or another character.",
            show_default="by the header",
        ),
    ] = None
    no_quotes: Annotated[
        bool, typer.Option("--no-quotes", help="Quotes in a file are ordinary characters.")
    ] = False
    escaped: Annotated[
        bool, typer.Option("--escaped", help="A backslash before a quote makes it an ordinary character.")
    ] = False
    columns: Annotated[
        str | None,
        typer.Option(
            help="Names of all columns, for a file without a header: label,text.", show_default="its header"
        ),
    ] = None
    records: Annotated[
        str | None,
        typer.Option(
            help="Where a JSON document has its rows, such as data.items.",
            show_default="where rows are found",
        ),
    ] = None
    max_data_mb: Annotated[
        int | None,
        typer.Option(
            help="Maximum size in megabytes of compressed data once unpacked, and of a JSON object.",
            show_default="256, or 100 times its size",
        ),
    ] = None

    def parsed(self) -> "ReadOptions":
        """The read options, with all values checked."""
        from robustaudit.datasets import ReadOptions

        return ReadOptions.parse(**self.said())


@dataclass(frozen=True, slots=True, kw_only=True)
class StrengthOptions(Group):
    """The strength of attacks, and the word segmentation."""

    PANEL = "Attacks"

    rate: Annotated[
        float | None,
        typer.Option(help="Share of the words that an attack edits.", show_default=str(defaults.RATE)),
    ] = None
    severities: Annotated[
        str | None,
        typer.Option(
            "--severity",
            "--severities",
            help="Severity levels from 1 to 5 in place of a rate, such as 1,2,3,4,5.",
        ),
    ] = None
    segmentation: Annotated[
        WordSegmentation | None,
        typer.Option(
            help="Word segmentation for scripts without spaces, such as Chinese.",
            show_default=defaults.SEGMENTATION,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneStrengthOptions(StrengthOptions):
    """The strength of a single attack."""

    severities: Annotated[
        str | None,
        typer.Option("--severity", help="Severity level from 1 to 5 in place of a rate, such as 3."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingOptions(Group):
    """The folder of trained models, and what models may do."""

    PANEL = "Models"

    models_dir: ModelsDir = None
    load_limit: Annotated[
        float | None,
        typer.Option(help="Maximum seconds for loading a model.", show_default=f"{defaults.LOAD_LIMIT:g}"),
    ] = None
    trust: Annotated[
        list[str] | None,
        typer.Option(help="A type that a sklearn: model may hold, such as mine.Cleaner; repeat for more."),
    ] = None
    trust_pickle: Annotated[
        bool, typer.Option("--trust-pickle", help="Load pickled sklearn: models, which can run any code.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOptions(Group):
    """How models are queried."""

    PANEL = "Execution"

    batch_size: Annotated[
        int | None,
        typer.Option(
            help="Inference batch size.", show_default=f"{defaults.BATCH_SIZE}, or what suits a model"
        ),
    ] = None
    jobs: Annotated[
        int | None,
        typer.Option(
            help="Worker processes, each with its own models.", show_default="as many as pay for their start"
        ),
    ] = None
    executor: Annotated[
        Literal["local", "ray"] | None,
        typer.Option(help="Query models on this machine, or on a Ray cluster.", show_default="local"),
    ] = None
    address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="The head node of the Ray cluster.",
            show_default="the one of this machine, or RAY_ADDRESS",
        ),
    ] = None
    actor_cpus: Annotated[
        float | None, typer.Option(help="Cores for each actor of --executor ray.", show_default="1")
    ] = None
    actor_gpus: Annotated[
        float | None,
        typer.Option(
            help="GPUs for each actor of --executor ray.", show_default="1 where the cluster has any"
        ),
    ] = None
    on_error: Annotated[
        Literal["stop", "skip"] | None,
        typer.Option(help="What to do with texts without a prediction.", show_default="stop"),
    ] = None
    time_limit: Annotated[
        float | None, typer.Option(help="Maximum seconds for one call of a model.", show_default="none")
    ] = None
    offline: Offline = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions(Group):
    """Where the verdict of a gate is published, besides the terminal."""

    PANEL = "Gate"

    config: Annotated[
        Path | None,
        typer.Option(
            help="Configuration file.", show_default="robustaudit.toml or pyproject.toml, here or above"
        ),
    ] = None
    junit: Annotated[
        Path | None,
        typer.Option(parser=a_path, metavar="PATH", help="Write the verdict as JUnit XML to this file."),
    ] = None
    sarif: Annotated[
        Path | None,
        typer.Option(parser=a_path, metavar="PATH", help="Write the verdict as SARIF to this file."),
    ] = None
    annotations: Annotated[
        bool | None,
        typer.Option(
            "--annotations/--no-annotations",
            help="Print GitHub annotations and write a step summary.",
            show_default="where GITHUB_ACTIONS=true",
        ),
    ] = None
