"""What an audit needs, checked before any data or weights are downloaded."""

from robustaudit.api.models import models_folder, named_models, trusted
from robustaudit.api.request import AuditRequest
from robustaudit.core.errors import UserError
from robustaudit.core.extras import check_installed
from robustaudit.core.files import check_creatable
from robustaudit.core.spelling import named, option
from robustaudit.gate.selection import check_cells
from robustaudit.models import check_location
from robustaudit.perturbations import find_segmenter
from robustaudit.runs.plan_record import find_model


def check_ready(request: AuditRequest) -> None:
    """Check the files of models, the output folder, and what a gate's rules select.

    Models given as objects have names that are not known yet: nothing is checked against these.

    Raises:
        UserError: one of them is missing or cannot be used.
    """
    asked = request.models
    folder, trust = models_folder(asked.folder), trusted(asked.trust, pickle=asked.trust_pickle)
    named = named_models(asked.given)
    for _, model in named:
        if isinstance(model, str):
            check_location(model, folder=folder, trust=trust)
    models = [{"name": name, "uri": model if isinstance(model, str) else None} for name, model in named]
    find_segmenter(request.trials.segmentation)
    _check_machines(request)
    place = request.output.folder or request.output.parent
    if place is not None:
        check_creatable(place)
    if all(model["name"] is not None for model in models):
        if asked.baseline is not None:
            find_model(asked.baseline, models, kind="baseline model")
        if request.gate:
            check_cells(request.gate.of_run, models, request.attacks)


def _check_machines(request: AuditRequest) -> None:
    """Check what a run on a cluster, or with shards elsewhere, needs."""
    if request.output.shards is not None:
        from robustaudit.runs.shared_shards import check_shards

        check_shards(request.output.shards, offline=request.inference.offline)
    if request.inference.ray is not None:
        check_installed("ray", ["ray"])
        if request.models.max_calls is not None:
            raise UserError(
                f"{named('max_calls')} is counted on one machine alone: give "
                f"{option('executor', 'local')}, or limit the calls at the server"
            )
