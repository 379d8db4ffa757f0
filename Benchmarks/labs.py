"""How long labs take to be up, from exec on: vipjuggler against ip -batch and bridge -batch.

Both make the namespaces on one bridge, with an address each; of a VXLAN mesh also a device each, a flood and
a unicast entry for every peer, and a permanent underlay neighbour. vipjuggler also waits until every port of
the bridge forwards. Each begins when the namespaces of the one before are gone."""
import os
import subprocess
import sys
import tempfile
import time

from common import PROGRAM, report

ROUNDS = 5
# Nodes, whether they are a mesh, and the ratio to be reached.
LABS = [(2, False, 1.5), (32, False, .5), (128, False, .35), (512, False, .35),
        (32, True, 1.0), (128, True, .3)]


def address(n, first="10.0"):
    return f"{first}.{n // 200}.{n % 200 + 20}"


def mac(group, n):
    return f"02:{group:02x}:00:00:{n // 256:02x}:{n % 256:02x}"


def topology(nodes, is_mesh):
    path = "{ kind: vxlan, subnet: 192.168.0.0/16, vip: 192.168.255.1 }" if is_mesh else "{ vip: 10.0.255.1 }"
    lines = ["segments: { lan: { subnet: 10.0.0.0/16 } }", "nodes:"]
    lines += [f"  n{n}: {{ on: {{ lan: {address(n)} }} }}" for n in range(1, nodes + 1)]
    return "\n".join(lines + [f"paths: {{ it: {path} }}"]) + "\n"


def ours(file):
    start = time.monotonic()
    process = subprocess.Popen([PROGRAM, "up", "--kernel", "host", "--quiet", file],
                               stdout=subprocess.PIPE, text=True)
    assert " is up: " in process.stdout.readline()
    elapsed = time.monotonic() - start
    process.terminate()
    process.wait(60)
    return elapsed


def batches(nodes, is_mesh):
    """The ip batch for the machine in the middle, and an ip and a bridge batch a node."""
    hub = ["link add br0 type bridge", "link set br0 up"]
    each = []
    for n in range(1, nodes + 1):
        hub.append(f"link add v{n} type veth peer name lan address {mac(0, n)} netns n{n}")
        hub.append(f"link set v{n} master br0 up")
        ip = ["link set lo up", f"address add {address(n)}/16 dev lan", "link set lan up"]
        fdb = []
        if is_mesh:
            ip += [f"link add vxlan address {mac(0x80, n)} mtu 1450 type vxlan id 42 dstport 4789 "
                   f"local {address(n)} dev lan nolearning",
                   f"address add {address(n, '192.168')}/16 dev vxlan", "link set vxlan up"]
        for peer in range(1, nodes + 1):
            if is_mesh and peer != n:
                ip.append(f"neighbour replace {address(peer)} lladdr {mac(0, peer)} dev lan nud permanent")
                fdb.append(f"fdb append 00:00:00:00:00:00 dev vxlan dst {address(peer)}")
                fdb.append(f"fdb add {mac(0x80, peer)} dev vxlan dst {address(peer)}")
        each.append((ip, fdb))
    return hub, each


def script(nodes, is_mesh, folder):
    hub, each = batches(nodes, is_mesh)
    lines = ["set -e", "mount -t tmpfs none /run", "mkdir -p /run/netns"]

    def batch(name, commands, tool, namespace=""):
        with open(f"{folder}/{name}", "w") as file:
            file.write("\n".join(commands) + "\n")
        lines.append(f"{tool} {namespace} -batch {folder}/{name}")

    batch("names", [f"netns add n{n}" for n in range(1, nodes + 1)], "ip")
    batch("hub", hub, "ip")
    for n, (ip, fdb) in enumerate(each, 1):
        batch(f"ip{n}", ip, "ip", f"-n n{n}")
        if fdb:
            batch(f"fdb{n}", fdb, "bridge", f"-n n{n}")
    with open(f"{folder}/script", "w") as file:
        file.write("\n".join(lines) + "\n")
    return f"{folder}/script"


def peer(path):
    start = time.monotonic()
    subprocess.run(["unshare", "--user", "--map-root-user", "--net", "--mount", "sh", path],
                   check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def settle():
    """Until the kernel has taken down what the lab before left it: it does so in the background, all of its
    work on one thread, which rests then."""
    def work():
        total = 0
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{process}/comm") as file:
                    if not file.read().startswith("kworker"):
                        continue
                with open(f"/proc/{process}/schedstat") as file:
                    total += int(file.read().split()[0])
            except OSError:
                pass
        return total

    deadline = time.monotonic() + 60
    before = work()
    while time.monotonic() < deadline:
        time.sleep(.3)
        now = work()
        if now - before < 3_000_000:
            return
        before = now
    sys.exit("the kernel has not taken the last lab down in 60 s")


if __name__ == "__main__":
    for nodes, is_mesh, goal in LABS:
        with tempfile.TemporaryDirectory() as folder:
            path = script(nodes, is_mesh, folder)
            with open(f"{folder}/lab.yaml", "w") as file:
                file.write(topology(nodes, is_mesh))
            pairs = []
            for _ in range(ROUNDS):
                settle()
                own = ours(f"{folder}/lab.yaml")
                settle()
                pairs.append((own, peer(path)))
        kind = "VXLAN mesh" if is_mesh else "lab"
        report(f"{nodes}-node {kind}, until it is up", [p[0] for p in pairs], [p[1] for p in pairs],
               "s", "ip -batch", goal=goal)
