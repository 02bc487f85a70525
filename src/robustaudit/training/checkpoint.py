"""The file that an interrupted training resumes from: safetensors, with a JSON record in its header."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from robustaudit.core.errors import UserError
from robustaudit.core.files import write_atomically
from robustaudit.core.spelling import option
from robustaudit.core.typed_values import parse_typed
from robustaudit.models.training_history import TrainingHistory

_RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingProgress:
    """The progress of a training: its steps, its history and the state of its generator of batches (JSON)."""

    steps: int
    history: TrainingHistory
    batches: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The saved state of a training after each epoch; `training` identifies it."""

    path: Path
    training: str

    def save(self, tensors: Mapping[str, Tensor], progress: TrainingProgress) -> None:
        """Replace what is kept, all at once: a kill leaves the old or the new."""
        record = json.dumps({"training": self.training, **asdict(progress)})
        contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
        write_atomically(self.path, save(contiguous, metadata={_RECORD: record}))

    def load(self) -> tuple[dict[str, Tensor], TrainingProgress] | None:
        """The saved state, if any.

        Raises:
            UserError: it is another training's, or damaged.
        """
        if not self.path.is_file():
            return None
        try:
            with safe_open(self.path, framework="pt") as stored:
                record = json.loads((stored.metadata() or {})[_RECORD])
                tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        except (SafetensorError, KeyError, ValueError) as error:
            raise UserError(
                f"checkpoint {str(self.path)!r} is truncated or corrupt: delete it to train from the start"
            ) from error
        if record.pop("training", None) != self.training:
            raise UserError(
                f"{str(self.path)!r} is of an unfinished training with other data, numbers or seed: "
                f"finish that one, delete it, or choose another {option('output')}"
            )
        return tensors, parse_typed(TrainingProgress, record, where=f"checkpoint {str(self.path)!r}")

    def remove(self) -> None:
        """Forget the training, which is finished."""
        self.path.unlink(missing_ok=True)
