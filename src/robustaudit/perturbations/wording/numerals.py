"""English numbers in words."""

from functools import cache

_TO_NINETEEN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_HUNDRED = 100


def in_words(number: int) -> tuple[str, ...]:
    """What a number under a thousand is called: over a hundred the British and the American way."""
    if number < len(_TO_NINETEEN):
        return (_TO_NINETEEN[number],)
    if number < _HUNDRED:
        tens, ones = divmod(number, 10)
        return (_TENS[tens - 2] + (f"-{_TO_NINETEEN[ones]}" if ones else ""),)
    hundreds, rest = divmod(number, _HUNDRED)
    start = f"{_TO_NINETEEN[hundreds]} hundred"
    if not rest:
        return (start,)
    (ending,) = in_words(rest)
    return f"{start} and {ending}", f"{start} {ending}"


@cache
def in_digits() -> dict[str, str]:
    """The words for the numbers under a hundred, but for `one`, which is a pronoun as often."""
    return {in_words(number)[0]: str(number) for number in range(_HUNDRED) if number != 1}
