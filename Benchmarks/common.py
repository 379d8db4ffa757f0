"""What the benchmarks share: starting programs, a lab to work in, and how a line is printed."""
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = ROOT + "/.build/release/vipjuggler"


def topology(name):
    return f"{ROOT}/topologies/{name}.yaml"


def compare(name, *options):
    """What `vipjuggler compare --json` finds."""
    with tempfile.TemporaryDirectory() as folder:
        file = folder + "/run.json"
        subprocess.run([PROGRAM, "compare", "--quiet", topology(name), *options, "--json", file],
                       stdout=subprocess.DEVNULL, check=True)
        with open(file) as text:
            return json.load(text)


class Lab:
    """A lab held by `vipjuggler up`."""

    def __init__(self, name):
        self.process = subprocess.Popen(
            [PROGRAM, "up", "--kernel", "host", "--quiet", topology(name)],
            stdout=subprocess.PIPE, text=True)
        assert "is up" in self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def start(self, node, *command):
        return subprocess.Popen(
            [PROGRAM, "exec", node, "--", *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, node, *command):
        process = self.start(node, *command)
        output = process.communicate()[0]
        if process.returncode != 0:
            sys.exit(f"{node}: {' '.join(command)}: {output}")
        return output


def spread(values, unit, scale=1.0):
    values = sorted(v * scale for v in values)
    return f"{statistics.median(values):.3g} {unit} ({values[0]:.3g} to {values[-1]:.3g}, n={len(values)})"


def report(title, ours, peer, unit, peer_name, scale=1.0, goal=None):
    """Both sides and the ratio of their medians, measured in this run, and whether it reaches the `goal`."""
    ratio = statistics.median(ours) / statistics.median(peer) if statistics.median(peer) else None
    verdict = "" if goal is None or ratio is None else f"   goal {goal:g}: {'ok' if ratio <= goal else 'short'}"
    print(title)
    print(f"  vipjuggler   {spread(ours, unit, scale)}")
    print(f"  {peer_name:<12} {spread(peer, unit, scale)}")
    print(f"  ratio        {f'{ratio:.2f}' if ratio is not None else 'the peer measured 0'}{verdict}", flush=True)
