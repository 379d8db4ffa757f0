"""`watch` beside fping, over the failovers of a real keepalived pair in a lab: whether both find the same
interruptions, how many were lost to what, what watching costs, and how soon it begins.

Four kinds in turn: the master's link is cut and comes back; the master's daemon is stopped and goes on; it is
killed and started again; the master's priority falls and rises. The instances announce ten times a second."""
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from common import PROGRAM, Lab, spread

FAILOVERS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
VIP = "10.0.1.200"
CONFIGURATION = """global_defs {{ router_id {node}
  vrrp_version 3 }}
vrrp_instance VI {{ state BACKUP
  interface lan
  virtual_router_id 51
  priority {priority}
  advert_int 0.1
  virtual_ipaddress {{ {vip}/32 dev lan }} }}
"""


class Instance:
    """keepalived in a node."""

    def __init__(self, lab, node, priority, folder):
        self.lab, self.node, self.file = lab, node, f"{folder}/{node}.conf"
        self.write(priority)
        self.start()

    def write(self, priority):
        with open(self.file, "w") as file:
            file.write(CONFIGURATION.format(node=self.node, priority=priority, vip=VIP))

    def start(self):
        self.process = self.lab.start(
            self.node, "keepalived", "--dont-fork", "--vrrp", "--log-console", "-f", self.file,
            "-p", self.file + ".pid", "-r", self.file + ".vrrp.pid")

    def daemons(self):
        pids = []
        for name in (".pid", ".vrrp.pid"):
            try:
                pids.append(int(open(self.file + name).read()))
            except (OSError, ValueError):
                pass
        return pids

    def signal(self, number):
        for pid in self.daemons():
            os.kill(pid, number)

    def priority(self, priority):
        self.write(priority)
        self.signal(signal.SIGHUP)


def fping_gaps(text):
    """fping's own interval, which is 10 ms at least whatever it is told, and begin and length of every gap between
    its answers, in seconds."""
    answers = [float(t) for t in re.findall(r"^\[(\d+\.\d+)\] \S+ : \[\d+\], \d+ bytes", text, re.M)]
    apart = [(at, following - at) for at, following in zip(answers, answers[1:])]
    interval = statistics.median(span for _, span in apart)
    return interval, [(at, span - interval) for at, span in apart if span > 1.8 * interval]


def words_of(transition):
    """What is said of a transition, without its numbers."""
    prober = transition["probers"][0]
    words = (prober["explanation"] or "").split(": ", 1)[-1][:90] if prober["cause"] == "unexplained" else ""
    moved = "moved" if transition["from"] != transition["to"] else "same responder"
    text = f"{'void, ' if transition['void_reason'] else ''}{moved}: {prober['cause'] or 'nothing to explain'} {words}"
    return re.sub(r"[\d.]+ ?(ms|s)\b|02:[0-9a-f:]+|\d+\.\d+\.\d+\.\d+", "_", text).strip()


def main():
    with tempfile.TemporaryDirectory() as folder, Lab("two-node") as lab:
        alpha, bravo = (Instance(lab, node, priority, folder) for node, priority in (("alpha", 150), ("bravo", 100)))
        while subprocess.run([PROGRAM, "exec", "client", "--", "ping", "-c1", "-W1", VIP],
                             stdout=subprocess.DEVNULL).returncode:
            pass
        time.sleep(6)  # keepalived repeats its announcements after five seconds
        fping = subprocess.Popen(
            [PROGRAM, "exec", "client", "--", "fping", "-D", "-l", "-p", "1", "-t", "1000", VIP],
            stdout=open(folder + "/fping", "w"), stderr=subprocess.DEVNULL)
        began = time.monotonic()
        watch = subprocess.Popen(
            [PROGRAM, "exec", "client", "--", PROGRAM, "watch", VIP, "--every", "1ms", "--json", folder + "/watch.json"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        watch.stdout.readline()
        first_line = time.monotonic() - began
        time.sleep(2)
        done = []
        while len(done) < FAILOVERS:
            for kind, break_, mend in (
                    ("link cut", lambda: lab.run("alpha", "ip", "link", "set", "lan", "down"),
                     lambda: lab.run("alpha", "ip", "link", "set", "lan", "up")),
                    ("stopped", lambda: alpha.signal(signal.SIGSTOP), lambda: alpha.signal(signal.SIGCONT)),
                    ("killed", lambda: alpha.signal(signal.SIGKILL), lambda: (alpha.process.wait(), alpha.start())),
                    ("priority", lambda: alpha.priority(50), lambda: alpha.priority(150))):
                for name, step in ((kind, break_), (kind + ", mended", mend)):
                    done.append((name, time.time()))
                    step()
                    time.sleep(2.5)
                # A killed daemon leaves the address, as a killed daemon does.
        stat = open(f"/proc/{watch.pid}/stat").read().rsplit(") ", 1)[1].split()
        cpu = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began)
        status = open(f"/proc/{watch.pid}/status").read()
        memory = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        watch.send_signal(signal.SIGINT)
        watch.communicate(timeout=20)
        fping.send_signal(signal.SIGINT)
        fping.wait(10)
        for instance in (alpha, bravo):
            instance.signal(signal.SIGTERM)
            instance.process.wait(10)
        run = json.load(open(folder + "/watch.json"))["paths"][0]
        interval, gaps = fping_gaps(open(folder + "/fping").read())

    transitions = run["transitions"]
    apart, unmatched = [], []
    for transition in transitions:
        prober = transition["probers"][0]
        loss = prober["loss_of_connectivity_ns"] / 1e9
        if transition["void_reason"] or loss < 2 * interval:
            continue
        begin = transition["scheduled_ns"] / 1e9
        # Of all its holes: one ends where a second is calm.
        near = [g for g in gaps if begin - 2 * interval < g[0] < begin + loss + 1]
        (apart.append(abs(sum(g[1] for g in near) - loss)) if near else unmatched.append(transition))
    print(f"{len(done)} failovers of keepalived, watched every 1 ms beside fping every {interval * 1e3:.3g} ms")
    print(f"  transitions  {len(transitions)}, {sum(1 for t in transitions if t['void_reason'])} void; "
          f"with a loss {len(apart) + len(unmatched)}, fping misses {len(unmatched)} of them")
    if apart:
        print(f"  difference   {spread(apart, 'ms', 1e3)}")
    # What was said of each kind of failover, in its own span.
    ends = [at for _, at in done[1:]] + [float("inf")]
    said = {}
    for (kind, at), end in zip(done, ends):
        own = [t for t in transitions if at <= t["scheduled_ns"] / 1e9 < end]
        words = [words_of(t) for t in own] or ["no interruption"]
        for text in words:
            said.setdefault(kind, {}).setdefault(text, 0)
            said[kind][text] += 1
    for kind, texts in said.items():
        print(f"  {kind}")
        for text, count in sorted(texts.items(), key=lambda item: -item[1]):
            print(f"    {count:4} x {text}")
    print(f"first line after {first_line * 1e3:.0f} ms; {cpu * 100:.2g} % of a core; {memory:.3g} MiB at most")


main()
