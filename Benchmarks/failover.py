"""Loss of connectivity of a planned move, natively and over VXLAN, as ping sees it: a move by
vipjuggler against the usual script (ip address del, ip address add, arping -A) in the same lab.

ping sends every millisecond, from the client; a move costs the answers it misses."""
import re
import subprocess
import time

from common import PROGRAM, Lab, compare, report, topology

MOVES = 20
PATHS = {"native": ("lan", "10.0.1.200"), "vxlan": ("vxlan", "192.168.0.200")}


def lost(ping):
    """How many answers ping missed."""
    output = ping.communicate(timeout=120)[0]
    sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", output).groups())
    return sent - received


def by_script(path):
    """The loss of each move, in milliseconds: a ping a move."""
    interface, vip = PATHS[path]
    losses = []
    with Lab("two-node") as lab:
        script = (f'while read action; do case $action in '
                  f'add) ip address add {vip}/32 dev {interface}; '
                  f'arping -q -A -c 1 -I {interface} {vip};; '
                  f'del) ip address del {vip}/32 dev {interface};; esac; echo done; done')
        shells = [subprocess.Popen([PROGRAM, "exec", node, "--", "sh", "-c", script],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                  for node in ("alpha", "bravo")]

        def tell(shell, action):
            shell.stdin.write(action + "\n")
            shell.stdin.flush()
            assert shell.stdout.readline() == "done\n"

        tell(shells[0], "add")
        for move in range(MOVES):
            ping = lab.start("client", "ping", "-q", "-i", "0.001", "-c", "1000", "-W", "1", vip)
            time.sleep(0.4)
            tell(shells[move % 2], "del")
            tell(shells[1 - move % 2], "add")
            losses.append(lost(ping))
        for shell in shells:
            shell.stdin.close()
            shell.wait(5)
    return losses


def by_us(path, file=topology("two-node")):
    """The mean loss of a move of ours, in milliseconds, as the same ping sees it; one figure a
    round of five moves."""
    vip = PATHS[path][1]
    losses = []
    for _ in range(MOVES // 5):
        process = subprocess.Popen(
            [PROGRAM, "juggle", "--quiet", file, "--path", path, "--handovers", "5"],
            stdout=subprocess.PIPE, text=True)
        assert "begins" in process.stdout.readline()
        ping = subprocess.Popen(
            [PROGRAM, "exec", "client", "--", "ping", "-q", "-i", "0.001", "-c", "4800", "-W", "1",
             vip], stdout=subprocess.PIPE, text=True)
        moves = 0
        while ping.poll() is None:
            line = process.stdout.readline()
            moves += " -> " in line and "holds" in line
        losses.append(lost(ping) / moves)
        process.communicate()
    return losses


def own_figure(path):
    """What compare itself says at a probe every 100 us."""
    run = compare("two-node", "--path", path, "--handovers", str(MOVES), "--probe", "100us",
                  "--no-latency", "--no-bandwidth")
    return run["paths"][0]["summary"]


def main():
    for path in PATHS:
        report(f"loss of connectivity of a move, {path}, by ping every 1 ms", by_us(path),
               by_script(path), "ms", "ip, arping", goal=.1)
    for path in PATHS:
        summary = own_figure(path)
        loss = summary["loss_of_connectivity_ns"]
        print(f"compare at --probe 100us, {path}: {summary['transitions']} transitions, "
              f"{summary['stuck']} stuck, loss of connectivity median {loss['p50'] / 1e6:.2f} ms, "
              f"longest {loss['max'] / 1e6:.2f} ms")


if __name__ == "__main__":
    main()
