"""Commands that reports print for a shell, with the consent that the models of the run need."""

import shlex


def command(*words: str, pickled: bool) -> str:
    """A command of robustaudit; with `pickled`, one that loads a model from a pickle."""
    return shlex.join(["robustaudit", *words, *consent(pickled=pickled)])


def consent(*, pickled: bool) -> list[str]:
    """The flags with which a command loads such a model."""
    return ["--trust-pickle"] if pickled else []
