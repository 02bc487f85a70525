"""A cluster of two nodes on this machine, one of which is killed in the middle of an audit.

The shards must be those of an audit in one process, byte for byte. Needs the extra `ray`.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Before Ray is imported: nothing is sent to its makers.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

from ray.cluster_utils import Cluster

NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20, "include_dashboard": False}
AUDIT = (
    "run",
    "--models",
    "1",
    "--data",
    "tiny",
    "--trials",
    "3000",
    "--attack",
    "qwerty",
    "--quiet",
    "--brief",
)


def robustaudit(*arguments: str) -> "subprocess.Popen[bytes]":
    code = "from robustaudit.cli.entry import main; main()"
    return subprocess.Popen([sys.executable, "-c", code, *AUDIT, *arguments], stdout=subprocess.DEVNULL)


def shards(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (run / "trials").glob("*.parquet")}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        on_cluster, alone = Path(folder, "cluster"), Path(folder, "alone")
        cluster = Cluster(initialize_head=True, head_node_args=NODE)
        try:
            second = cluster.add_node(**NODE)
            audit = robustaudit(
                "--executor", "ray", "--address", cluster.address, "--output", str(on_cluster)
            )
            while not shards(on_cluster) and audit.poll() is None:
                time.sleep(0.05)
            cluster.remove_node(second, allow_graceful=False)
            print("the second node was killed after the first shard")
            code = audit.wait()
        finally:
            cluster.shutdown()
        code = code or robustaudit("--jobs", "1", "--output", str(alone)).wait()
        equal = shards(on_cluster) == shards(alone)
        print(f"{len(shards(on_cluster))} shards on the cluster, {len(shards(alone))} from one process")
        print("all are equal to the byte" if equal else "they differ")
    return code or int(not equal)


if __name__ == "__main__":
    sys.exit(main())
