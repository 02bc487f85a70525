"""What devices do to a text that is scanned, copied, converted or stored."""

from robustaudit.perturbations.copying.backslashes import Backslashes
from robustaudit.perturbations.copying.dashes import Dashes
from robustaudit.perturbations.copying.html_entities import HtmlEntities
from robustaudit.perturbations.copying.ligatures import Ligatures
from robustaudit.perturbations.copying.line_hyphen import LineHyphen
from robustaudit.perturbations.copying.line_wrap import LineWrap
from robustaudit.perturbations.copying.lost_characters import LostCharacters
from robustaudit.perturbations.copying.mojibake import Mojibake
from robustaudit.perturbations.copying.no_break_space import NoBreakSpace
from robustaudit.perturbations.copying.ocr import Ocr
from robustaudit.perturbations.copying.smart_quotes import SmartQuotes
from robustaudit.perturbations.copying.soft_hyphen import SoftHyphen
from robustaudit.perturbations.copying.straight_quotes import StraightQuotes

__all__ = [
    "Backslashes",
    "Dashes",
    "HtmlEntities",
    "Ligatures",
    "LineHyphen",
    "LineWrap",
    "LostCharacters",
    "Mojibake",
    "NoBreakSpace",
    "Ocr",
    "SmartQuotes",
    "SoftHyphen",
    "StraightQuotes",
]
