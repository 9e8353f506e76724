"""What runs in a process of its own and measures one thing of dask.distributed, on this machine.

    cluster_peer.py dask MEASUREMENT SECONDS SIZE

Scheduler and workers are processes of their own, as on several machines. Prints lines
"@figure NAME VALUE".
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from distributed import Client

from peer import clock, distribution, figure, same

BATCH = 2_000


def start(module, file, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + module, "--scheduler-file", file]
        + ["--host", "127.0.0.1", *options],
        env={**os.environ, "PYTHONPATH": os.path.dirname(os.path.abspath(__file__))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Cluster:
    """A scheduler, workers with a thread each, and a client."""

    def __init__(self, workers):
        self.directory = tempfile.TemporaryDirectory()
        file = os.path.join(self.directory.name, "scheduler.json")
        self.processes = [start("dask_scheduler", file, "--port", "0", "--no-dashboard")]
        for _ in range(workers):
            options = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
            options += ["--local-directory", self.directory.name]
            self.processes.append(start("dask_worker", file, *options))
        while not os.path.exists(file):
            time.sleep(0.01)
        self.client = Client(scheduler_file=file)
        self.client.wait_for_workers(workers)

    def __enter__(self):
        return self.client

    def __exit__(self, *failure):
        self.client.close()
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
        self.directory.cleanup()


def calls(client, seconds):
    samples = []
    until = clock() + seconds * 1e9
    while clock() < until or len(samples) < 3:
        began = clock()
        client.submit(same, len(samples), pure=False).result()
        samples.append(clock() - began)
    return samples


def call(seconds):
    with Cluster(1) as client:
        calls(client, seconds)
        distribution(calls(client, seconds), 1e3)


def batches(client, seconds):
    rates = []
    until = clock() + seconds * 1e9
    while clock() < until or not rates:
        began = clock()
        futures = client.map(same, range(BATCH), pure=False)
        assert client.gather(futures) == list(range(BATCH))
        rates.append(BATCH / ((clock() - began) / 1e9))
        del futures
    return statistics.median(rates)


def tiny(seconds):
    """By its map, which sends tasks in one message: submit, one by one, is slower."""
    with Cluster(2) as client:
        batches(client, seconds)
        figure("median", batches(client, seconds))


if __name__ == "__main__":
    measurement = {"cluster-call": call, "cluster-tiny": tiny}[sys.argv[2]]
    measurement(float(sys.argv[3]))
