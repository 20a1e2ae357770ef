"""`um-ctl mwi`: the message waiting NOTIFY as telephone systems of every kind receive it, by UDP and by
TCP; and what the operator is told of their answers."""

import re
import socket
import threading

import pytest

from harness.sip import Tcp, Udp, between
from harness.wait import until


class Pbx:
    """A telephone system on port 5060 of an address of its own, that answers every NOTIFY.
    `answer`: a status line; None: silence.  `notices`: what came, first of each transaction."""

    def __init__(self, um, ip, transport="udp", answer="200 OK", port=5060):
        self.answer, self.notices, self.sources = answer, [], set()
        self.transport, self.running = transport, True
        self.connections = []
        if transport == "udp":
            self.ep = Udp(ip, None, port)
            self.thread = threading.Thread(target=self._serve, args=(self.ep,), daemon=True)
        else:
            self.sock = socket.socket()
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.sock.bind((ip, port))
            self.sock.listen()
            self.sock.settimeout(0.1)
            self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        um.closing.append(self)

    def _accept(self):
        while self.running:
            try:
                sock, source = self.sock.accept()
            except (TimeoutError, socket.timeout):
                continue
            except OSError:
                return
            self.sources.add(source)
            ep = Tcp.accepted(sock)
            self.connections.append(ep)
            threading.Thread(target=self._serve, args=(ep,), daemon=True).start()

    def _serve(self, ep):
        while self.running:
            try:
                m = ep._read(0.1)
            except (OSError, ValueError):
                return
            if m is None:
                if getattr(ep, "closed", False):
                    return
                continue
            if self.transport == "udp":
                ep.to = ep.last_from
                self.sources.add(ep.last_from)
            if m.get("CSeq") + m.get("Via") not in [n.get("CSeq") + n.get("Via") for n in self.notices]:
                self.notices.append(m)
            if self.answer:
                ep.answer(m, self.answer)

    def one(self):
        until("a NOTIFY", 5, lambda: self.notices)
        assert len(self.notices) == 1
        return self.notices[0]

    def close(self):
        self.running = False
        for c in self.connections:
            c.close()
        (self.ep if self.transport == "udp" else self.sock).close()
        self.thread.join(1)


@pytest.fixture
def lamps(make):
    """An Evertrunk and the telephone systems of its trunks, in this order of the file."""
    def one(*trunks):
        um = make({"trunk proxied": None, "trunk redirected": None, "trunk auto": None})
        pbxs = []
        for i, keys in enumerate(trunks):
            ip = um.block.ip(30 + i)
            keys = {"source": ip, "mode": "proxy", "address": f"{ip}:5060", **keys}
            transport = keys.get("transport", "udp")
            answer = keys.pop("answer", "200 OK")
            listens = keys.pop("listens", True)
            um.configure({f"trunk pbx{i}": keys})
            pbxs.append(Pbx(um, ip, transport, answer) if listens else None)
        return um.start(), pbxs
    return one


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_by_address(lamps, transport):
    um, (pbx,) = lamps({"transport": transport})
    answer = um.ctl("mwi", "2101", "3", "5", "--urgent", "1")
    ip, door = um.block.ip(30), um.block.door
    assert answer.status == 0, answer
    assert re.fullmatch(rf"200 OK by trunk pbx0 at {ip}:5060/{transport} after \d+ ms", answer.text)
    n = pbx.one()
    more = "" if transport == "udp" else ";transport=tcp"
    assert n.start == f"NOTIFY sip:2101@{ip}{more} SIP/2.0"
    assert between(n.get("To")) == f"sip:2101@{ip}" and not n.tag("To")
    assert between(n.get("From")) == f"sip:voicemail@{door}"
    assert re.match(r"g\d+-", n.tag("From"))
    assert between(n.get("Contact")) == f"sip:{door}{more}"
    assert n.get("Event") == "message-summary"
    assert n.get("Subscription-State") == "active"
    assert n.get("Content-Type") == "application/simple-message-summary"
    assert n.get("Via").startswith(f"SIP/2.0/{transport.upper()} {door}:5060;")
    assert len(n.all("Via")) == 1 and not n.all("Route") and not n.all("Record-Route")
    assert n.get("Max-Forwards") == "70"
    assert n.body.decode() == (f"Messages-Waiting: yes\r\nMessage-Account: sip:2101@{ip}\r\n"
                               "Voice-Message: 3/5 (1/0)\r\n")
    assert int(n.get("Content-Length")) == len(n.body)
    if transport == "udp":  # Asterisk's chan_sip looks at the port as well
        assert pbx.sources == {(door, 5060)}
    assert "message waiting, 2101, 3 new: 200 OK" in um.log


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_by_domain(lamps, transport):
    """The domain is in the Request-URI, the way there in a Route, for no name is looked up."""
    um, (pbx,) = lamps({"transport": transport, "domain": "pbx.example", "mwi": "simple"})
    assert um.ctl("mwi", "2101", "0", "2").status == 0
    n = pbx.one()
    more = "" if transport == "udp" else ";transport=tcp"
    assert n.uri == "sip:2101@pbx.example"
    assert n.get("Route") == f"<sip:{um.block.ip(30)}{more};lr>"
    assert between(n.get("To")) == "sip:2101@pbx.example"
    assert n.body == b"Messages-Waiting: no\r\nVoice-Message: 0/2\r\n"


