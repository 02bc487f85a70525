"""Spelling errors in the proportions in which people make them."""

from typing import ClassVar

from robustaudit.perturbations.error_channel import SHIPPED, load_channel
from robustaudit.perturbations.letters import WeightedStrings
from robustaudit.perturbations.protocol import WordPerturbation, perturbation


@perturbation("human", family="typing", meaning="mostly kept")
class Human(WordPerturbation):
    """Make an error that people make, as often as they do: `great` becomes `graet`.

    A noisy channel (Kernighan et al. 1990), learnt from a list of misspellings; `robustaudit learn-errors`
    learns one from yours.
    """

    weighted: ClassVar[bool] = True

    channel: str = SHIPPED
    checksum: str = ""

    def __post_init__(self) -> None:
        load_channel(self.channel, self.checksum)

    def replacements(self, word: str) -> WeightedStrings:
        return load_channel(self.channel, self.checksum).misspellings(word)
