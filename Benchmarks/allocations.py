"""Allocations a probe of the thread that serves all engines, each probe also captured, reflected and
matched with its answer, with what it allocates five times a second to hand over what was seen; against ping,
packet by packet."""
import json
import os
import subprocess
import tempfile

from common import PROGRAM, ROOT, report, topology

ROUNDS = 3


def count(folder, command, thread):
    """The allocations of the threads of a program that have a name."""
    file = folder + "/count"
    environment = dict(os.environ, LD_PRELOAD=folder + "/allocations.so", ALLOCATIONS=file)
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    with open(file) as text:
        rows = [line.split(maxsplit=1) for line in text]
    return sum(int(row[0]) for row in rows if row[1].strip() == thread)


def ours(folder):
    """Allocations a probe."""
    file = folder + "/run.json"
    made = count(folder, [PROGRAM, "compare", "--quiet", topology("juggle-5"), "--path", "native",
                          "--kernel", "host", "--probe", "1ms", "--handovers", "4", "--no-latency",
                          "--no-bandwidth", "--json", file], "engines")
    with open(file) as text:
        return made / json.load(text)["paths"][0]["summary"]["probes_sent"]


def peer(folder, packets):
    return count(folder, ["ping", "-q", "-i", "0.001", "-c", str(packets), "127.0.0.1"], "ping")


with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", folder + "/allocations.so",
                    ROOT + "/Benchmarks/allocations.c"], check=True)
    report("allocations a probe", [ours(folder) for _ in range(ROUNDS)],
           [(peer(folder, 6000) - peer(folder, 2000)) / 4000 for _ in range(ROUNDS)], "", "ping")
