"""Counter-based random numbers: a pure function of what is drawn, without state or a global generator.

A key is a 64-bit hash of everything that names a draw. The numbers of a key are SplitMix64 (Steele, Lea and
Flood 2014, doi:10.1145/2660193.2660195) at a counter, so that any can be computed alone, and all at once.
"""

import hashlib
import json
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii as _quoted

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LEAP = np.uint64(0xD1B54A32D192ED03)
_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def key_of(*parts: str | int) -> int:
    """A 64-bit hash of strings and integers; ("a", "b") and ("ab",) differ."""
    encoded = _ENCODER.encode(parts).encode("ascii")
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest(), "little")


def keys_of(*common: str | int, each: Iterable[tuple[str, int]]) -> NDArray[np.uint64]:
    """The key of `(*common, name, number)` for each name and number."""
    begin = _ENCODER.encode(common)[:-1]
    begun = hashlib.blake2b(begin.encode("ascii"), digest_size=8)
    digests = []
    for name, number in each:
        state = begun.copy()
        state.update(f",{_quoted(name)},{number}]".encode())
        digests.append(state.digest())
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64, copy=False)


def hash_fraction(*parts: str | int) -> float:
    """A hash in [0, 1), to split data by."""
    return key_of(*parts) / 2**64


def order_key(seed: int, identity: str) -> int:
    """A hash to order examples by, independent of their order in the data."""
    return key_of("order", seed, identity)


def derive(keys: NDArray[np.uint64], index: int) -> NDArray[np.uint64]:
    """The key of the `index`-th part of each draw; keys of different parts are independent."""
    return _mix(keys ^ _mix(np.array([index + 1], dtype=np.uint64) * _LEAP))


def uniforms(keys: NDArray[np.uint64], counters: NDArray[np.integer]) -> NDArray[np.float64]:
    """A number for each key and counter, uniform in [0, 1) with 53 bits; the shape is that of `keys`."""
    mixed = _mix(keys + (counters.astype(np.uint64) + np.uint64(1)) * _GOLDEN)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser; products wrap modulo 2**64, as they do for NumPy's arrays."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = state ^ (state >> np.uint64(31))
    return mixed
