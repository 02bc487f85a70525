from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from robustaudit.perturbations.copying.damage import damaged
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation


@perturbation("mojibake", family="copying", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Mojibake(SpanPerturbation):
    """Read UTF-8 as another encoding, once or twice: `café` becomes `cafÃ©`, or `cafÃƒÂ©`."""

    read_as: Literal["cp1252", "latin-1", "cp1250", "cp1251", "mac-roman", "cp437"] = "cp1252"
    times: Literal[1, 2] = 1

    def spans(self, text: str) -> Iterable[Span]:
        return damaged(text, self._misread)

    def _misread(self, run: str) -> str:
        characters = _characters(self.read_as)
        for _ in range(self.times):
            run = "".join(characters[byte] for byte in run.encode("utf-8"))
        return run


@cache
def _characters(encoding: str) -> list[str]:
    """What each byte is read as; bytes that the encoding lacks are control characters, as in browsers."""
    read = (bytes([byte]).decode(encoding, errors="ignore") for byte in range(256))
    return [character or chr(byte) for byte, character in enumerate(read)]
