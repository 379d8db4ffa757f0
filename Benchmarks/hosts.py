"""Runs on machines: how long until they are ready, what an agent costs, and whether the figures are those
of a lab in one process. The machines are namespaces of this one, each reached by `ip netns exec`, in a
network and a mount namespace of their own."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from common import PROGRAM, report

HERE = os.path.abspath(__file__)


def shell(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def build(count):
    """A switch and so many machines at it, m0, m1 and so on."""
    shell("ip", "link", "set", "lo", "up")
    os.makedirs("/run/netns", exist_ok=True)
    shell("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    shell("ip", "netns", "add", "switch")
    shell("ip", "-n", "switch", "link", "add", "name", "br0", "type", "bridge")
    shell("ip", "-n", "switch", "link", "set", "br0", "up")
    for n in range(count):
        shell("ip", "netns", "add", f"m{n}")
        shell("ip", "-n", f"m{n}", "link", "add", "eth0", "type", "veth", "peer", "name", f"m{n}",
              "netns", "switch")
        shell("ip", "-n", "switch", "link", "set", f"m{n}", "master", "br0", "up")
        shell("ip", "-n", f"m{n}", "address", "add", f"10.0.0.{n + 10}/24", "dev", "eth0")
        shell("ip", "-n", f"m{n}", "link", "set", "eth0", "up")
        shell("ip", "-n", f"m{n}", "link", "set", "lo", "up")


def topology(folder, count, on_hosts, relay=None):
    """A file for the first so many machines, or for a lab like them; the last one is a client."""
    file = f"{folder}/{'hosts' if on_hosts else 'lab'}-{count}.yaml"
    with open(file, "w") as text:
        text.write("name: rack\nsegments:\n  rack: { subnet: 10.0.0.0/24 }\nnodes:\n")
        for n in range(count):
            role = ", role: client" if n == count - 1 else ""
            words = (relay(n) if relay else []) + ["ip", "netns", "exec", f"m{n}"]
            reach = f"exec: [{', '.join(words)}], " if on_hosts else ""
            place = (f"{{ address: 10.0.0.{n + 10}, interface: eth0, existing: true }}"
                     if on_hosts else f"10.0.0.{n + 10}")
            text.write(f"  m{n}: {{ {reach}on: {{ rack: {place} }}{role} }}\n")
        text.write("paths:\n  native: { vip: 10.0.0.200 }\nfailover: { every: 1s }\n")
    return file


def compare(file, folder, turns):
    kept = f"{folder}/run.json"
    subprocess.run([PROGRAM, "compare", "--quiet", file, "--handovers", str(turns), "--no-latency",
                    "--no-bandwidth", "--json", kept], check=True, stdout=subprocess.DEVNULL)
    with open(kept) as text:
        return json.load(text)["paths"][0]["summary"]


def ready(file):
    start = time.monotonic()
    subprocess.run([PROGRAM, "down", file], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


RELAY = """import os, subprocess, sys
with open(sys.argv[1], "w") as file:
    child = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE)
    total = 0
    while True:
        data = os.read(child.stdout.fileno(), 65536)
        if not data: break
        total += len(data)
        os.write(1, data)
        file.seek(0); file.write(str(total)); file.flush()
"""


def agents():
    """CPU seconds and peak memory in MiB of every agent."""
    usage = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline") as text:
                words = text.read().split("\0")
            if len(words) < 2 or words[1] != "agent" or "--undo" in words:
                continue
            with open(f"/proc/{process}/stat") as text:
                fields = text.read().rsplit(")", 1)[1].split()
            with open(f"/proc/{process}/status") as text:
                peak = next(line for line in text if line.startswith("VmHWM"))
            usage.append(((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
                          int(peak.split()[1]) / 1024))
        except (OSError, StopIteration):
            continue
    return usage


def main():
    build(32)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder + "/cache"
        three, many = topology(folder, 3, True), topology(folder, 32, True)
        first = ready(three)
        cached = [ready(three) for _ in range(5)]
        ours = [ready(many) for _ in range(3)]
        print(f"ready, 3 machines: {first:.2f} s with the program sent, "
              f"{statistics.median(cached):.2f} s when it is there; "
              f"32 machines: {statistics.median(ours):.2f} s")
        size = max(os.path.getsize(f"{folder}/cache/vipjuggler/{name}")
                   for name in os.listdir(folder + "/cache/vipjuggler") if "." in name)
        print(f"sent: {size / 1e6:.1f} MB")
        pairs = [(compare(three, folder, 5), compare(topology(folder, 3, False), folder, 5))
                 for _ in range(3)]
        report("loss of connectivity, median of 5 turns, 3 machines",
               [a["loss_of_connectivity_ns"]["p50"] / 1e6 for a, _ in pairs],
               [b["loss_of_connectivity_ns"]["p50"] / 1e6 for _, b in pairs], "ms", "a lab")
        with open(folder + "/relay.py", "w") as text:
            text.write(RELAY)
        counted = topology(folder, 3, True, lambda n: ["python3", f"{folder}/relay.py",
                                                       f"{folder}/bytes-{n}"])
        seconds = 20
        process = subprocess.Popen([PROGRAM, "juggle", counted, "--handovers", str(seconds)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(5)
        def sent():
            return [int(open(f"{folder}/bytes-{n}").read() or 0) for n in range(3)]
        before, start = (agents(), sent()), time.monotonic()
        time.sleep(10)
        after, span = (agents(), sent()), time.monotonic() - start
        process.wait()
        cpu = [100 * (b[0] - a[0]) / span for a, b in zip(before[0], after[0])]
        rate = [8 * (b - a) / span / 1000 for a, b in zip(before[1], after[1])]
        print("an agent at 1,000 probes/s: "
              f"CPU {min(cpu):.1f} to {max(cpu):.1f} % of a core, "
              f"memory {max(peak for _, peak in after[0]):.1f} MiB at most, "
              f"reports {min(rate):.1f} to {max(rate):.1f} kbit/s")


if len(sys.argv) > 1:
    main()
else:
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, HERE, "inside"])
