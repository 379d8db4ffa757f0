"""A machine that lacks something: each command does its work all the same, or says in a line what is missing."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import commands
from machine import PROGRAM, Inventory, reap
from moments import TRAPS

LONGEST = 90
QUICK = ("compare", "pair.yaml", "--kernel", "host", "--no-latency", "--path", "native", "--handovers", "2")
FAST = (*QUICK, "--no-bandwidth")
STICKY = ("compare", "stuck.yaml", *FAST[2:])
SAVED = (*FAST, "--json", "run.json")

GOOD, FAILED, MISSING, FORBIDDEN = 0, 1, 69, 77


class Case:
    """What is run by a shell that makes the machine so first; `codes` it may end with, and `words` that are said where
    it does not go well."""

    def __init__(self, name, setting, arguments, codes, words=None, programs=None):
        self.name, self.setting, self.arguments, self.codes = name, setting, arguments, codes
        self.words, self.programs = words, programs or {}


def impostors(name):
    """Programs that are not what their name says."""
    return {
        "is missing": None,
        "hangs": "exec sleep 600",
        "dies half-way": "head -c 100 >/dev/null 2>&1 </dev/null; echo half; kill -9 $$",
        "prints a gigabyte": "head -c 1073741824 /dev/zero | tr '\\0' x; exit 1",
    }.items()


def cases():
    found = [
        Case(f"{stream} is closed", f"exec {number}", SAVED, {code}, "standard output")
        for stream, number, code in (("stdin", "0<&-", GOOD), ("stdout", "1>&-", FAILED), ("stderr", "2>&-", GOOD))
    ]
    found += [
        Case("all three are closed", "exec 0<&- 1>&- 2>&-", SAVED, {FAILED}),
        Case("stdout is full", "exec >/dev/full", SAVED, {GOOD, FAILED}, "No space left on device"),
        Case("stderr is full", "exec 2>/dev/full", SAVED, {GOOD}),
        Case("stdout is a pipe that nobody reads", "exec > >(sleep .2)", SAVED, {GOOD, FAILED, -13}),
        Case("the disk is full", "mount -t tmpfs -o size=64k tmpfs small && head -c 65536 /dev/zero >small/full",
             (*FAST, "--json", "small/run.json", "--html", "small/run.html", "--journal", "small/run.jsonl", "--captures",
              "small/captures"), {FAILED}, "No space left on device"),
        Case("the folder is read-only", "mount -t tmpfs -o ro tmpfs small", (*FAST, "--json", "small/run.json"), {FAILED},
             "Read-only file system"),
        Case("64 descriptors", "ulimit -n 64", FAST, {GOOD, FAILED}, "descriptors"),
        Case("20 descriptors", "ulimit -n 20", FAST, {FAILED}, "descriptors|Too many open files"),
        Case("a gigabyte of addresses", "ulimit -v 1048576", FAST, {GOOD}),
        Case("a quarter of that", "ulimit -v 262144", FAST, {GOOD, FAILED}),
        Case("files of a block at most", "ulimit -f 1", (*FAST, "--json", "small/run.json"), {FAILED}, "File too large"),
        Case("no /sys", "mount -t tmpfs tmpfs /sys", FAST, {GOOD}),
        Case("no /proc/sys/net", "mount -t tmpfs tmpfs /proc/sys/net", FAST, {GOOD, FAILED, MISSING}, "/proc/sys|ipv4"),
        Case("no /dev/net", "mount -t tmpfs tmpfs /dev", FAST, {GOOD, FAILED}, "/dev"),
        Case("no HOME, no PATH, no TERM", "unset HOME PATH TERM", FAST, {GOOD}),
        Case("a folder that is gone", "mkdir gone && cp pair.yaml gone && cd gone && rm -r ../gone", FAST, {65},
             "pair.yaml"),
    ]
    for what, text in impostors("nft"):
        found.append(Case(f"nft {what}", ":", STICKY, {FAILED, MISSING}, "nft", {"nft": text}))
    for what, text in impostors("iperf3"):
        found.append(Case(f"iperf3 {what}", ":", (*QUICK, "--bandwidth-time", "1s"), {GOOD, FAILED}, "iperf3",
                          {"iperf3": text}))
    for what, text in impostors("ssh"):
        found.append(Case(f"ssh {what}", ":", ("check", "far.yaml"), {FAILED, MISSING}, "ssh", {"ssh": text}))
    for what, text in impostors("keepalived"):
        found.append(Case(f"keepalived {what}", ":", ("compare", "elected.yaml", *FAST[2:]), {FAILED, MISSING},
                          "keepalived|no server took", {"keepalived": text}))
    return found


FAR = """segments: { lan: { subnet: 198.51.100.0/24 } }
nodes:
  alpha:  { ssh: alpha.invalid, on: { lan: { address: 198.51.100.20, interface: eth0 } } }
  bravo:  { ssh: bravo.invalid, on: { lan: { address: 198.51.100.21, interface: eth0 } } }
  client: { ssh: client.invalid, on: { lan: { address: 198.51.100.4, interface: eth0 } }, role: client }
