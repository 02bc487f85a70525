"""What the reference perturbations do in languages that are written in other ways, by example."""

from collections.abc import Mapping
from dataclasses import dataclass

from robustaudit.attacks.entries import EditExample, example_in

SHOWN = (
    *("contract", "extend", "homoglyph", "confusable", "qwerty", "keyboard"),
    *("insert", "delete", "substitute", "neighbor_swap", "human"),
)
"""The perturbations of the table, of which `keyboard` has the layout of the language."""


@dataclass(frozen=True, slots=True)
class LanguageEntry:
    """A language with a sentence in it, and the words of it that an edit touches; None without a site.

    `layout` is that of the usual keyboard; None if none is known, as for input methods.
    """

    name: str
    sentence: str
    layout: str | None
    edits: Mapping[str, EditExample | None]


_SENTENCES: Mapping[str, tuple[str, str | None]] = {
    "English": ("I can't recommend this book, and I will not read it again.", "qwerty"),
    "German": ("Das Buch ist großartig, ich würde es wieder kaufen.", "qwertz"),
    "French": ("Ce livre est très ennuyeux, je ne l'ai pas fini.", "azerty"),
    "Spanish": ("El envío llegó tarde y el producto está roto.", "spanish"),
    "Portuguese": ("O serviço é ótimo e a comida também.", "qwerty"),
    "Polish": ("Książka jest świetna, ale okładka była brudna.", "qwerty"),
    "Turkish": ("Bu kitabı çok sevdim, ısrarla tavsiye ederim.", "turkish"),
    "Russian": ("Книга скучная, не советую покупать.", "russian"),
    "Arabic": ("الكتاب رائع وأنصح بشرائه للجميع.", "arabic"),
    "Hindi": ("यह किताब बहुत अच्छी है, सबको पढ़नी चाहिए।", None),
    "Chinese": ("这本书非常好看，推荐大家购买。", None),
    "Japanese": ("この本はとても面白いので、おすすめです。", None),
}


def list_languages() -> list[LanguageEntry]:
    """Each language with an edit of each perturbation."""
    return [
        LanguageEntry(name, sentence, layout, {each: _edit(each, sentence, layout) for each in SHOWN})
        for name, (sentence, layout) in _SENTENCES.items()
    ]


def _edit(perturbation: str, sentence: str, layout: str | None) -> EditExample | None:
    if perturbation != "keyboard":
        return example_in(sentence, perturbation)
    return example_in(sentence, f'keyboard(layout="{layout}")') if layout else None
