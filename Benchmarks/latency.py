"""The round trip over each path, by vipjuggler's probes and by ping, a packet every millisecond."""
import re

from common import Lab, compare, report

ROUNDS = 5
SAMPLES = 1000
ADDRESSES = {"native": "10.0.1.20", "vxlan": "192.168.0.20"}


def ours():
    """The medians of the rounds of one run, by path."""
    run = compare("two-node", "--path", "native", "--path", "vxlan", "--kernel", "host",
                  "--handovers", "1", "--no-bandwidth", "--latency-samples", str(SAMPLES))
    return {path["name"]: [r["p50_ns"] for r in path["latency"]["rounds"]] for path in run["paths"]}


def peer(lab, address):
    """The median of one run of ping, in nanoseconds."""
    text = lab.run("client", "ping", "-c", str(SAMPLES), "-i", "0.001", address)
    times = sorted(float(t) for t in re.findall(r"time=([0-9.]+) ms", text))
    # ping prints whole microseconds; the mean of the middle half tells the median finer.
    middle = times[len(times) // 4:-len(times) // 4]
    return sum(middle) / len(middle) * 1e6


mine = {path: [] for path in ADDRESSES}
theirs = {path: [] for path in ADDRESSES}
for _ in range(ROUNDS):
    for path, medians in ours().items():
        mine[path] += medians
    with Lab("two-node") as lab:
        for path, address in ADDRESSES.items():
            theirs[path] += [peer(lab, address) for _ in range(ROUNDS)]
for path in ADDRESSES:
    report(f"round trip, {path}, median of {SAMPLES} probes", mine[path], theirs[path], "us", "ping", 1e-3)
