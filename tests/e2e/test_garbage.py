"""Thousands of spoiled messages from a trunk, over UDP and TCP, many of them good enough to reach a worker:
nobody dies, nobody grows, no worker has to be replaced, and calls are answered all the while."""

import random

from harness.evertrunk import SLOW
from harness.procs import resident_bytes
from harness.sip import Call
from harness.vectors import FOLDER, Vector

MESSAGES = 3000
WORDS = ["\r\n", "\r\n\r\n", "\r\n ", "\0", "\"", "<", ">", ";", ",", ":", "@", "[", "]", "%00", "%",
         "SIP/2.0", "Via: ", "tag=", "branch=", "maddr=", "-1", "0", "4294967296", "99999999999999999999",
         "sip:", "tel:", "Content-Length: ", "multipart/mixed", "boundary=", "m=audio ", "a=rtpmap:",
         "c=IN IP4 ", "\x7f", "\u00e4", "x" * 300, " " * 50, "\t", "lr", "transport=", "*", "Route: <", ";;"]


def spoil(dice, text):
    for _ in range(dice.randint(1, 4)):
        at, kind = dice.randrange(len(text)), dice.randrange(6)
        if kind == 0:
            text = text[:at] + dice.choice(WORDS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + dice.randint(1, 40):]
        elif kind == 2:
            text = text[:at] + chr(dice.randrange(256)) + text[at + 1:]
        elif kind == 3:
            to = dice.randrange(len(text))
            text = text[:at] + text[to:to + dice.randint(1, 200)] + text[at:]
        elif kind == 4:
            lines = text.split("\r\n")
            lines.insert(dice.randrange(len(lines)), dice.choice(lines))
            text = "\r\n".join(lines)
        else:
            lines = text.split("\r\n")
            lines.pop(dice.randrange(len(lines)))
            text = "\r\n".join(lines)
        if not text:
            return "x"
    return text


def sent(um, seed, count):
    """Spoiled requests, each with a Call-ID of its own so that many are new calls."""
    dice, udp = random.Random(seed), um.udp()
    tcp, texts = None, []
    for name in sorted(p.name for p in FOLDER.glob("*.sip")):
        texts.append(Vector(name, udp, um).text)
    for n in range(count):
        text = spoil(dice, dice.choice(texts).replace("Call-ID: ", f"Call-ID: {seed}-{n}-", 1))
        data = text.encode("latin-1", "replace")
        if n % 4:
            udp.send(data[:60000])
        else:
            try:
                tcp = tcp or um.tcp()
                tcp.send(data.replace(b"UDP", b"TCP"))
                if n % 40 == 0:
                    tcp.close()
                    tcp = None
            except OSError:
                tcp = None
        if n % 100 == 99:
            call = Call(um.udp())
            answer = call.invite(seconds=3)
            assert answer.status == 200, f"after message {n}: {answer!r}"
            call.ack()
            assert call.bye().status == 200


def test_nobody_dies_of_it(make):
    um = make({"limits": {"calls": 5000, "pending": 1000}, "rtp": {"timeout": "5s"}}).start()
    um.wait_standby()
    before, memory = um.active(), resident_bytes(um.pid)
    sent(um, 1, MESSAGES)
    assert um.active()["generation"] == before["generation"], um.history()
    assert um.history() == []
    assert um.metrics()["um_worker_exits_unexpected_total"] == 0
    assert resident_bytes(um.pid) - memory < (16 << 20) * SLOW
    assert um.http("/readyz")[0] == 200
    um.ctl("stop", "--now")
    um.process.wait(30)
