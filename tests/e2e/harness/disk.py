"""A small file system of its own (a tmpfs, so root only): one that can be full, or read-only."""

import os
import subprocess

import pytest

from .wait import until

MIB = 1 << 20


class Disk:
    """Mounted at `path`, which is made when need be, with `size` bytes; close() takes it away, from
    under whoever still has it open."""

    def __init__(self, path, size):
        path.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0750", "evt-disk",
                               path], capture_output=True, text=True, check=False)
        if done.returncode:
            (pytest.fail if os.geteuid() == 0 else pytest.skip)(f"no tmpfs: {done.stderr}")
        self.path, self.ballast = path, path / ".ballast"

    def free(self):
        v = os.statvfs(self.path)
        return v.f_bavail * v.f_frsize

    def leave(self, left):
        """Fills it, or empties it, until so many bytes are free."""
        with open(self.ballast, "ab") as f:
            size = f.seek(0, 2) + self.free() - left
            if size > f.tell():
                os.posix_fallocate(f.fileno(), 0, size)
            else:
                f.truncate(size)
        assert abs(self.free() - left) < 64 * 1024

    def fill(self):
        """Not a byte is left; while others write it takes a few tries."""
        with open(self.ballast, "ab") as f:
            for _ in range(50):
                left = self.free()
                if left == 0:
                    return
                try:
                    os.posix_fallocate(f.fileno(), f.seek(0, 2), left)
                except OSError:
                    pass

    def empty(self):
        self.ballast.unlink(missing_ok=True)

    def read_only(self, yes):
        def done():
            how = "remount,ro" if yes else "remount,rw"
            return subprocess.run(["mount", "-o", how, self.path], check=False,
                                  capture_output=True).returncode == 0
        until("a remount", 10, done, step=0.01)  # busy while a file is being written

    def close(self):
        subprocess.run(["umount", "-l", self.path], check=False)
