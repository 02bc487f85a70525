"""A text cut to what a step summary may hold."""

STEP_SUMMARY_LIMIT = 1024 * 1024
"""The bytes that GitHub takes from one step; of a longer summary it shows nothing."""

_CUT = "\n\n*The rest was cut: a step summary holds 1 MiB.*\n"


def within(markdown: str, limit: int) -> str:
    """The text where it has at most `limit` bytes, else its first lines with a word on that."""
    if len(markdown.encode()) <= limit:
        return markdown
    room = limit - len(_CUT.encode())
    if room < 0:
        return ""
    head = markdown.encode()[:room]
    return head[: head.rfind(b"\n") + 1].decode() + _CUT
