"""A command whose answers come late, as over a long line that is slow one way.

    slowly.py SECONDS COMMAND...
"""
import os
import queue
import subprocess
import sys
import threading
import time

delay = float(sys.argv[1])
child = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE)
under_way = queue.Queue()


def listen():
    while data := os.read(child.stdout.fileno(), 65536):
        under_way.put((time.monotonic() + delay, data))
    under_way.put((time.monotonic() + delay, b""))


threading.Thread(target=listen, daemon=True).start()
while True:
    due, data = under_way.get()
    time.sleep(max(0, due - time.monotonic()))
    if not data:
        break
    os.write(1, data)
sys.exit(child.wait())
