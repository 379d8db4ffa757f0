"""What 1,000 probes a second from each of four nodes cost: vipjuggler, which also reflects and
captures every one of them and waits for the answer, against iperf3 sending UDP packets of the same
size at the same rate one way."""
import os
import subprocess
import time

from common import PROGRAM, Lab, report, topology

ROUNDS = 5
SECONDS = 10


def usage(command):
    """CPU seconds, wall seconds and peak memory in MiB of one run."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    return used.ru_utime + used.ru_stime, time.monotonic() - start, used.ru_maxrss / 1024


def ours(seconds):
    turns = seconds // 5
    return usage([PROGRAM, "compare", "--quiet", topology("juggle-5"), "--path", "native",
                  "--probe", "1ms", "--handovers", str(turns), "--no-latency", "--no-bandwidth"])


def peer():
    """One iperf3 server and client a node, started by a shell so that its usage is theirs."""
    with Lab("juggle-5"):
        servers = " & ".join(
            f"{PROGRAM} exec alpha -- iperf3 -s -1 -p {5201 + n}" for n in range(4))
        clients = " & ".join(
            f"{PROGRAM} exec {node} -- iperf3 -c 10.0.0.11 -p {5201 + n} -u -l 60 -b 480k "
            f"-t {SECONDS}"
            for n, node in enumerate(("bravo", "charlie", "delta", "echo")))
        return usage(["sh", "-c", f"{servers} & sleep 1; {clients} & wait"])


runs = [(ours(SECONDS), peer()) for _ in range(ROUNDS)]
report("CPU of 4 nodes x 1,000 probes/s, share of one core",
       [a[0] / a[1] for a, _ in runs], [b[0] / b[1] for _, b in runs], "%", "4 iperf3", 100, goal=1)
short, long = ours(10), ours(60)
print(f"peak memory of a run of {short[1]:.0f} s: {short[2]:.1f} MiB, "
      f"of {long[1]:.0f} s: {long[2]:.1f} MiB, ratio {long[2] / short[2]:.2f}")
