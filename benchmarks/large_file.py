"""How much memory and time it takes to read a large file, of which an audit takes 1,000 examples.

    python benchmarks/large_file.py ROWS

A row has 590 bytes.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from robustaudit.datasets import SampleSpec, load

SENTENCE = "the food was great and the service fast but the room was cold and loud so i would come again "


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.csv")
        with path.open("w", encoding="utf-8") as stream:
            stream.write("text,label\n")
            stream.writelines(f'"Review {i}: {SENTENCE * 6}, it seems.",{i % 2}\n' for i in range(rows))
        before, began = peak(), time.process_time()
        dataset = load(str(path), sample=SampleSpec(1000, 0))
        print(f"{path.stat().st_size / 1e9:.1f} GB, {dataset.size:,} rows, {len(dataset.examples):,} kept")
        print(f"peak memory {before:.0f} MB before, {peak():.0f} MB after")
        print(f"{time.process_time() - began:.0f} s of one core")


def peak() -> float:
    """The most memory that the process ever had, in MB; Linux counts it in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))
