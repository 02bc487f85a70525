"""A question to a chat model that is answered with a label."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from robustaudit.models.adapters.remote.exchange import Verdict
from robustaudit.models.adapters.remote.message import Unsaid, said_in
from robustaudit.models.adapters.remote.pattern import found_by
from robustaudit.models.adapters.remote.wording import label_in, shortened

_READING = 2  # counted up when what is read of the same reply changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One text a request, in a prompt with `{labels}` and `{text}`; `extra` is JSON that is sent beside.

    A `pattern` is a regular expression whose first group is the label in a reply.
    """

    labels: tuple[str, ...]
    model: str
    prompt: str
    extra: str
    pattern: str

    @property
    def texts(self) -> int:
        return 1

    @property
    def identity(self) -> tuple[object, ...]:
        return self.labels, self.model, self.prompt, self.extra, self.pattern, _READING

    def body(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        """The request for one text."""
        values = {"labels": ", ".join(self.labels), "text": texts[0]}
        content = re.sub(r"\{(labels|text)\}", lambda found: values[found[1]], self.prompt)
        messages = [{"role": "user", "content": content}]
        return {"model": self.model, "messages": messages, "temperature": 0, **json.loads(self.extra)}

    def read(self, reply: Any, texts: int) -> list[Verdict]:  # noqa: ANN401
        """The label in the message that came.

        Raises:
            ValueError: there is no message.
        """
        try:
            said = said_in(reply)
        except Unsaid as error:
            return [str(error)] * texts
        return [self._found(said) if self.pattern else label_in(said, self.labels)] * texts

    def _found(self, said: str) -> Verdict:
        """The label in whatever the user's pattern finds."""
        found = found_by(self.pattern, said)
        verdicts = {label_in(each, self.labels) for each in found}
        if len(verdicts) == 1:
            return verdicts.pop()
        what = " and ".join(map(repr, map(shortened, found))) or "nothing"
        return f"answered {shortened(said)!r}, in which pattern finds {what}"
