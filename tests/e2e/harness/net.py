"""Loopback addresses of a test: a block 127.20.N.0/24 of its own, so that shelves and tests can run
side by side and nothing ever meets a real 5060."""

import os
import socket


class Block:
    """Holds one block for as long as it lives; a bound socket is the lock, so a dead test frees it."""

    def __init__(self):
        first = os.getpid() * 7
        for step in range(250):
            n = (first + step) % 250 + 1
            lock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                lock.bind((f"127.20.{n}.250", 5999))
            except OSError:
                lock.close()
                continue
            self.lock, self.n = lock, n
            return
        raise RuntimeError("no free loopback block 127.20.N.0/24")

    def ip(self, last):
        return f"127.20.{self.n}.{last}"

    door = property(lambda self: self.ip(1))
    supervisor = property(lambda self: self.ip(64))
    worker = property(lambda self: self.ip(65))
    proxied = property(lambda self: self.ip(11))
    redirected = property(lambda self: self.ip(12))
    auto = property(lambda self: self.ip(13))
    stranger = property(lambda self: self.ip(99))

    def release(self):
        self.lock.close()
