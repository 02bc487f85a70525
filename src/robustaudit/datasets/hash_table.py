"""A table of hashes that takes some 20 bytes each, where a dictionary of Python takes 110."""

from array import array

_PARTS = 64  # each grows by itself, so that little is copied at a time
_FEWEST = 16  # slots of a part
_MOST_USED = 0.7  # of the slots of a part
_GROWTH = 1.5


class HashTable:
    """Numbers by hashes of 64 bits; two things of one hash are taken for one."""

    def __init__(self) -> None:
        self._keys = [array("Q", bytes(8 * _FEWEST)) for _ in range(_PARTS)]
        self._values = [array("I", bytes(4 * _FEWEST)) for _ in range(_PARTS)]
        self._used = [0] * _PARTS

    def __len__(self) -> int:
        return sum(self._used)

    def __contains__(self, key: int) -> bool:
        key = key or 1  # 0 is an empty slot
        keys = self._keys[key % _PARTS]
        return keys[_slot(keys, key)] != 0

    def setdefault(self, key: int, value: int) -> int:
        """The number of a hash, which is that one if the hash is new."""
        key = key or 1
        part = key % _PARTS
        keys, values = self._keys[part], self._values[part]
        slot = _slot(keys, key)
        if keys[slot]:
            return values[slot]
        keys[slot], values[slot] = key, value
        self._used[part] += 1
        if self._used[part] > _MOST_USED * len(keys):
            self._grow(part)
        return value

    def __setitem__(self, key: int, value: int) -> None:
        self.setdefault(key, value)
        key = key or 1
        part = key % _PARTS
        self._values[part][_slot(self._keys[part], key)] = value

    def _grow(self, part: int) -> None:
        size = int(len(self._keys[part]) * _GROWTH)
        keys, values = array("Q", bytes(8 * size)), array("I", bytes(4 * size))
        for key, value in zip(self._keys[part], self._values[part], strict=True):
            if key:
                slot = _slot(keys, key)
                keys[slot], values[slot] = key, value
        self._keys[part], self._values[part] = keys, values


def _slot(keys: "array[int]", key: int) -> int:
    """Where a hash is, or would be: the first slot that is its own or empty (linear probing)."""
    size = len(keys)
    slot = key // _PARTS % size
    while (there := keys[slot]) and there != key:
        slot = slot + 1 if slot + 1 < size else 0
    return slot
