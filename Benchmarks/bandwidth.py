"""What TCP carries over each path, by vipjuggler and by iperf3 started by hand."""
import json
import time

from common import Lab, compare, report

ROUNDS = 3
ADDRESSES = {"native": "10.0.1.20", "vxlan": "192.168.0.20"}


def ours():
    """The rounds of one run in Gbit/s, by path."""
    run = compare("two-node", "--path", "native", "--path", "vxlan", "--kernel", "host",
                  "--handovers", "1", "--no-latency")
    return {path["name"]: [r["forward"]["bits_per_second"] for r in path["bandwidth"]["rounds"]]
            for path in run["paths"]}


def peer(lab, address):
    """One run of iperf3 for as long, in bits per second."""
    server = lab.start("alpha", "iperf3", "--server", "--one-off", "--bind", address)
    time.sleep(0.3)
    text = lab.run("client", "iperf3", "--client", address, "--time", "1", "--json")
    server.wait()
    return json.loads(text)["end"]["sum_received"]["bits_per_second"]


mine = {path: [] for path in ADDRESSES}
theirs = {path: [] for path in ADDRESSES}
for _ in range(ROUNDS):
    for path, rates in ours().items():
        mine[path] += rates
    with Lab("two-node") as lab:
        for path, address in ADDRESSES.items():
            peer(lab, address)
        for _ in range(5):
            for path, address in ADDRESSES.items():
                theirs[path].append(peer(lab, address))
for path in ADDRESSES:
    report(f"TCP, {path}", mine[path], theirs[path], "Gbit/s", "iperf3", 1e-9)
