"""All commands, under one name, with examples of their use; each is imported when it is named.

The list of commands in the help shows their first lines, which stand here too for that.
"""

from collections.abc import Mapping
from typing import Any

import typer

from robustaudit.cli.lazy_commands import CommandOutline, LazyGroup
from robustaudit.core.version import __version__

_AUDITS, _GATES, _MODELS = "Audits", "Gates", "Models and data"
COMMANDS: Mapping[str, CommandOutline] = {
    "run": CommandOutline(
        _AUDITS,
        "run:run",
        "Audit models on perturbed texts and print how much accuracy drops.",
        (
            "run --models hf:my_model --data my.csv",
            "run --models 4,tfidf --attack qwerty --attack 'homoglyph,qwerty' --trials 500",
            'run --text "I loved the food!" --label 1',
            "run --until-decided --max-drop 0.05",
        ),
    ),
    "verify": CommandOutline(
        _AUDITS,
        "verify:verify",
        "Query models for every single edit of an attack: which texts none can make fail.",
        (
            "verify --models 1,4 --attack homoglyph --examples 50",
            "verify --models hf:my_model --data my.csv --attack 'qwerty & keep(first_letter)' --all",
        ),
    ),
    "search": CommandOutline(
        _AUDITS,
        "search:search",
        "Search each example for edits that change the prediction, within a number of queries.",
        ("search --models 1,4 --attack 'qwerty & at_most(2)' --budget 100",),
    ),
    "diff": CommandOutline(
        _AUDITS,
        "diff:diff",
        "Compare two models over every single edit: which edits newly fail, and which newly hold.",
        (
            "diff 4 hf:my_model --attack delete --examples 50",
            "diff reports/old-sweep reports/new-sweep --max-new-failures 0",
        ),
    ),
    "repair": CommandOutline(
        _AUDITS,
        "repair:repair",
        "Try what would repair a model of a run, and rank it: defences, their best chain, hardening.",
        (
            "repair reports/tiny-0123456789ab --model 4",
            "repair --defences strip,fold,spell --hold-out homoglyph --hardened hardened",
        ),
    ),
    "report": CommandOutline(
        _AUDITS,
        "finished:report",
        "Write reports of a finished run: an HTML page that opens offline, and files for other programs.",
        ("report --open", "report reports/tiny-0123456789ab --format html,csv --plots"),
    ),
    "compare": CommandOutline(
        _AUDITS,
        "finished:compare",
        "Compare two audited models, attack by attack: how much more accuracy the second loses.",
        ("compare reports/tiny-0123456789ab --models 1,4",),
    ),
    "history": CommandOutline(
        _AUDITS,
        "finished:history",
        "Show how the drop of each model under each attack changed from run to run.",
    ),
    "replay": CommandOutline(
        _AUDITS,
        "finished:replay",
        "Repeat one trial from its seed, attack, example and draw, and compare it with the stored one.",
        ("replay reports/tiny-0123456789ab 17 --model 4 --attack qwerty",),
    ),
    "status": CommandOutline(
        _AUDITS,
        "status:status",
        "Show how far a run is, while it works or after: trials, rate and time left of each model.",
        ("status", "status reports/tiny-0123456789ab --watch"),
    ),
    "check": CommandOutline(
        _AUDITS,
        "finished:check",
        "Check whether a run is complete and its files are intact, and say how to repair it.",
    ),
    "filter": CommandOutline(
        _AUDITS,
        "filters:filter_",
        "Read a run as that of a filter: what gets through under each attack, and its false alarms.",
        ("filter --positive negative --fpr 0.05",),
    ),
    "plan": CommandOutline(
        _AUDITS,
        "plan:plan",
        "Plan the sample size: examples and draws that a gate needs, and what --until-decided would take.",
        ("plan --max-drop 0.05 --pilot reports/tiny-0123456789ab",),
    ),
    "gate": CommandOutline(
        _GATES,
        "gate:gate",
        "Check a run, a sweep or a search against the rules of a configuration file.",
        ("gate reports/tiny-0123456789ab --junit gate.xml", "run --gate"),
    ),
    "init": CommandOutline(
        _GATES,
        "gate:init",
        "Write a commented robustaudit.toml with rules that a run passes, with a margin; overwrite nothing.",
        ("init reports/tiny-0123456789ab",),
    ),
    "compose": CommandOutline(
        _MODELS,
        "compose:compose",
        "Show what an attack does: its parts, some texts before and after, the share of texts it changes.",
        ("compose 'homoglyph,qwerty'", "compose '2*qwerty+delete' --data my.csv"),
    ),
    "augment": CommandOutline(
        _MODELS,
        "augment:augment",
        "Write data with perturbed copies of its texts, to train a model on.",
        ("augment my.csv --attack 'qwerty|delete' --share 0.5 -o train.csv",),
    ),
    "export-defence": CommandOutline(
        _MODELS,
        "export_defence:export_defence",
        "Write defences as a Python module of its own, for a service without robustaudit.",
        ("export-defence strip,fold,spell --output cleaning.py",),
    ),
    "learn-errors": CommandOutline(
        _MODELS,
        "learn_errors:learn_errors",
        "Learn from misspellings which errors people make where; the attack human makes such errors.",
        ("learn-errors my_misspellings.csv --output my_errors.toml",),
    ),
    "train": CommandOutline(
        _MODELS,
        "train:train",
        "Train models and save weights, history and model card of each.",
        ("train --models 2 --output my_models --set lstm.model.dropout=0.5",),
    ),
    "harden": CommandOutline(
        _MODELS,
        "harden:harden",
        "Train a model on with perturbed texts, and save it if it stays accurate on clean ones.",
        ("harden --model 4 --attack qwerty --attack delete --hold-out unicode --output hardened",),
    ),
    "trust": CommandOutline(
        _MODELS,
        "trust:trust",
        "Consent to models that run code or receive your texts, named by a configuration or a run.",
        ("trust my_project", "trust --list"),
    ),
    "baseline": CommandOutline(
        _GATES, "gate:baseline", "Save the figures of a run as the reference for later runs."
    ),
    "models": CommandOutline(
        _MODELS, "models:models", "Describe, score and compare models and how they learned."
    ),
    "list": CommandOutline(
        _MODELS,
        "listing:list_",
        "List attacks, perturbations, severities, defences, languages, models and data.",
    ),
    "data": CommandOutline(_MODELS, "data:data", "Fetch built-in data, and show how your own is read."),
}


class AllCommands(LazyGroup):
    """The group of all commands."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401
        super().__init__(**attributes)
        self.fill(COMMANDS)


app = typer.Typer(
    cls=AllCommands,
    help="How much worse does a text classifier get when people type the way people type?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"robustaudit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """How much worse does a text classifier get when people type the way people type?"""
