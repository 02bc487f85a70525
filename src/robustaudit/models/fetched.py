"""Files of models of the Hugging Face hub, fetched once."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from huggingface_hub import model_info, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from robustaudit.core.hub import SECONDS, explained, quiet_hub, tell


@cache
def fetched(name: str, *, what: str, files: tuple[str, ...], whole: Callable[[Path], bool]) -> Path:
    """The folder of a cache; what lies there is taken as it is, so that a model does not change unasked.

    Raises:
        Unreachable: it is not here and the Hugging Face hub did not answer, or must not be asked.
        UserError: it is not there.
    """
    with explained(f"{what} {name!r}"), quiet_hub():
        with suppress(LocalEntryNotFoundError):
            here = Path(snapshot_download(name, local_files_only=True))
            if whole(here):
                return here
        model_info(name, timeout=SECONDS)  # the download itself would wait for a silent hub for minutes
        tell(f"fetching {what} {name!r} once from the Hugging Face hub")
        return Path(snapshot_download(name, allow_patterns=list(files)))
