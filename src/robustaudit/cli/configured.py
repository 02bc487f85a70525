"""What `run` takes from a configuration file where the command line says nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from robustaudit.core.configuration import Configuration, find_configuration, read_configuration
from robustaudit.core.files import is_file, is_folder
from robustaudit.core.validation import check_known, parse

_KINDS: Mapping[str, Any] = {
    "models": tuple[str, ...],
    "attacks": tuple[str, ...],
    "severities": tuple[int, ...],
    "slices": tuple[str, ...],
    "data": str,
    "text_column": str,
    "label_column": str,
    "id_column": str,
    "group_column": str,
    "label_map": str,
    "max_examples": int,
    "on_bad_row": str,
    "data_format": str,
    "encoding": str,
    "delimiter": str,
    "no_quotes": bool,
    "escaped": bool,
    "columns": str,
    "max_data_mb": int,
    "trials": int,
    "examples": int,
    "rate": float,
    "seed": int,
    "segmentation": str,
    "batch_size": int,
    "jobs": int,
    "models_dir": str,
    "baseline_model": str,
    "on_error": str,
    "time_limit": float,
    "load_limit": float,
}
_OPTIONS = {"attacks": "attack", "severities": "severity", "slices": "slice_"}  # where named otherwise
_OF_READING = (
    "text_column",
    "label_column",
    "id_column",
    "group_column",
    "label_map",
    "max_examples",
    "on_bad_row",
    "data_format",
    "encoding",
    "delimiter",
    "no_quotes",
    "escaped",
    "columns",
    "max_data_mb",
    "slice_",
)

RunConfig = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The file with rules and defaults.",
        show_default="robustaudit.toml or pyproject.toml, here or above",
    ),
]


class RunCommand(TyperCommand):
    """A command that takes from a configuration file what its command line does not say."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  (Typer's, which names it not)
        said, _, _ = self.make_parser(ctx).parse_args(list(args))
        path = Path(said["config"]) if "config" in said else find_configuration(Path.cwd())
        if path is not None and "help" not in said:
            configuration = read_configuration(path)
            defaults = _beside(said, run_defaults(configuration))
            if "models" in defaults and not said.keys() & {"config", "models", "trust_models"}:
                _check_consent(configuration)
            ctx.default_map = defaults | {"config": str(path)}
        return super().parse_args(ctx, args)


def _check_consent(configuration: Configuration) -> None:
    """Refuse models that a configuration names which was found, and not given, unless the user consents."""
    from robustaudit.api.consent import Found, check_consent

    check_consent(Found.configuration(configuration.path, configuration.tables["run"]))


def _beside(said: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Those defaults that go with what the command line says."""
    from robustaudit.datasets import BUILT_IN

    excluded: set[str] = set()
    if "text" in said:
        excluded |= {"data", "examples", *_OF_READING}
    if said.get("data") in BUILT_IN:
        excluded |= set(_OF_READING)
    if "rate" in said:
        excluded.add("severity")
    if "severity" in said:
        excluded.add("rate")
    return {key: value for key, value in defaults.items() if key not in excluded}


def run_defaults(configuration: Configuration) -> dict[str, Any]:
    """The table `[run]` as defaults of that command's options; paths are from the file's folder."""
    table = configuration.tables.get("run", {})
    where = configuration.where("run")
    for key in table:
        check_known(f"key in {where}", key, _KINDS)
    given = {key: parse(_KINDS[key], value, where=f"{key} in {where}") for key, value in table.items()}
    return dict(_option(key, value, configuration.path.parent) for key, value in given.items())


def _option(key: str, value: Any, folder: Path) -> tuple[str, Any]:  # noqa: ANN401
    """The option's name and value as the command line would give it."""
    match key:
        case "severities":
            value = ",".join(map(str, value))
        case "models_dir":
            value = str(folder / value)
        case "data" if is_file(folder / value) or is_folder(folder / value):
            value = str(folder / value)
    return _OPTIONS.get(key, key), list(value) if isinstance(value, tuple) else value
