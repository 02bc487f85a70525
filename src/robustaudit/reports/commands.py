"""Commands that reports print for a shell: how a run is repeated or judged, with the consent it needs."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from robustaudit.attacks import parse_attack
from robustaudit.core import defaults
from robustaudit.core.errors import UserError
from robustaudit.core.spelling import FLAGS
from robustaudit.datasets import BUILT_IN
from robustaudit.models import short_name
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.plan_record import is_worth_a_check, pickled_models
from robustaudit.runs.result import Result


def command(*words: str, pickled: bool) -> str:
    """A command of robustaudit; with `pickled`, one that loads a model from a pickle."""
    return shlex.join(["robustaudit", *words, *consent(pickled=pickled)])


def consent(*, pickled: bool) -> list[str]:
    """The flags with which a command loads such a model."""
    return ["--trust-pickle"] if pickled else []


def gate_command(result: Result, *words: str) -> str:
    """The command that audits the models of a run and judges them, with further words."""
    return command("run", "--gate", *words, pickled=bool(pickled_models(result.plan)))


def run_command(result: Result, models: Sequence[str] | None = None) -> str | None:
    """The command that repeats a run, or its like of other models.

    None if the data or a model of the run had no name, as those in memory.
    """
    plan, data = result.plan, result.plan["data"]
    given = given_data(data)
    named = list(models or filter(None, map(given_model, plan["models"])))
    if given is None or (models is None and len(named) < len(plan["models"])):
        return None
    decided = plan.get("until_decided")
    fields = run_fields(plan, data=given, models=named) | {
        **({"until_decided": True, **decided} if decided else {}),
        "on_error": None if plan.get("on_error") == ErrorPolicy().on_error else plan.get("on_error"),
        "time_limit": plan.get("time_limit"),
    }
    words = [
        FLAGS.option(name, each)
        for name, value in fields.items()
        if value is not None
        for each in (value if isinstance(value, list) else [value])
    ]
    return " ".join(["robustaudit run", *words, *consent(pickled=bool(pickled_models(plan)))])


def run_fields(plan: Mapping[str, Any], *, data: str | None, models: list[str]) -> dict[str, Any]:
    """The fields of the request of a run, for that data and those models; None where one is not given."""
    segmentation = plan.get("segmentation", defaults.SEGMENTATION).split()[0]
    return {
        "data": data,
        **plan["data"].get("reading", {}),
        "models": models or None,
        "attacks": list(given_attacks(plan).values()),
        **{name: plan[name] for name in ("trials", "examples", "seed")},
        "slices": list(plan.get("slices") or ()) or None,
        "segmentation": None if segmentation == defaults.SEGMENTATION else segmentation,
        "baseline_model": plan.get("baseline_model"),
        "exact": _is_exact(plan) or None,
    }


def _is_exact(plan: Mapping[str, Any]) -> bool:
    """Whether a model is in single precision that a processor with bf16 would try in that."""
    large = is_worth_a_check(plan["trials"], len(plan["attacks"]))
    return large and any(model.get("form") == "fp32" for model in plan["models"])


def given_data(data: Mapping[str, Any]) -> str | None:
    """The data of a run as `--data` takes it; None if it was in memory or came by a pipe."""
    name: str = data["name"]
    has_a_name = name in BUILT_IN or name.startswith("hf:")
    return data.get("path") or (name if has_a_name else None)


def given_model(model: Mapping[str, Any]) -> str | None:
    """A model as `--models` takes it, with its alias if it has one: `old=hf:folder`; None if in memory."""
    name: str = model["name"]
    uri: str | None = model["uri"]
    if uri is None:
        return None
    return uri if name in (uri, short_name(uri)) else f"{name}={uri}"


def given_attacks(plan: Mapping[str, Any]) -> dict[str, str]:
    """The attacks of a run as `--attack` takes them: by name or, with another rate, as a whole expression."""
    return {attack["name"]: _lasting(attack["name"], attack["expression"]) for attack in plan["attacks"]}


def _lasting(name: str, expression: str) -> str:
    try:
        return name if str(parse_attack(name).attack) == expression else expression
    except UserError:  # a recipe that is gone
        return expression
