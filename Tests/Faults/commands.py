"""The commands that are tried, each as short as it can be with all it does."""
import socket
import subprocess
import threading

from machine import PROGRAM, die_with_parent

PAIR = """segments: { lan: { subnet: 10.0.1.0/24 } }
nodes:
  alpha:  { on: { lan: 10.0.1.20 } }
  bravo:  { on: { lan: 10.0.1.21 } }
  client: { on: { lan: 10.0.1.4 }, role: client }
paths:
  native: { vip: 10.0.1.200 }
  vxlan:  { kind: vxlan, vni: 42, subnet: 192.168.0.0/24, vip: 192.168.0.200 }
failover: %s
probe: { every: 10ms }
"""
JUGGLED = "{ every: 300ms }"
STUCK = """segments: { lan: { subnet: 10.0.1.0/24, switch: { model: sticky, hold: 200ms } } }
""" + PAIR.partition("\n")[2]
BEATEN = ("{ method: heartbeat, heartbeat: { every: 20ms }, stuckAfter: 500ms, "
          "faults: [ { crash: holder, every: 1s, for: 500ms } ] }")
ELECTED = "{ method: vrrp, vrrp: { every: 100ms }, faults: [ { crash: holder, every: 2s, for: 1s } ] }"


class Command:
    """`made` are the files that it is told to make; `code` is its own when nothing is wrong; `around` a program that
    is there meanwhile, and what it says when it is."""

    def __init__(self, name, *arguments, made=(), codes=(0,), around=None, kernel="host", endless=False):
        self.name, self.arguments, self.made, self.codes = name, arguments, made, codes
        self.around, self.kernel, self.endless = around, kernel, endless

    def argv(self):
        return [PROGRAM, *self.arguments]


QUIET = ("--no-latency", "--no-bandwidth")
FILES = ("--json", "run.json", "--html", "run.html", "--journal", "run.jsonl", "--captures", "captures")
MADE = ("run.json", "run.html", "run.jsonl", "captures")


def commands(kernels):
    found = [
        Command("check", "check", "pair.yaml"),
        Command("report", "report", "saved.json", "--html", "page.html", made=("page.html",)),
        Command("judge", "judge", "saved.jsonl", "--json", "again.json", made=("again.json",)),
        Command("export", "export", "pair.yaml", "--path", "vxlan", "--as", "script", "--output", "out", made=("out",)),
        Command("watch", "watch", "198.51.100.2", "--every", "10ms", "--duration", "1s", "--json", "watch.json",
                made=("watch.json",)),
        Command("reflect", "reflect", "127.0.0.1", "--port", "8862", endless=True),
        Command("hosts", "hosts", "service", "8080", "127.0.0.1", "127.0.0.2", "--file", "hosts", "--every", "100ms",
                made=("hosts",), endless=True),
        Command("ndproxy", "ndproxy", "outer", "inner", endless=True),
        Command("heartbeat", "heartbeat", "192.0.2.9", "--interface", "outer", "--from", "192.0.2.1", "--peer",
                "192.0.2.2", "--priority", "100", "--every", "20ms", endless=True),
        Command("robot", "robot", "--server", "192.0.2.1", "--server", "192.0.2.2", "--ip", "192.0.2.9", "--port",
                "8081", endless=True),
        Command("floating-ip", "floating-ip", "get", "192.0.2.9", "--server", "http://127.0.0.1:8080", codes=(0, 2),
                around=("robot", "--server", "192.0.2.1", "--server", "192.0.2.2", "--ip", "192.0.2.9")),
        Command("frontier", "frontier", "beaten.yaml", "--path", "native", "--kernel", "host", "--method", "heartbeat",
                "--interval", "50ms", "--crashes", "1", "--calm", "1s", "--json", "front.json", made=("front.json",)),
    ]
    for kernel in kernels:
        lab = ("--kernel", kernel)
        found += [
            Command(f"compare ({kernel})", "compare", "pair.yaml", *lab, *QUIET, "--handovers", "2", *FILES, made=MADE,
                    kernel=kernel),
            Command(f"compare, all of it ({kernel})", "compare", "pair.yaml", *lab, "--handovers", "1",
                    "--latency-samples", "50", "--bandwidth-time", "1s", "--json", "run.json", made=("run.json",),
                    kernel=kernel),
            Command(f"juggle ({kernel})", "juggle", "pair.yaml", *lab, "--path", "native", "--handovers", "3", "--json",
                    "run.json", made=("run.json",), kernel=kernel),
            Command(f"up ({kernel})", "up", "pair.yaml", *lab, kernel=kernel, endless=True),
            Command(f"exec ({kernel})", "exec", "alpha", "--", "sleep", "1", kernel=kernel,
                    around=("up", "pair.yaml", *lab)),
        ]
    found += [
        Command("compare, a stuck switch", "compare", "stuck.yaml", *QUIET, "--kernel", "host", "--path", "native",
                "--handovers", "2", "--json", "run.json", made=("run.json",)),
        Command("compare, heartbeats", "compare", "beaten.yaml", *QUIET, "--kernel", "host", "--path", "native",
                "--handovers", "1", "--json", "run.json", made=("run.json",)),
        Command("compare, keepalived", "compare", "elected.yaml", *QUIET, "--kernel", "host", "--path", "native",
                "--handovers", "1", "--json", "run.json", made=("run.json",)),
    ]
    return found


def prepare(folder):
    """What the commands read, in a folder of a trial's own."""
    texts = {"pair.yaml": PAIR % JUGGLED, "stuck.yaml": STUCK % JUGGLED, "beaten.yaml": PAIR % BEATEN,
             "elected.yaml": PAIR % ELECTED, "hosts": "127.0.0.1 localhost\n127.0.0.2 service\n"}
    for name, text in texts.items():
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)


def save(folder):
    """A run and its journal, for the commands that read them."""
    prepare(folder)
    subprocess.run([PROGRAM, "compare", "pair.yaml", "--kernel", "host", *QUIET, "--handovers", "2", "--quiet", "--json",
                    "saved.json", "--journal", "saved.jsonl"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return {name: open(f"{folder}/{name}", "rb").read() for name in ("saved.json", "saved.jsonl")}


def furnish():
    """An outer and an inner interface, another machine at 198.51.100.2, and a service at 127.0.0.2 port 8080, which
    127.0.0.1 has not."""
    other = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
    other.stdout.readline()
    inside = f"nsenter --net --target {other.pid} ip "
    for words in ("ip link set lo up", "ip link add outer type veth peer name inner",
                  "ip address add 192.0.2.1/24 dev outer", "ip link set outer up", "ip link set inner up",
                  f"ip link add near type veth peer name far netns {other.pid}",
                  "ip address add 198.51.100.1/24 dev near", "ip link set near up",
                  inside + "address add 198.51.100.2/24 dev far", inside + "link set far up"):
        subprocess.run(words.split(), check=True)
    listener = socket.create_server(("127.0.0.2", 8080))

    def answer():
        while True:
            listener.accept()[0].close()

    threading.Thread(target=answer, daemon=True).start()
