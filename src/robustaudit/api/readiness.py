"""What an audit needs, checked before any data or weights are downloaded."""

from robustaudit.api.models import models_folder, named_models, trusted
from robustaudit.api.request import AuditRequest
from robustaudit.core.files import check_creatable
from robustaudit.core.validation import check_known
from robustaudit.gate.selection import check_cells
from robustaudit.models import check_location
from robustaudit.perturbations import find_segmenter


def check_ready(request: AuditRequest) -> None:
    """Check the files of models, the output folder, and what a gate's rules select.

    Models given as objects have names that are not known yet: nothing is checked against these.

    Raises:
        UserError: one of them is missing or cannot be used.
    """
    asked = request.models
    folder, trust = models_folder(asked.folder), trusted(asked.trust, pickle=asked.trust_pickle)
    names: list[str] | None = []
    for name, model in named_models(asked.given):
        if isinstance(model, str):
            check_location(model, folder=folder, trust=trust)
        if name is None:
            names = None
        elif names is not None:
            names.append(name)
    find_segmenter(request.trials.segmentation)
    place = request.output.folder or request.output.parent
    if place is not None:
        check_creatable(place)
    if names is not None:
        if asked.baseline is not None:
            check_known("baseline model", asked.baseline, names)
        if request.gate:
            check_cells(request.gate.rules, names, request.attacks)
