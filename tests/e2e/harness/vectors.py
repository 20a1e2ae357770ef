"""Messages of real PBX families (tests/vectors), made to fit the addresses of a test."""

import re
from pathlib import Path

from .sip import Message, between, param

FOLDER = Path(__file__).resolve().parents[2] / "vectors"


class Vector:
    """One message; fields can be replaced, the Content-Length follows."""

    def __init__(self, name, endpoint, um):
        text = (FOLDER / name).read_bytes().decode()
        text = text.replace("192.0.2.20:5060", f"{um.block.door}:5060")
        text = text.replace("192.0.2.20", um.block.door)
        # the PBX's signalling addresses: all of them are the one we send from
        text = re.sub(r"192\.0\.2\.(10|11|30|60):5060", f"{endpoint.ip}:{endpoint.port}", text)
        text = re.sub(r"192\.0\.2\.(10|11|30|60)\b", endpoint.ip, text)
        # media addresses
        text = re.sub(r"192\.0\.2\.(14|31|61)\b", endpoint.ip, text)
        if endpoint.transport == "UDP":
            text = text.replace("SIP/2.0/TCP", "SIP/2.0/UDP").replace("transport=tcp", "transport=udp")
        self.head, _, self.body = text.partition("\r\n\r\n")

    def line(self, name, value):
        """Replaces a header field's line (the first), or removes it."""
        pattern = re.compile(rf"^{name}:.*?\r\n(?![ \t])", re.I | re.M | re.S)
        new = "" if value is None else f"{name}: {value}\r\n"
        head, n = pattern.subn(lambda _: new, self.head + "\r\n", count=1)
        assert n == 1, f"no {name} in the vector"
        self.head = head[:-2]
        return self

    def uri(self, uri):
        method, _, version = self.head.split("\r\n")[0].split(" ")
        self.head = f"{method} {uri} {version}" + self.head[self.head.index("\r\n"):]
        return self

    def follow(self, ok):
        """Makes an in-dialog request out of it: tag, Request-URI from the 200; no Route of ours."""
        to = Message(self.text.encode()).get("To").split(";tag=")[0]
        self.line("To", f"{to};tag={param(ok.get('To'), 'tag')}")
        self.uri(between(ok.get("Contact")))
        if re.search(r"^Route:", self.head, re.M):
            self.line("Route", None)
        return self

    @property
    def call_id(self):
        return Message(self.text.encode()).get("Call-ID")

    @property
    def text(self):
        head = re.sub(r"(?im)^(Content-Length|l)\s*:.*$", "", self.head + "\r\n")
        head = re.sub(r"(\r\n)+", "\r\n", head.replace("\r\r\n", "\r\n")).rstrip("\r\n")
        return f"{head}\r\nContent-Length: {len(self.body.encode())}\r\n\r\n{self.body}"