paths: { native: { vip: 198.51.100.200 } }
"""


def disguise(folder, programs):
    """Puts others in the place of programs, or nothing that runs; by a shell, in mounts of its own."""
    lines = []
    for name, text in programs.items():
        with open(f"{folder}/{name}", "w") as file:
            file.write(f"#!/bin/sh\n{text or ''}\n")
        os.chmod(f"{folder}/{name}", 0o755 if text else 0o644)
        place = shutil.which(name) or sys.exit(f"{name} is not installed here, and cannot be taken away")
        lines.append(f"mount --bind '{folder}/{name}' '{place}' || exit 99")
    return "\n".join(lines)


def is_whole(path):
    try:
        with open(path) as file:
            return bool(json.load(file)["paths"][0]["transitions"])
    except (OSError, ValueError):
        return False


def attempt(case):
    """What is wrong with how it went."""
    with tempfile.TemporaryDirectory() as folder:
        commands.prepare(folder)
        with open(f"{folder}/far.yaml", "w") as file:
            file.write(FAR)
        os.mkdir(f"{folder}/small")
        setting = disguise(folder, case.programs) + "\n" + case.setting
        before = Inventory(folder)
        # In mounts of its own, which go with it.
        process = subprocess.Popen(
            ["/usr/bin/unshare", "--mount", "/bin/bash", "-c", setting + '\nexec "$0" "$@"', PROGRAM, *case.arguments],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            output, code = process.communicate(timeout=LONGEST)[0], process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            output, code = process.communicate()[0], None
        text = output.decode(errors="replace")
        troubles = []
        if code is None:
            troubles.append(f"still there after {LONGEST} s")
        elif code not in case.codes:
            troubles.append(f"exit code {code}")
        elif (code != GOOD or case.programs) and case.words and not re.search(case.words, text):
            troubles.append("nothing said of it")
        if case.arguments == SAVED and code is not None and not is_whole(f"{folder}/run.json"):
            troubles.append("no results")
        if TRAPS.search(text) or len(text) > 60_000:
            troubles.append("said too much")
        kept = tuple(f"{folder}/{name}" for name in ("run.json", "small", "gone"))
        troubles += [f"left: {thing}" for thing in before.left(lambda name: name.startswith(kept))]
        before.clear()
        reap()
        return code, troubles, text


def run(only=None):
    bad = 0
    for case in cases():
        if only is not None and only not in case.name:
            continue
        code, troubles, text = attempt(case)
        lines = [line for line in text.splitlines() if line.startswith(("vipjuggler:", "Error"))]
        said = f": {lines[0][:100]}" if code and lines else ""
        print(f"{case.name:<36} {code}{said}{'' if not troubles else '   WRONG: ' + '; '.join(troubles)}", flush=True)
        if troubles:
            bad += 1
            print("    " + text[-600:].replace("\n", "\n    "), flush=True)
    return bad
