"""What runs in a process of its own and measures one thing of one Python pool.

    peer.py POOL MEASUREMENT SECONDS SIZE

POOL is spawn or forkserver (concurrent.futures), loky or pebble. Prints lines "@figure NAME VALUE".
"""

import multiprocessing
import os
import statistics
import sys
import threading
import time
from concurrent import futures

CHUNKS = (1_000, 10_000, 100_000)
SAMPLES = 9
BATCH = 4_000


def same(value):
    return value


def increment(number):
    return number + 1


def spin(rounds):
    total = 0
    for i in range(rounds):
        total += i * i
    return total


def forever():
    while True:
        pass


def clock():
    return time.monotonic_ns()


class Concurrent:
    """concurrent.futures, in one of its ways to start processes."""

    def __init__(self, method, workers):
        context = multiprocessing.get_context(method)
        self.pool = futures.ProcessPoolExecutor(workers, mp_context=context)

    def submit(self, function, *args):
        return self.pool.submit(function, *args)

    def map(self, function, inputs, chunk):
        return self.pool.map(function, inputs, chunksize=chunk)

    def close(self):
        self.pool.shutdown()


class Loky(Concurrent):
    def __init__(self, workers):
        from joblib.externals import loky

        self.pool = loky.ProcessPoolExecutor(workers)


class Pebble(Concurrent):
    def __init__(self, workers):
        import pebble

        self.pool = pebble.ProcessPool(workers, context=multiprocessing.get_context("spawn"))

    def submit(self, function, *args):
        return self.pool.schedule(function, args=args)

    def map(self, function, inputs, chunk):
        return self.pool.map(function, inputs, chunksize=chunk).result()

    def close(self):
        self.pool.close()
        self.pool.join()


def make(name, workers):
    if name == "loky":
        return Loky(workers)
    if name == "pebble":
        return Pebble(workers)
    return Concurrent(name, workers)


def figure(name, value):
    print(f"@figure {name} {value:.6g}", flush=True)


def distribution(samples, unit):
    samples = sorted(samples)
    figure("median", statistics.median(samples) / unit)
    figure("p99", samples[int(len(samples) * 0.99)] / unit)


def calls(pool, seconds, argument):
    samples = []
    until = clock() + seconds * 1e9
    while clock() < until or len(samples) < 3:
        began = clock()
        pool.submit(same, argument).result()
        samples.append(clock() - began)
    return samples


def round_trip(name, seconds, size):
    pool = make(name, 1)
    calls(pool, seconds, 1)
    distribution(calls(pool, seconds, 1), 1e3)
    pool.close()


def echo(name, seconds, size):
    pool = make(name, 1)
    payload = os.urandom(size)
    calls(pool, seconds, payload)
    distribution(calls(pool, seconds, payload), 1e6)
    pool.close()


def batch(pool, size):
    for future in [pool.submit(same, i) for i in range(size)]:
        future.result()


def pipelined(name, seconds, submitters, workers):
    pool = make(name, workers)
    batch(pool, BATCH)
    rates = []
    until = clock() + seconds * 1e9
    while clock() < until or not rates:
        began = clock()
        threads = [
            threading.Thread(target=batch, args=(pool, BATCH // submitters))
            for _ in range(submitters)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rates.append(BATCH / ((clock() - began) / 1e9))
    figure("median", statistics.median(rates))
    pool.close()


def map_numbers(name, seconds, size):
    pool = make(name, os.cpu_count())

    def run(count, chunk):
        began = clock()
        total = sum(pool.map(increment, range(count), chunk))
        assert total == count * (count + 1) // 2
        return (clock() - began) / 1e9

    run(10_000, 1_000)
    trial = max(1, size // 10)
    best = min(CHUNKS, key=lambda chunk: run(trial, chunk))
    figure("chunk", best)
    figure("median", run(size, best))
    pool.close()


def first(name, seconds, size):
    samples = []
    for i in range(SAMPLES + 2):
        began = clock()
        pool = make(name, 1)
        pool.submit(same, 1).result()
        if i >= 2:
            samples.append(clock() - began)
        pool.close()
    distribution(samples, 1e6)


def first_fresh(name, seconds, size):
    began = clock()
    pool = make(name, 1)
    pool.submit(same, 1).result()
    figure("median", (clock() - began) / 1e6)
    pool.close()


def stop(name, seconds, size):
    """Only pebble can end a task that runs."""
    pool = make(name, 1)
    samples = []
    for _ in range(SAMPLES):
        runaway = pool.submit(forever)
        while not runaway.running():
            time.sleep(0.001)
        time.sleep(0.2)
        began = clock()
        runaway.cancel()
        samples.append(pool.submit(clock).result() - began)
    figure("median", statistics.median(samples) / 1e6)
    pool.close()


def millisecond(name, seconds, size):
    """Tasks of a millisecond, as many at a time as there are processors."""
    rounds = 1_000
    while True:
        began = clock()
        spin(rounds)
        if clock() - began > 1e6:
            break
        rounds = rounds * 11 // 10
    workers = os.cpu_count()
    pool = make(name, workers)
    batch(pool, 100)
    began = clock()
    until = began + seconds * 1e9
    done = 0
    waiting = []
    while clock() < until or waiting:
        while clock() < until and len(waiting) < 8 * workers:
            waiting.append(pool.submit(spin, rounds))
        waiting.pop(0).result()
        done += 1
    figure("median", done / ((clock() - began) / 1e9))
    pool.close()


def memory(name, seconds, size):
    pool = make(name, 1)
    pids = {pool.submit(os.getpid).result() for _ in range(100)}
    time.sleep(1)
    with open(f"/proc/{pids.pop()}/status") as status:
        kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    figure("median", kilobytes / 1024)
    pool.close()


MEASUREMENTS = {
    "round-trip": round_trip,
    "pipelined": lambda name, seconds, size: pipelined(name, seconds, 1, 1),
    "submitters": lambda name, seconds, size: pipelined(name, seconds, 4, os.cpu_count()),
    "map": map_numbers,
    "echo": echo,
    "first": first,
    "first-fresh": first_fresh,
    "stop": stop,
    "millisecond": millisecond,
    "memory": memory,
}

if __name__ == "__main__":
    pool_name, measurement = sys.argv[1:3]
    MEASUREMENTS[measurement](pool_name, float(sys.argv[3]), int(sys.argv[4]))
