"""The models there are: the settings of the reference report by number, and the baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Family = Literal["lstm", "transformer", "bert", "tfidf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a model is; settings of one family share a preset's numbers, save dropout where there is none."""

    title: str
    family: Family
    dropout: bool = True


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "1": Setting(title="LSTM encoder only, no dropout", family="lstm", dropout=False),
        "2": Setting(title="LSTM encoder only, dropout", family="lstm"),
        "3": Setting(title="LSTM encoder-decoder, dropout, no attention", family="lstm"),
        "4": Setting(title="LSTM encoder-decoder, dropout, attention", family="lstm"),
        "5": Setting(title="Transformer, 2 layers, pre-norm", family="transformer"),
        "6": Setting(title="Transformer, 4 layers, pre-norm", family="transformer"),
        "7": Setting(title="Transformer, 2 layers, post-norm", family="transformer"),
        "8": Setting(title="Fine-tuned BERT", family="bert"),
        "tfidf": Setting(title="TF-IDF with logistic regression (baseline)", family="tfidf"),
    }
)
