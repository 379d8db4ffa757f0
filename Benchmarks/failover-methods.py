"""Ways of failing over. A planned handover, natively and over VXLAN, against the usual script in the same
lab, by ping. After a crash: a pair of heartbeats every 10 ms, of which three are missed, against
keepalived at its least interval, 10 ms, side by side in one run; and how often either fails over in
a minute in which nothing breaks."""
import json
import re
import statistics
import subprocess
import tempfile

from common import PROGRAM, report, topology
from failover import PATHS, by_script, by_us

CRASHES = 15
CALM = 60


def written(folder, failover):
    """two-node.yaml with another way of failing over."""
    with open(topology("two-node")) as file:
        text = file.read()
    file = f"{folder}/two-node.yaml"
    with open(file, "w") as out:
        out.write(re.sub(r"^failover:.*$", f"failover: {failover}", text, flags=re.M))
    return file


def compare(folder, faults, handovers):
    """Both methods on both paths."""
    file = written(folder, "{ method: heartbeat, heartbeat: { every: 10ms }, vrrp: { every: 10ms }, "
                   f"announce: {{ count: 5, every: 100ms }}, faults: [ {faults} ] }}")
    kept = f"{folder}/run.json"
    subprocess.run([PROGRAM, "compare", "--quiet", file, "--path", "native", "--path", "vxlan",
                    "--method", "heartbeat", "--method", "vrrp", "--handovers", str(handovers),
                    "--no-latency", "--no-bandwidth", "--json", kept],
                   check=True, stdout=subprocess.DEVNULL)
    with open(kept) as text:
        return {path["name"]: path["transitions"] for path in json.load(text)["paths"]}


def of(transitions, disturbance):
    return [t for t in transitions if t["void_reason"] is None and t["disturbance"] == disturbance]


def losses(transitions):
    return [max(p["loss_of_connectivity_ns"] for p in t["probers"]) for t in of(transitions, "fault")]


with tempfile.TemporaryDirectory() as folder:
    handover = written(folder, "{ method: handover, every: 1s }")
    for path in PATHS:
        report(f"loss of connectivity of a handover, {path}, by ping every 1 ms",
               by_us(path, handover), by_script(path), "ms", "ip, arping", goal=.1)
    paths = compare(folder, "{ crash: holder, every: 2s, for: 700ms }", CRASHES)
    for path in PATHS:
        heartbeat, vrrp = paths[f"{path}-heartbeat"], paths[f"{path}-vrrp"]
        report(f"loss of connectivity after a crash, {path}", losses(heartbeat), losses(vrrp), "ms",
               "keepalived", 1e-6)
        for name, transitions in (("heartbeat", heartbeat), ("keepalived", vrrp)):
            faults = of(transitions, "fault")
            detection = statistics.median(t["detection_ns"] for t in faults) / 1e6
            move = statistics.median(t["move_ns"] for t in faults) / 1e6
            print(f"  {name:<12} detection {detection:.1f} ms, move {move:.1f} ms, medians of {len(faults)}")
    calm = compare(folder, f"{{ crash: holder, every: {CALM}s, for: 700ms }}", 2)
    for name, transitions in calm.items():
        print(f"false takeovers in {CALM} s of calm, {name}: {len(of(transitions, 'observed'))}")
