"""Requests that belong to no call, sent by a worker that a test tells what to say (scripted_worker)."""

import itertools
import os
import socket
from pathlib import Path

from .sip import Message

PROGRAM = Path(__file__).resolve().parent / "scripted_worker"
CHANGES = {"worker": {"program": PROGRAM, "heartbeat": "5m"}, "recycle": {"standby": "no"}}


class Scripted:
    """The scripted worker of a running Evertrunk that was made with CHANGES."""

    numbers = itertools.count(1)

    def __init__(self, um):
        self.um = um
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(um.folder / "heard"))
        um.closing.append(self)

    def notify(self, uri, route=None, call_id=None, branch=None):
        """A NOTIFY as the message waiting lamp needs it; gives its text."""
        n = next(Scripted.numbers)
        worker = self.um.block.worker
        text = (f"NOTIFY {uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {worker}:5065;branch={branch or f'z9hG4bK-notify-{n}'};rport\r\n"
                + (f"Route: {route}\r\n" if route else "") +
                f"Max-Forwards: 70\r\nFrom: <sip:um@{self.um.block.door}>;tag=g1-{n}\r\n"
                f"To: <{uri}>\r\nCall-ID: {call_id or f'notify-{n}'}\r\nCSeq: 1 NOTIFY\r\n"
                "Event: message-summary\r\nSubscription-State: active\r\n"
                "Content-Type: application/simple-message-summary\r\nContent-Length: 23\r\n\r\n"
                "Messages-Waiting: yes\r\n")
        self.send(text)
        return text

    def send(self, text):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(text.encode(), str(self.um.folder / "orders"))

    def heard(self, seconds=5):
        """The next response that the worker got."""
        self.sock.settimeout(seconds)
        return Message(self.sock.recv(65536))

    def close(self):
        self.sock.close()
        if os.path.exists(self.um.folder / "heard"):
            os.unlink(self.um.folder / "heard")
