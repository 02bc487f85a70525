"""Letters in the other case, as a keyboard has it: one letter for one."""


def raised(letter: str) -> str:
    """A letter with shift; itself where no single letter is its capital."""
    upper = letter.upper()
    return upper if len(upper) == len(letter) else letter


def lowered(letter: str) -> str:
    """A letter without shift; itself where no single letter is its small one."""
    lower = letter.lower()
    return lower if len(lower) == len(letter) else letter


def inverted(text: str) -> str:
    """A text as caps lock makes it."""
    return "".join(lowered(letter) if letter.isupper() else raised(letter) for letter in text)
