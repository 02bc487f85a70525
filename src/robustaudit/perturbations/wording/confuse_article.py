from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import load_table, look_up


@perturbation("confuse_article", family="words", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConfuseArticle(WordPerturbation):
    """Put the wrong article, as learners of English do: `the` becomes `a`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("learners.toml", "articles"))
