"""What a command may not leave behind, of this machine and of the folder that it works in."""
import ctypes
import json
import os
import signal
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("PROGRAM", ROOT + "/.build/release/vipjuggler")
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
# Who was killed may leave what the kernel takes a moment to remove.
PATIENCE = 5


def adopt_orphans():
    """Whatever a command starts is this process's child when the command is gone, however it went."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def processes():
    """The descendants of this process: number, parent and name."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                name, _, rest = file.read().partition("(")[2].rpartition(")")
            state, parent = rest.split()[:2]
        except OSError:
            continue
        parents[int(pid)] = (int(parent), name, state)
    found = {}
    for pid in parents:
        ancestor = pid
        while ancestor in parents and ancestor != os.getpid():
            ancestor = parents[ancestor][0]
        if ancestor == os.getpid() and pid != os.getpid() and parents[pid][2] != "Z":
            found[pid] = parents[pid][1]
    return found


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def files(folder):
    return {os.path.join(place, name) for place, folders, names in os.walk(folder) for name in folders + names}


class Inventory:
    """Processes, interfaces, mounts, names of sockets and files, as they are now."""

    def __init__(self, folder):
        self.folder = folder
        links = json.loads(subprocess.run(["ip", "-json", "link"], stdout=subprocess.PIPE, check=True).stdout)
        with open("/proc/self/mountinfo") as file:
            mounts = {line.split()[4] for line in file}
        with open("/proc/net/unix") as file:
            sockets = {line.split(None, 7)[7].strip() for line in file if "@" in line}
        self.seen = {
            "process": {f"{pid} ({name})" for pid, name in processes().items()},
            "interface": {link["ifname"] for link in links},
            "mount": mounts,
            "socket": sockets,
            "file": files(folder) | {f"/tmp/{n}" for n in os.listdir("/tmp") if "vipjuggler" in n and "-tests-" not in n and "-exports-" not in n}
            | {f"/dev/shm/{n}" for n in os.listdir("/dev/shm")},
        }

    def left(self, allowed):
        """What is there and was not, after some patience; of files but those that are `allowed`."""
        deadline = time.monotonic() + PATIENCE
        while True:
            # Not the command itself, whose word is waited for elsewhere.
            now = Inventory(self.folder).seen
            more = [f"{kind} {name}" for kind, names in now.items()
                    for name in sorted(names - self.seen[kind]) if not (kind == "file" and allowed(name))]
            if not more or time.monotonic() > deadline:
                return more
            time.sleep(.05)

    def clear(self):
        """Ends what should not be there, so that the next trial begins as this one did."""
        for pid, name in processes().items():
            if f"{pid} ({name})" not in self.seen["process"]:
                os.kill(pid, signal.SIGKILL)
        reap()
