"""Fixtures for messages that are delivered."""

import pytest

from harness import maildir
from harness.wait import until


class Post:
    """An Evertrunk that delivers into Maildirs, and what lies in them."""

    def __init__(self, um):
        self.um, self.root = um, um.folder / "state" / "mail"

    def messages(self, *boxes):
        return maildir.messages(self.root, *boxes)

    def wait(self, count=1, seconds=10):
        """At least so many messages, in all mailboxes together."""
        return until(f"{count} messages in {self.root}", seconds,
                     lambda: len(self.messages()) >= count and self.messages())

    def drop(self, name, text, sound=None):
        """Files put into the spool by hand: the sound first, the header last, by rename."""
        for suffix, data in ((".wav", sound), (".txt", text)):
            if data is None:
                continue
            data = data.encode() if isinstance(data, str) else data
            part = self.um.spool / f"{name}{suffix}.copy"
            part.write_bytes(data)
            part.rename(self.um.spool / f"{name}{suffix}")

    def left(self):
        """What is still in the spool: names."""
        return sorted(p.name for p in self.um.spool.iterdir() if p.is_file() and p.name != ".queue")

    def bad(self):
        """{id: reason}."""
        return {p.stem: p.read_text().strip() for p in (self.um.spool / "bad").glob("*.reason")}


@pytest.fixture
def post(make):
    """One that is not started yet."""
    return Post(make({"mail": {"delivery": "maildir", "sender": "voicemail@example.com"}}))
