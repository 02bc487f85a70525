"""`robustaudit replay`: one trial of a run, redone."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say, show, show_json
from robustaudit.cli.options import LoadLimit, Trusted, TrustModels, TrustPickle
from robustaudit.core.hub import network

_DIFFERS = 1


def replay(
    run: Annotated[Path, typer.Argument(help="The folder of a run, such as reports/tiny-0123456789ab.")],
    trial: Annotated[int, typer.Argument(help="The number of the trial, from 0 on.")],
    model: Annotated[str | None, typer.Option(help="Only this model.", show_default="all")] = None,
    attack: Annotated[str | None, typer.Option(help="Only this attack.", show_default="all")] = None,
    no_model: Annotated[bool, typer.Option("--no-model", help="Draw the text again, ask no model.")] = False,
    models_dir: Annotated[
        Path | None,
        typer.Option(help="Where trained models lie.", show_default="./trained_models, or those that ship"),
    ] = None,
    load_limit: LoadLimit = None,
    trust: Trusted = None,
    trust_pickle: TrustPickle = False,
    trust_models: TrustModels = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON alone.")] = False,
) -> None:
    """Redo one trial of a run from its seed, attack, example and draw, and compare it with what is stored."""
    from robustaudit.api.consent import check_replayed
    from robustaudit.api.models import chosen_models, labels_in, models_folder, trusted
    from robustaudit.reports import render_replay, replay_as_json
    from robustaudit.runs.guard import load_limit_or_default
    from robustaudit.runs.labels import numbered_as
    from robustaudit.runs.replay import ask, changes_since, redo
    from robustaudit.runs.stored import open_run

    limit = load_limit_or_default(load_limit)
    stored = open_run(run)
    if stored.result is None:
        say(f"run {str(run)!r} is not finished: a trial of its first part is redone")
    found = redo(stored, trial, model=model, attack=attack)
    names = [] if no_model else list(dict.fromkeys(answer.model for each in found for answer in each.answers))
    sources = []
    if not trust_models:
        check_replayed(stored, names, given=model)
    if names:
        folder = models_folder(models_dir)
        allowed = trusted(trust or (), pickle=trust_pickle, announce=say)
        of_data = labels_in(stored.plan)
        sources = chosen_models(names, folder=folder, trust=allowed, of_data=of_data, load_limit=limit)
        sources = [numbered_as(stored.plan, source) for source in sources]
    changes = changes_since(stored, found, sources)
    if sources:
        with network(allowed=False, announce=say):
            retests = stored.result.retests if stored.result else ()
            found = tuple(ask(each, sources, retests=retests, load_limit=limit) for each in found)
    if as_json:
        show_json(replay_as_json(found, changes))
    else:
        show(render_replay(found, changes))
    if not all(each.same for each in found):
        raise typer.Exit(_DIFFERS)