def test_behind_a_nat(lamps):
    um, (pbx,) = lamps({"external_address": "203.0.113.7"})
    assert um.ctl("mwi", "2101", "1").status == 0
    n = pbx.one()
    assert between(n.get("Contact")) == "sip:203.0.113.7"
    assert between(n.get("From")) == "sip:voicemail@203.0.113.7"


@pytest.mark.parametrize("text, status, words", [
    ("403 Forbidden", 1, 'CUCM needs "Accept unsolicited notification"'),
    ("489 Bad Event", 1, "does not take message-summary"),
    ("481 Subscription does not exist", 1, "trunk.mwi = off"),
    ("405 Method Not Allowed", 1, "takes no NOTIFY"),
    ("501 Not Implemented", 1, "takes no NOTIFY"),
    ("407 Proxy Authentication Required", 1, "asks for a password"),
    ("503 Service Unavailable", 1, "503 Service Unavailable by trunk"),
    ("202 Accepted", 0, "202 Accepted by trunk"),
])
def test_answers(lamps, text, status, words):
    um, (pbx,) = lamps({"answer": text, "profile": "cucm"})
    answer = um.ctl("mwi", "2101", "1")
    assert answer.status == status, answer
    assert f"{text} by trunk pbx0" in answer.text and words in answer.text
    pbx.one()  # none of them is asked again


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_no_answer(lamps, transport):
    """10 s and no longer; then it can be ordered again."""
    um, (pbx,) = lamps({"transport": transport, "answer": None})
    answer = um.ctl("mwi", "2101", "1")
    assert answer.status == 1
    found = re.search(r"no answer by trunk pbx0 at \S+ after (\d+) ms: is trunk.address right",
                      answer.text)
    assert found and 9900 <= int(found.group(1)) < 12000
    assert len(pbx.notices) == 1
    pbx.answer, pbx.notices[:] = "200 OK", []
    assert um.ctl("mwi", "2101", "1").status == 0


def test_nobody_listens(lamps):
    um, _ = lamps({"transport": "tcp", "listens": False})
    answer = um.ctl("mwi", "2101", "1")
    assert answer.status == 1 and "trunk pbx0" in answer.text


def test_the_next_trunk_is_tried(lamps):
    um, (first, second, third) = lamps({"answer": "403 Forbidden"}, {"transport": "tcp"}, {})
    answer = um.ctl("mwi", "2101", "1")
    assert answer.status == 0
    lines = answer.out.splitlines()
    assert lines[0].startswith("200 OK by trunk pbx1")
    assert lines[1].startswith("403 Forbidden by trunk pbx0")
    assert first.one() and second.one() and not third.notices
    assert um.ask("mwi", "2101", "1")["lines"][0].startswith("403 Forbidden by trunk pbx0")


def test_every_trunk_refuses(lamps):
    um, pbxs = lamps({"answer": "481 No"}, {"answer": "489 No"})
    answer = um.ctl("mwi", "2101", "1")
    assert answer.status == 1
    assert "489 No by trunk pbx1" in answer.err and "481 No by trunk pbx0" in answer.err
    assert all(len(p.notices) == 1 for p in pbxs)


