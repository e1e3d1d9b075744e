"""Runs one program that must not outlive its parent: `python -I -S leash.py [options] -- PROGRAM ARGS…`.

A stand-alone script on the standard library, so that it starts in a few milliseconds and the program it becomes
inherits nothing of ours. Three options:

    --signal NAME     what the kernel sends the program when the parent dies, even by kill -9 (default SIGKILL)
    --parent PID      who the parent is: if it is already gone, nothing starts
    --as HOW          `namespace`: look non-root from inside a user namespace, same files;
                      a user id: become that user, keeping only the right to reach files
"""

import ctypes
import os
import signal
import struct
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_NEWUSER = 0x10000000
_INSIDE_ID = 1000  # any id but 0: what the program sees as its own


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def die_with_parent(name: str = "SIGKILL", parent: int | None = None) -> None:
    """Asks the kernel for a signal when the parent goes; leaves at once if it has gone already.

    Needs: Linux, and a parent that called us from a thread that lives as long as it does.
    """
    _checked(_libc().prctl(_PR_SET_PDEATHSIG, int(signal.Signals[name]), 0, 0, 0), "prctl")
    if parent is not None and os.getppid() != parent:
        sys.exit("parent is gone")


def enter_user_namespace() -> None:
    """Keeps every file where it is while looking like an ordinary user, as PostgreSQL insists.

    Errors: OSError where the system (most containers) does not allow user namespaces.
    """
    uid, gid = os.geteuid(), os.getegid()
    _checked(_libc().unshare(_CLONE_NEWUSER), "unshare")
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{_INSIDE_ID} {uid} 1"),
        ("gid_map", f"{_INSIDE_ID} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - starts without pathlib, for speed
            file.write(line)


def become(uid: int, gid: int) -> None:
    """Becomes another user for good, keeping one right: to reach files below folders that are closed to it."""
    libc = _libc()
    # Without it access(2), by which PostgreSQL looks for its own programs, answers as if the right were not there.
    _checked(libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "prctl")
    _checked(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0), "prctl")
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    bit = 1 << _CAP_DAC_OVERRIDE
    _checked(libc.capset(header, struct.pack("=6I", bit, bit, bit, 0, 0, 0)), "capset")
    _checked(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0), "prctl")


def main(arguments: list[str]) -> None:
    """Reads the options, puts on the leash, becomes the program."""
    split = arguments.index("--")
    options = dict(zip(arguments[:split:2], arguments[1:split:2], strict=True))
    program = arguments[split + 1 :]
    how = options.get("--as", "")
    if how == "namespace":
        enter_user_namespace()
    elif how:
        uid, gid = how.split(":")
        become(int(uid), int(gid))
    # After the change of user: the kernel forgets the wish when the user changes.
    parent = options.get("--parent")
    die_with_parent(options.get("--signal", "SIGKILL"), int(parent) if parent else None)
    os.execv(program[0], program)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
