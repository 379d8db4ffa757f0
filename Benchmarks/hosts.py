"""Runs on machines: how long until they are ready, what an agent costs, and whether the figures are those
of a lab in one process, where the machines are reached by `ip netns exec` and where they are by SSH. The
machines are namespaces of this one, in a network and a mount namespace of their own; three of them have
an OpenSSH server."""
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from common import PROGRAM, ROOT, report

HERE = os.path.abspath(__file__)
SSHD = ROOT + "/.build/tools/usr/sbin/sshd"


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
    # The controller's own way to them.
    shell("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "uplink", "netns", "switch")
    shell("ip", "-n", "switch", "link", "set", "uplink", "master", "br0", "up")
    shell("ip", "address", "add", "10.0.0.250/24", "dev", "eth0")
    shell("ip", "link", "set", "eth0", "up")


class Servers:
    """OpenSSH's servers in the first so many machines, and a client that knows them and no others."""

    def __init__(self, folder, count):
        self.processes = []
        key(folder, "user")
        with open("/etc/passwd") as file:
            users = file.read()
        with open(folder + "/passwd", "w") as file:
            file.write(users + ("" if "\nsshd:" in users else
                                "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n"))
        with open(folder + "/known_hosts", "w") as known:
            for n in range(count):
                known.write(f"10.0.0.{n + 10} {key(folder, f'm{n}')}")
                self.start(folder, n)
        with open(folder + "/config", "w") as file:
            file.write(f"Host *\nUser root\nIdentityFile {folder}/user\nIdentitiesOnly yes\n"
                       f"UserKnownHostsFile {folder}/known_hosts\nGlobalKnownHostsFile /dev/null\n")
        os.mkdir(folder + "/bin")
        with open(folder + "/bin/ssh", "w") as file:
            file.write(f"#!/bin/sh\nexec /usr/bin/ssh -F '{folder}/config' \"$@\"\n")
        os.chmod(folder + "/bin/ssh", 0o700)
        os.environ["PATH"] = folder + "/bin:" + os.environ["PATH"]
        for n in range(count):
            wait_for_port(f"10.0.0.{n + 10}", 22)

    def start(self, folder, n):
        with open(f"{folder}/m{n}.config", "w") as file:
            file.write(f"HostKey {folder}/m{n}\nAuthorizedKeysFile {folder}/user.pub\n"
                       "PasswordAuthentication no\nStrictModes no\nUsePAM no\nPidFile none\n")
        self.processes.append(subprocess.Popen(
            ["ip", "netns", "exec", f"m{n}", "unshare", "--mount", "sh", "-c",
             "mount -t tmpfs tmpfs /run && mkdir /run/sshd && "
             f"mount --bind {folder}/passwd /etc/passwd && exec {SSHD} -D -e -f {folder}/m{n}.config"],
            stderr=subprocess.DEVNULL))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.wait(10)


def key(folder, name):
    shell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{name}")
    with open(f"{folder}/{name}.pub") as file:
        return file.read()


def wait_for_port(address, port):
    limit = time.monotonic() + 10
    while True:
        try:
            socket.create_connection((address, port), 1).close()
            return
        except OSError:
            if time.monotonic() > limit:
                sys.exit(f"nobody listens at {address} port {port}")
            time.sleep(0.05)


def by_exec(n):
    return f"exec: [ip, netns, exec, m{n}], "


def by_ssh(n):
    return f"ssh: root@10.0.0.{n + 10}, "


def topology(folder, count, reach=None, failover="{ every: 1s }"):
    """A file for the first so many machines, or for a lab like them; the last one is a client."""
    file = tempfile.mkstemp(".yaml", dir=folder)[1]
    with open(file, "w") as text:
        text.write("name: rack\nsegments:\n  rack: { subnet: 10.0.0.0/24 }\nnodes:\n")
        for n in range(count):
            role = ", role: client" if n == count - 1 else ""
            place = (f"{{ address: 10.0.0.{n + 10}, interface: eth0, existing: true }}"
                     if reach else f"10.0.0.{n + 10}")
            text.write(f"  m{n}: {{ {reach(n) if reach else ''}on: {{ rack: {place} }}{role} }}\n")
        text.write(f"paths:\n  native: {{ vip: 10.0.0.200 }}\nfailover: {failover}\n")
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
    with tempfile.TemporaryDirectory() as folder, Servers(folder, 3):
        os.environ["XDG_CACHE_HOME"] = folder + "/cache"
        three, many = topology(folder, 3, by_exec), topology(folder, 32, by_exec)
        first = ready(three)
        cached = [ready(three) for _ in range(5)]
        by_line = [ready(topology(folder, 3, by_ssh)) for _ in range(5)]
        ours = [ready(many) for _ in range(3)]
        print(f"ready, 3 machines: {first:.2f} s with the program sent, "
              f"{statistics.median(cached):.2f} s when it is there, "
              f"by SSH {statistics.median(by_line):.2f} s; "
              f"32 machines: {statistics.median(ours):.2f} s")
        size = max(os.path.getsize(f"{folder}/cache/vipjuggler/{name}")
                   for name in os.listdir(folder + "/cache/vipjuggler") if "." in name)
        print(f"sent: {size / 1e6:.1f} MB")
        for failover in ("{ every: 1s }", "{ every: 1s, gap: 50ms }"):
            files = [topology(folder, 3, reach, failover) for reach in (by_exec, by_ssh, None)]
            runs = [[compare(file, folder, 5)["loss_of_connectivity_ns"]["p50"] / 1e6
                     for file in files] for _ in range(3)]
            for column, name in enumerate(("by exec", "by SSH")):
                report(f"loss of connectivity with {failover}, 3 machines {name}, median of 5 turns",
                       [run[column] for run in runs], [run[2] for run in runs], "ms", "a lab")
        with open(folder + "/relay.py", "w") as text:
            text.write(RELAY)
        counted = topology(folder, 3, lambda n: f"exec: [python3, {folder}/relay.py, {folder}/bytes-{n}, "
                                                f"ip, netns, exec, m{n}], ")
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
