"""Large labs: whether every probe of its schedule was sent, and every loss is one that a capture shows, or the
transition is void and says so. There is no peer; the kernel's own limits are."""
import json
import subprocess
import sys
import tempfile

from common import PROGRAM
from labs import topology

TURN, HANDOVERS = 5, 5
# Servers, whether they are a mesh, and how often each probes, in ms.
LABS = [(64, False, 1), (512, False, 100), (512, True, 100)]


def run(nodes, is_mesh, interval):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/lab.yaml", "w") as file:
            file.write(topology(nodes, is_mesh) + f"failover: {{ every: {TURN}s }}\nprobe: {{ every: {interval}ms }}\n")
        outcome = subprocess.run(
            [PROGRAM, "compare", f"{folder}/lab.yaml", "--kernel", "host", "--quiet", "--handovers", str(HANDOVERS),
             "--no-latency", "--no-bandwidth", "--json", f"{folder}/run.json"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if outcome.returncode not in (0, 1):
            sys.exit(outcome.stderr)
        with open(f"{folder}/run.json") as file:
            return json.load(file)["paths"][0]["transitions"]


for nodes, is_mesh, interval in LABS:
    transitions = run(nodes, is_mesh, interval)
    counted = [t for t in transitions if t.get("void_reason") is None]
    # But for the server that had the VIP before: it probes from then on only.
    probers = [p for t in counted for p in t["probers"] if p["node"] != t["from"]]
    slots = TURN * 1000 // interval
    short = sum(1 for p in probers if abs(p["probes_sent"] - slots) > 1)
    unseen = sum(1 for p in probers if p["probes_lost"] > p["misdirected"])
    is_ok = bool(counted) and short == 0 and unseen == 0
    print(f"{nodes} servers, {'VXLAN mesh' if is_mesh else 'native'}, a probe every {interval} ms")
    print(f"  transitions  {len(transitions)}, {len(transitions) - len(counted)} void")
    print(f"  probes       {sum(p['probes_sent'] for p in probers)} sent, {sum(p['probes_lost'] for p in probers)} lost, "
          f"{sum(p['misdirected'] for p in probers)} of them captured where the VIP was not")
    print(f"  probers      {len(probers)}, {short} with slots left out, {unseen} with a loss that no capture shows"
          f"   {'ok' if is_ok else 'short'}", flush=True)
