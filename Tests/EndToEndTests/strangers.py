"""Who is on the segment of a run that is not his, and has seen its probes.

    strangers.py CLIENT SERVER...     by the names of the switch's ports

Sends again what he heard, forges what he can, and prints how many packets each made.
"""
import os
import socket
import struct
import sys
import time

PORT = 862
PROBE_AGE, ANSWER_AGE = 4, 12
client, servers = sys.argv[1], sys.argv[2:]
sockets = {}
for name in [client] + servers:
    sockets[name] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sockets[name].bind((name, 0))
    sockets[name].settimeout(0.01)


def ports(frame):
    if frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return None
    return struct.unpack("!HH", frame[34:38])


def heard(name, index):
    """Frames that pass the port, whose UDP ports tell what they are."""
    deadline, frames = time.time() + 30, []
    while len(frames) < 40 and time.time() < deadline:
        try:
            frame = sockets[name].recv(2048)
        except TimeoutError:
            continue
        found = ports(frame)
        if found and found[index] == PORT:
            frames.append(frame)
    return frames


def everybody(frame):
    return b"\xff" * 6 + frame[6:]


def altered(frame, make=lambda payload: payload):
    """The same with another payload, and no UDP checksum: that was left to the card."""
    return frame[:40] + b"\0\0" + make(frame[42:])


def send(kind, frames, names):
    for frame in frames:
        for name in names:
            sockets[name].send(frame)
        time.sleep(0.002)
    print(kind, len(frames), flush=True)


probes, answers = heard(client, 1), heard(client, 0)
taken = time.time()
# The same length, and a signature that is none.
send("forged", [everybody(altered(f, lambda p: p[:96] + os.urandom(16) + p[112:])) for f in probes], servers)
# Signed, but for what says who sent it.
send("changed", [everybody(altered(f, lambda p: p[:126] + b"\0\1" + p[128:])) for f in probes], servers)
# STAMP as anybody sends it, of as many bytes.
send("open", [everybody(altered(f, lambda p: p[:4] + p[16:28] + bytes(len(p) - 16))) for f in probes], servers)
send("altered", [altered(f, lambda p: p[:16] + os.urandom(8) + p[24:]) for f in answers], [client])
time.sleep(max(0, taken + PROBE_AGE - time.time()))
send("probes", [everybody(altered(f)) for f in probes], servers)
time.sleep(max(0, taken + ANSWER_AGE - time.time()))
send("answers", [altered(f) for f in answers], [client])
