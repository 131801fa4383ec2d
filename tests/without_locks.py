"""Runs a script as `python script …` does, where the kernel refuses `flock` with an error.

python without_locks.py ENOLCK script.py argument …; exit code 77 where the kernel lets nothing be
refused. It is what a file system without locks answers; a seccomp filter makes it so for one
process and those that it starts.
"""

import ctypes
import errno
import platform
import runpy
import struct
import sys
from pathlib import Path

FLOCK = {"x86_64": (0xC000003E, 73), "aarch64": (0xC00000B7, 32)}  # architecture, system call
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def refuse_flock(number):
    """Let every `flock` fail with an error number; tell whether that could be arranged."""
    architecture, flock = FLOCK.get(platform.machine(), (0, 0))
    steps = [(LOAD, 0, 0, 4), (EQUAL, 0, 3, architecture), (LOAD, 0, 0, 0), (EQUAL, 0, 1, flock),
             (RETURN, 0, 0, REFUSE | number), (RETURN, 0, 0, ALLOW)]  # fmt: skip
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = Program(len(steps), code)
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return flock and system.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program)) == 0


if __name__ == "__main__":
    if not refuse_flock(getattr(errno, sys.argv[1])):
        sys.exit(77)
    del sys.argv[:2]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    runpy.run_path(sys.argv[0], run_name="__main__")
