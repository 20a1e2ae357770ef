"""Maildirs as a mail program sees them: messages read by Python's own mail parser, their sound as samples."""

import email
import email.policy
import struct
from pathlib import Path

from .rtp import PCMU, PCMA, decode


class Message:
    def __init__(self, path):
        self.path = path
        self.mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)

    @property
    def id(self):
        return self.mail["Message-ID"].strip()

    @property
    def guid(self):
        return self.path.name.split(".")[1].split("+")[0]  # +...: what the lamp counts it as

    @property
    def attachments(self):
        return [p for p in self.mail.walk() if p.get_content_disposition() == "attachment"
                or p.get_content_maintype() == "audio"]

    @property
    def samples(self):
        """The attached sound, 16-bit samples at 8 kHz."""
        assert len(self.attachments) == 1, self.attachments
        return samples_of(self.attachments[0].get_content())

    def __repr__(self):
        return f"{self.path.name}: {self.mail['Subject']}"


def samples_of(wav):
    """The samples of a RIFF file of linear, mu-law or A-law sound."""
    assert wav[:4] == b"RIFF" and wav[8:12] == b"WAVE", wav[:16]
    at, form, data = 12, None, None
    while at + 8 <= len(wav):
        name, size = wav[at:at + 4], struct.unpack("<I", wav[at + 4:at + 8])[0]
        if name == b"fmt ":
            form = struct.unpack("<HHI", wav[at + 8:at + 16])
        if name == b"data":
            data = wav[at + 8:at + 8 + size]
        at += 8 + size + size % 2
    assert form[1:] == (1, 8000), form
    return {1: lambda d: d, 7: lambda d: decode(PCMU, d), 6: lambda d: decode(PCMA, d)}[form[0]](data)


def messages(root, *boxes):
    """The messages of these mailboxes below `root` (none named: of all), new and read."""
    folders = [Path(root) / b for b in boxes] if boxes else [p for p in Path(root).glob("*")]
    found = []
    for folder in folders:
        for sub in ("new", "cur"):
            found += [Message(p) for p in sorted((folder / sub).glob("*"))]
    return found
