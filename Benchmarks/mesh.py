"""How long a 32-node full VXLAN mesh takes to be up: vipjuggler against ip -batch and bridge -batch.

Both make 32 namespaces on one bridge, an address and a VXLAN device each, 992 flood entries, 992
unicast entries and 992 permanent underlay neighbours. vipjuggler also waits until every port of the
bridge forwards."""
import subprocess
import tempfile
import time

from common import PROGRAM, report, topology

NODES = 32
ROUNDS = 5


def ours():
    start = time.monotonic()
    process = subprocess.Popen(
        [PROGRAM, "up", "--kernel", "host", "--quiet", topology("mesh-32")],
        stdout=subprocess.PIPE, text=True)
    assert "is up" in process.stdout.readline()
    elapsed = time.monotonic() - start
    process.terminate()
    process.wait(10)
    return elapsed


def mac(group, node):
    return f"02:{group:02x}:00:00:00:{node:02x}"


def batches():
    """The ip batch for the machine in the middle, and an ip and a bridge batch a node."""
    hub = ["link add br0 type bridge", "link set br0 up"]
    nodes = []
    for n in range(1, NODES + 1):
        hub.append(f"link add v{n} type veth peer name lan address {mac(0, n)} netns n{n}")
        hub.append(f"link set v{n} master br0 up")
        ip = ["link set lo up", f"address add 10.0.0.{n}/24 dev lan", "link set lan up",
              f"link add vxlan address {mac(0x80, n)} mtu 1450 type vxlan id 42 dstport 4789 "
              f"local 10.0.0.{n} dev lan nolearning",
              f"address add 192.168.0.{n}/24 dev vxlan", "link set vxlan up"]
        fdb = []
        for peer in range(1, NODES + 1):
            if peer != n:
                ip.append(f"neighbour replace 10.0.0.{peer} lladdr {mac(0, peer)} dev lan nud permanent")
                fdb.append(f"fdb append 00:00:00:00:00:00 dev vxlan dst 10.0.0.{peer}")
                fdb.append(f"fdb add {mac(0x80, peer)} dev vxlan dst 10.0.0.{peer}")
        nodes.append((ip, fdb))
    return hub, nodes


def peer(folder):
    hub, nodes = batches()
    script = ["set -e", "mount -t tmpfs none /run", "mkdir -p /run/netns"]

    def batch(name, lines, tool, namespace=""):
        path = f"{folder}/{name}"
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        script.append(f"{tool} {namespace} -batch {path}")

    batch("names", [f"netns add n{n}" for n in range(1, NODES + 1)], "ip")
    batch("hub", hub, "ip")
    for n, (ip, fdb) in enumerate(nodes, 1):
        batch(f"ip{n}", ip, "ip", f"-n n{n}")
        batch(f"fdb{n}", fdb, "bridge", f"-n n{n}")
    path = f"{folder}/script"
    with open(path, "w") as file:
        file.write("\n".join(script))
    start = time.monotonic()
    subprocess.run(["unshare", "--user", "--map-root-user", "--net", "--mount", "sh", path],
                   check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


with tempfile.TemporaryDirectory() as folder:
    pairs = [(ours(), peer(folder)) for _ in range(ROUNDS)]
report("32-node VXLAN mesh, until it is up", [p[0] for p in pairs], [p[1] for p in pairs],
       "s", "ip -batch")
