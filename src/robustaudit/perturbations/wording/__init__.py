"""The words of a text: what people, phones and speech recognition put for them, leave out or add."""

from robustaudit.perturbations.wording.abbreviate import Abbreviate
from robustaudit.perturbations.wording.add_filler import AddFiller
from robustaudit.perturbations.wording.american_spelling import AmericanSpelling
from robustaudit.perturbations.wording.british_spelling import BritishSpelling
from robustaudit.perturbations.wording.chat_spelling import ChatSpelling
from robustaudit.perturbations.wording.colloquial import Colloquial
from robustaudit.perturbations.wording.confuse_article import ConfuseArticle
from robustaudit.perturbations.wording.confuse_preposition import ConfusePreposition
from robustaudit.perturbations.wording.double_word import DoubleWord
from robustaudit.perturbations.wording.drop_stop_word import DropStopWord
from robustaudit.perturbations.wording.drop_word import DropWord
from robustaudit.perturbations.wording.homophone import Homophone
from robustaudit.perturbations.wording.hyponym import Hyponym
from robustaudit.perturbations.wording.misspell import Misspell
from robustaudit.perturbations.wording.number_digits import NumberDigits
from robustaudit.perturbations.wording.number_words import NumberWords
from robustaudit.perturbations.wording.swap_words import SwapWords
from robustaudit.perturbations.wording.synonym import Synonym

__all__ = [
    "Abbreviate",
    "AddFiller",
    "AmericanSpelling",
    "BritishSpelling",
    "ChatSpelling",
    "Colloquial",
    "ConfuseArticle",
    "ConfusePreposition",
    "DoubleWord",
    "DropStopWord",
    "DropWord",
    "Homophone",
    "Hyponym",
    "Misspell",
    "NumberDigits",
    "NumberWords",
    "SwapWords",
    "Synonym",
]
