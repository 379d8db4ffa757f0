"""A report of a run of 1,000 transitions: how large, and how long it takes to write, against a Python
program that does no more than read the same file; and how long `compare` takes at its defaults."""
import os
import subprocess
import tempfile
import time

from common import PROGRAM, report, topology

RUNS = 5


def seconds(*command):
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


with tempfile.TemporaryDirectory() as folder:
    saved, page = folder + "/run.json", folder + "/run.html"
    subprocess.run([PROGRAM, "compare", "--quiet", topology("two-node"), "--path", "native",
                    "--handovers", "1000", "--every", "200ms", "--no-latency", "--no-bandwidth",
                    "--json", saved], check=True, stdout=subprocess.DEVNULL)
    ours = [seconds(PROGRAM, "report", saved, "--html", page) for _ in range(RUNS)]
    reading = f"import json; json.load(open('{saved}'))"
    peer = [seconds("python3", "-c", reading) for _ in range(RUNS)]
    print(f"a run of 1,000 transitions: {os.path.getsize(saved) / 1e6:.2f} MB of JSON, "
          f"a page of {os.path.getsize(page) / 1e6:.2f} MB")
    report("reading the JSON, writing the page", ours, peer, "s", "python3")
print(f"compare of three paths at its defaults: {seconds(PROGRAM, 'compare', topology('two-node')):.0f} s")