def test_a_named_trunk(lamps):
    um, (first, second, _off, _none) = lamps({}, {"answer": "403 Forbidden"}, {"mwi": "off"},
                                             {"address": "off"})
    answer = um.ctl("mwi", "2101", "1", "--trunk", "pbx1")
    assert answer.status == 1 and "403 Forbidden by trunk pbx1" in answer.text
    assert second.one() and not first.notices  # nobody else is tried
    for name, why in (("pbx2", "trunk.mwi is off"), ("pbx3", "no trunk.address"),
                      ("gone", "there is no trunk gone")):
        answer = um.ctl("mwi", "2101", "1", "--trunk", name)
        assert answer.status == 1 and why in answer.text, answer


def test_trunks_without_an_address_are_passed_over(lamps):
    um, (off, no_address, last) = lamps({"mwi": "off"}, {"address": "off"}, {})
    assert um.ctl("mwi", "2101", "1").status == 0
    assert last.one() and not off.notices and not no_address.notices


def test_no_trunk_takes_it(um):
    answer = um.ctl("mwi", "2101", "1")
    assert answer.status == 1
    assert "no trunk has a trunk.address" in answer.text


@pytest.mark.parametrize("number", ["21 01", "2101@evil", "2101;a=b", "<sip:1>", "2101%0d%0aX: y", "ü"])
def test_a_number_cannot_add_headers(lamps, number):
    um, (pbx,) = lamps({})
    answer = um.ctl("mwi", number, "1")
    assert answer.status == 1 and "a number has letters" in answer.text
    assert um.ctl("mwi", "*98#", "1").status == 0
    assert pbx.one().uri.startswith("sip:*98%23@")


def test_wrong_usage(um):
    for words in (("mwi",), ("mwi", "2101"), ("mwi", "2101", "many"), ("mwi", "2101", "1", "-1"),
                  ("mwi", "2101", "1", "--urgent", "x"), ("mwi", "2" * 64, "1")):
        answer = um.ctl(*words)
        assert answer.status == 2, answer


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_through_recycles(lamps, transport):
    """Every worker can; a PBX sees one address, whoever sends."""
    um, (pbx,) = lamps({"transport": transport})
    um.wait_standby()
    tags = set()
    for i in range(3):
        assert um.ctl("mwi", "2101", str(i + 1)).status == 0
        tags.add(pbx.notices[-1].tag("From").split("-")[0])
        um.recycle()
        um.wait_standby()
    assert len(tags) == 3 and len(pbx.notices) == 3
    assert {n.get("Via").split(";")[0] for n in pbx.notices} == {
        f"SIP/2.0/{transport.upper()} {um.block.door}:5060"}
    assert len({n.get("Call-ID") for n in pbx.notices}) == 3


def test_its_worker_leaves_before_the_answer(lamps):
    """The successor sends it again: a lamp may be told twice, but not not at all."""
    um, (pbx,) = lamps({"answer": None})
    um.wait_standby()
    asking = um.ctl_start("mwi", "2101", "4")
    until("the NOTIFY is there", 5, lambda: pbx.notices)
    um.recycle("--now")
    until("its successor's NOTIFY", 5, lambda: len(pbx.notices) == 2)
    pbx.answer = "200 OK"
    out, _ = asking.communicate(timeout=10)
    assert asking.returncode == 0 and "200 OK by trunk pbx0" in out
    bodies = {n.body for n in pbx.notices}
    assert len(bodies) == 1 and b"Voice-Message: 4/0" in bodies.pop()


def test_supervisor_stops_meanwhile(lamps):
    um, (pbx,) = lamps({"answer": None})
    asking = um.ctl_start("mwi", "2101", "1")
    until("the NOTIFY is there", 5, lambda: pbx.notices)
    assert um.ctl("stop", "--now").status == 0
    out, _ = asking.communicate(timeout=10)
    assert asking.returncode == 1 and out.strip()
    um.process.wait(10)
    um.expect_exit = 0


def test_many_at_once(lamps):
    """Sixteen wait for a slow PBX; another is refused in words; all are answered."""
    um, (pbx,) = lamps({"answer": None})
    asking = [um.ctl_start("mwi", f"21{i:02}", "1") for i in range(16)]
    until("all are there", 10, lambda: len(pbx.notices) == 16)
    answer = um.ctl("mwi", "2199", "1")
    assert answer.status == 1 and "16 others have no answer yet" in answer.text
    pbx.answer = "200 OK"
    for a in asking:
        out, _ = a.communicate(timeout=15)
        assert a.returncode == 0, out
    assert um.ctl("mwi", "2199", "1").status == 0
