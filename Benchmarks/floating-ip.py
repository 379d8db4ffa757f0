"""Where a floating IP is: `floating-ip get` against curl with the same request to the same service, and how long
an action of the OCF resource agent around it takes."""
import os
import shutil
import subprocess
import tempfile
import time

from common import PROGRAM, ROOT, report, spread

RUNS = 60
ACTIONS = 10


def seconds(*command, **more):
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    return time.monotonic() - start


service = subprocess.Popen(
    [PROGRAM, "robot", "--port", "0", "--server", "127.0.0.1", "--server", "10.0.0.2",
     "--ip", "10.0.0.200", "--limit", "1000000", "--quiet"], stdout=subprocess.PIPE, text=True)
try:
    url = service.stdout.readline().strip()
    with tempfile.TemporaryDirectory() as folder:
        state = folder + "/state"
        ours, peer = [], []
        for _ in range(RUNS):
            shutil.rmtree(state, ignore_errors=True)
            ours.append(seconds(PROGRAM, "floating-ip", "get", "10.0.0.200", "--server", url,
                                "--state", state))
            peer.append(seconds("curl", "-s", url + "/failover/10.0.0.200"))
        report("asking where a floating IP is", ours, peer, "ms", "curl", scale=1000, goal=1)
        agent = {
            **os.environ, "OCF_ROOT": ROOT + "/.build/tools/usr/lib/ocf", "HA_RSCTMP": folder,
            "OCF_RESKEY_ip": "10.0.0.200", "OCF_RESKEY_own": "127.0.0.1",
            "OCF_RESKEY_server": url, "OCF_RESKEY_credentials": "", "OCF_RESKEY_program": PROGRAM,
            "XDG_RUNTIME_DIR": folder}
        for action, count in (("start", ACTIONS), ("monitor", ACTIONS), ("stop", 1)):
            times = [seconds(ROOT + "/ocf/vipjuggler/vipjuggler-floating-ip", action, env=agent)
                     for _ in range(count)]
            print(f"the resource agent's {action}: {spread(times, 'ms', 1000)}")
finally:
    service.terminate()
    service.wait(10)
