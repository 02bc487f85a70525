"""The characters that a random letter is drawn from."""

import string
from typing import Literal

Alphabet = Literal["letters", "lowercase", "digits"]

ALPHABETS: dict[Alphabet, str] = {
    "letters": string.ascii_letters,
    "lowercase": string.ascii_lowercase,
    "digits": string.digits,
}
