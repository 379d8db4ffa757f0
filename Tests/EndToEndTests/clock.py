"""Sets the clock of the machine it runs on, which must be a lab kernel's, and has it drift.

    clock.py SECONDS PPM
"""
import ctypes
import os
import sys
import time

assert "User Mode Linux" in open("/proc/cpuinfo").read(), "no lab kernel"
ADJ_FREQUENCY = 2


class Timex(ctypes.Structure):
    """struct timex (adjtimex(2)), as far as it is used here."""
    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long),
                ("rest", ctypes.c_char * 256)]


time.clock_settime(time.CLOCK_REALTIME, time.time() + float(sys.argv[1]))
wanted = Timex(modes=ADJ_FREQUENCY, freq=int(float(sys.argv[2]) * 65536))
if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(wanted)) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
