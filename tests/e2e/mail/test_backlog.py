"""A backlog of messages, as an outage leaves it (EVERTRUNK_QUEUE=100000; fewer otherwise): how fast it goes,
and that a message which is left now does not wait until it is gone, nor the backlog for those that come."""

import json
import os
import socket
import time

import pytest

from harness import procs
from harness.evertrunk import SANITIZED, SLOW
from harness.wait import until
from test_smtp_hostile import Server

ITEMS = int(os.environ.get("EVERTRUNK_QUEUE", "4000"))
MISSED = "MessageType : MissedCall\nCallerId : 2102\nReceived : 2026-01-31T12:00:00Z\n"


@pytest.fixture(params=["maildir", "smtp"])
def backlog(post, request):
    """A spool with so many messages; whoever sees them delivered.  Not started yet."""
    um = post.um
    um.configure({"pressure": {"queue_medium": 0, "queue_high": 0, "oldest_medium": 0}})
    if request.param == "smtp":
        server = Server(um.block.ip(20), pipelining=True)
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # handed on to connections
        um.closing.append(server)
        um.configure({"mail": {"delivery": "smtp", "shadow": 0},
                      "smtp": {"hosts": server.host, "tls": "never"}})
    else:
        server = None
    for i in range(ITEMS):
        (um.spool / f"q{i:06}.txt").write_text(MISSED + f"RecipientAddress : u{i % 50}@example.com\n")
    return server


def is_there(post, server, name):
    if server is None:
        return any((post.root / "now" / "new").glob(f"*{name}*"))
    return any(f"<{name}".encode() in mail for mail in server.mails[-20:])


def left_now(post, server, n):
    """How long a message waits that is left now."""
    name, start = f"now{n}", time.monotonic()
    post.drop(name, MISSED + "RecipientAddress : now@example.com\n")
    until("it is delivered", 60 * SLOW, lambda: is_there(post, server, name), step=0.001)
    return time.monotonic() - start


def delivered(um):
    return um.metrics()["um_mail_delivered_total"]


def waiting(um):
    """How many of the backlog are still there; the heartbeat's figures are some seconds old."""
    return len(list(um.spool.glob("q*.txt")))


def test_a_message_left_now(post, backlog, request):
    um = procs.no_quarantine(post.um)
    time.sleep(1.1)  # those to come are of a later second
    um.start()
    until("it goes", 20 * SLOW, lambda: delivered(um) > 0)
    pid, began, at = um.active()["pid"], time.monotonic(), delivered(um)
    waits = [left_now(post, backlog, n) for n in range(10)]
    queued = um.metrics()["um_mail_queued"]
    assert queued > ITEMS / 10, "the backlog is still there"
    until("a fifth", 900 * SLOW, lambda: delivered(um) > ITEMS / 5, step=0.1)
    rate = (delivered(um) - at) / (time.monotonic() - began)
    figures = {"way": request.node.callspec.id, "items": ITEMS, "per_second": round(rate),
               "left_now_ms": round(1000 * sorted(waits)[5]), "longest_ms": round(1000 * max(waits)),
               "behind": int(queued), "worker_mib": round(procs.resident_bytes(pid) / 2**20, 1)}
    print(json.dumps(figures))
    assert max(waits) < 2 * SLOW, figures
    assert SANITIZED or figures["worker_mib"] < 30 + 300e-6 * ITEMS, figures


def test_the_backlog_goes_on(post, backlog):
    """Messages come all the time, one as soon as the last one has gone: the oldest go as well."""
    um = post.um
    time.sleep(1.1)
    um.start()
    until("it goes", 20 * SLOW, lambda: delivered(um) > 0)
    before = waiting(um)
    for n in range(100):
        left_now(post, backlog, n)
    old = before - waiting(um)
    assert old >= 50, f"only {old} of the backlog beside a hundred new ones"

