"""Processes as the kernel sees them: what is alive, whose child, since when."""

import os
import subprocess


def stat(pid):
    """(name, state, parent, start time) of a process; None when it is gone or only a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            text = f.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    name = text[text.index("(") + 1 : text.rindex(")")]
    rest = text[text.rindex(")") + 2 :].split()
    if rest[0] in "ZX":
        return None
    return name, rest[0], int(rest[1]), int(rest[19])


def children(parent):
    """Living children of `parent`: {(pid, start time): name}."""
    found = {}
    try:
        tasks = os.listdir(f"/proc/{parent}/task")
    except FileNotFoundError:
        return found
    for task in tasks:
        try:
            with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as f:
                pids = f.read().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for pid in map(int, pids):
            s = stat(pid)
            if s:
                found[pid, s[3]] = s[0]
    return found


def alive(pid, start):
    s = stat(pid)
    return s is not None and s[3] == start


def end(process, seconds):
    """Asks a process of ours to end, and ends it when it has not within `seconds`."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        rest = f.read().rpartition(")")[2].split()
    return (int(rest[11]) + int(rest[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def no_quarantine(um):
    """For tests of memory: a sanitizer is not to keep what was freed."""
    um.environment["ASAN_OPTIONS"] = "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    return um


def kernel(um, build, **how):
    """Gives its processes a kernel that is slow or has little (tests/fakes/preload/kernel.c):
    FSYNC_MS, WATCHES."""
    um.environment.update({k: str(v) for k, v in how.items()}, LD_PRELOAD=str(build / "tests/fakes/kernel.so"))
    um.environment["ASAN_OPTIONS"] = um.environment.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return um
