"""A telephone system as a peer, with the habits of one family: the messages it writes, what it does with
a 302, how many connections it uses, where its requests inside a call go.  It stands at port 5060 of
an address of its own, for UDP and for connections to it; connections it opens come from any port."""

import random
import re
import select
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from .sip import COMPACT, Tcp, Udp, between, param, sdp
from .tls import Tls

MESSAGES = Path(__file__).resolve().parent.parent / "peers" / "messages"
VECTORS = Path(__file__).resolve().parents[2] / "vectors"
# fields of its INVITE that a peer writes into every request of the call
EVERYWHERE = {"via", "from", "to", "call-id", "contact", "max-forwards", "user-agent", "supported",
              "allow", "p-asserted-identity", "privacy", "x-nt-corr-id"}


@dataclass(frozen=True)
class Habits:
    """What one family does.  The defaults are those of RFC 3261."""
    message: str                # its INVITE, in peers/messages or tests/vectors
    transport: str = "udp"      # or "tcp", "tls"
    connections: str = "one"    # TCP: "one" for all calls, one per "call", one per "request"
    same_call: bool = True      # the INVITE after a 302 keeps Call-ID and From tag
    whole_uri: bool = True      # and goes to the Contact as it is; else to its host and port only
    maddr: bool = True          # and maddr wins over the host
    prefix: str = ""            # put before the number of the Contact
    loses: tuple = ()           # fields that do not survive the redirection
    loop_port: bool = False     # a looped INVITE has the Contact's port in its Request-URI
    to_service: bool = False    # in a call: to port 5060, with the URI of the INVITE, not the Contact
    hold: str = "sendonly"      # or "inactive", "c=0.0.0.0"
    resume_offer: bool = True   # the re-INVITE that ends a hold carries an offer


def fresh(text):
    """The identifier with other digits in its longest run of hexadecimal ones: of the same form."""
    run = max(re.findall(r"[0-9a-fA-F]+", text), key=len)
    at = text.index(run)
    return text[:at] + "".join(random.choices("0123456789", k=len(run))) + text[at + len(run):]


def canonical(name):
    return COMPACT.get(name.strip().lower(), name.strip().lower())


class Text:
    """A request as a peer writes it: field names, their order and odd blanks as they are."""

    def __init__(self, start, fields, body=""):
        self.start, self.fields, self.body = start, [list(f) for f in fields], body

    @classmethod
    def parse(cls, text):
        head, _, body = text.partition("\r\n\r\n")
        lines = head.split("\r\n")
        return cls(lines[0], [line.partition(":")[::2] for line in lines[1:] if line], body)

    def all(self, name):
        return [v.strip() for n, v in self.fields if canonical(n) == name.lower()]

    def get(self, name):
        return (self.all(name) or [""])[0]

    def set(self, name, value):
        """The first field of this name; a new one at the end when there is none."""
        for field in self.fields:
            if canonical(field[0]) == name.lower():
                field[1] = f" {value}"
                return self
        self.fields.append([name, f" {value}"])
        return self

    def drop(self, *names):
        lower = {n.lower() for n in names}
        self.fields = [f for f in self.fields if canonical(f[0]) not in lower]
        return self

    @property
    def uri(self):
        return self.start.split(" ")[1]

    def __str__(self):
        lines = [self.start] + [f"{n}:{v}" for n, v in self.fields if canonical(n) != "content-length"]
        return "\r\n".join(lines) + f"\r\nContent-Length: {len(self.body.encode())}\r\n\r\n{self.body}"


def load(name, ip, door, transport):
    """A stored message with the addresses of a test in it."""
    path = MESSAGES / name if (MESSAGES / name).exists() else VECTORS / name
    text = path.read_bytes().decode()
    text = text.replace("192.0.2.20", door)
    text = re.sub(r"192\.0\.2\.(10|11|14|30|31|60|61)\b", ip, text)
    if transport == "udp":
        text = text.replace("SIP/2.0/TCP", "SIP/2.0/UDP").replace("transport=tcp", "transport=udp")
    if transport == "tls":
        text = re.sub(r"transport=tcp", "transport=tls", text, flags=re.I)
        text = re.sub(rf"({re.escape(ip)}|{re.escape(door)}):5060", r"\1:5061", text)
        text = text.replace("SIP/2.0/TCP", "SIP/2.0/TLS")
    return Text.parse(text)


class Leg:
    """One call of a peer: from its INVITE on."""

    def __init__(self, pbx, invite):
        self.pbx, self.sent = pbx, invite
        self.call_id, self.local = invite.get("Call-ID"), invite.get("From")
        self.remote = invite.get("To")
        self.cseq = int(invite.get("CSeq").split()[0])
        self.ok = self.target = self.connection = None
        self.to = None

    # -- INVITE

    def invite(self, to, seconds=5.0):
        """Sends it to (host, port); gives the final answer.  A 302 and a refusal are acknowledged, a 200
        is not yet."""
        self.to = to
        self.pbx.put(str(self.sent), to, self)
        answer = self.final("INVITE", seconds)
        if answer.status >= 300:
            self.ack_failure(answer)
        else:
            self.confirm(answer)
        return answer

    def confirm(self, ok):
        self.ok, self.remote = ok, ok.get("To")
        self.target = between(ok.get("Contact"))

    def final(self, method, seconds=5.0):
        def want(m):
            return m.status >= 200 and m.get("Call-ID") == self.call_id and m.method == method
        return self.pbx.recv(seconds, want, f"a final answer to {method}")

    def ack_failure(self, answer):
        """Same branch, same URI, the tag of the answer (RFC 3261 17.1.1.3)."""
        ack = Text(f"ACK {self.sent.uri} SIP/2.0", [f for f in self.sent.fields if canonical(f[0]) in
                   ("via", "from", "to", "call-id", "max-forwards")][:])
        first = ack.fields.index(next(f for f in ack.fields if canonical(f[0]) == "via"))
        ack.fields = [f for i, f in enumerate(ack.fields) if canonical(f[0]) != "via" or i == first]
        ack.set("To", answer.get("To")).set("CSeq", f"{self.cseq} ACK")
        self.pbx.put(str(ack), self.to, self)

    # -- in the dialog

    def request(self, method, body="", cseq=None, uri=None, **fields):
        """A request of the dialog, with the fields that this family always writes."""
        uri = uri or (self.sent.uri if self.pbx.habits.to_service else self.target)
        text = Text(f"{method} {uri} SIP/2.0",
                    [f for f in self.sent.fields if canonical(f[0]) in EVERYWHERE], body)
        via = text.get("Via")
        branch = param(via, "branch")
        text.set("Via", via.replace(branch, fresh(branch)))
        text.set("From", self.local).set("To", self.remote)
        text.set("CSeq", f"{self.cseq if cseq is None else cseq} {method}")
        if body:
            text.set("Content-Type", "application/sdp")
        for name, value in fields.items():
            text.set(name.replace("_", "-"), value)
        return text

    def next_hop(self):
        """Where requests of the dialog go: the Contact's maddr or host, or the service door."""
        if self.pbx.habits.to_service:
            return self.pbx.service
        return hop(self.target, self.pbx.habits.maddr)

    def ask(self, method, body="", seconds=5.0, **how):
        self.cseq += 1
        self.pbx.put(str(self.request(method, body, **how)), self.next_hop(), self)
        return self.final(method, seconds)

    def ack(self, body=""):
        self.pbx.put(str(self.request("ACK", body)), self.next_hop(), self)
        return self

    def reinvite(self, body):
        """A re-INVITE that must be taken; an answer of ours goes with the ACK if it had no offer."""
        ok = self.ask("INVITE", body)
        assert ok.status == 200, f"re-INVITE: {ok!r}"
        assert ok.get("To") == self.remote, "another dialog answered"
        assert ok.body, "no session description in the answer"
        self.ack("" if body else sdp(self.pbx.ip, 40000, version=self.cseq))
        return ok

    def hold_and_resume(self):
        ip, form = self.pbx.ip, self.pbx.habits.hold
        held = self.reinvite(sdp("0.0.0.0" if form == "c=0.0.0.0" else ip, 40000, version=self.cseq,
                                 direction="sendrecv" if form == "c=0.0.0.0" else form))
        wanted = {"sendonly": "recvonly", "inactive": "inactive"}.get(form)
        assert not wanted or f"a={wanted}" in held.body.decode(), held
        resume = sdp(ip, 40000, version=self.cseq) if self.pbx.habits.resume_offer else ""
        return self.reinvite(resume)

    def bye(self):
        answer = self.ask("BYE")
        assert answer.status == 200, f"BYE: {answer!r}"

    def hung_up(self, seconds):
        """The BYE that the other side sends; it is checked against RFC 3261 12.2.1.1 and answered."""
        bye = self.pbx.recv(seconds, lambda m: not m.status and m.method == "BYE"
                            and m.get("Call-ID") == self.call_id, "a BYE to the peer")
        assert bye.get("From") == self.remote and bye.get("To") == self.local, bye
        routes = split(self.sent.all("Record-Route"))
        assert split(bye.all("Route")) == routes, bye
        assert escapes(bye.uri) == escapes(between(self.sent.get("Contact"))), bye
        bye.endpoint.answer(bye)
        return bye


def escapes(uri):
    """The URI with its escapes in one case: RFC 3261 19.1.4 takes both for the same."""
    return re.sub(r"%[0-9a-fA-F]{2}", lambda m: m.group().upper(), uri)


def split(lines):
    """The values of comma-joined lines; URIs here hold no comma."""
    return [v.strip() for line in lines for v in line.split(",") if v.strip()]


def hop(uri, maddr):
    """(host, port) of a URI (RFC 3261 19.1.1)."""
    host, _, params = uri.partition("@")[2].partition(";")
    name, _, port = host.partition(":")
    other = param(f";{params}", "maddr") if maddr and params else ""
    tls = "transport=tls" in params.lower() or uri.startswith("sips:")
    return other or name, int(port or (5061 if tls else 5060))


class Pbx:
    """One telephone system; `habits` say of which kind.  Over TLS it has the certificate `pbx` of the test's
    authority, and stands at port 5061."""

    def __init__(self, um, ip, habits):
        self.um, self.ip, self.habits = um, ip, habits
        self.opened = 0
        self.mine = {}       # connections to use again
        self.endpoints = []  # everything that may bring a message
        self.ear = None
        if habits.transport == "udp":
            self.endpoints.append(Udp(ip, None, 5060))
        else:
            self.listen()
        self.service = self.door(5060)
        um.closing.append(self)

    def door(self, port):
        """(host, port) of one of our doors; the one for TLS is the next."""
        return self.um.block.door, port + (self.habits.transport == "tls")

    def listen(self):
        self.ear = socket.socket()
        self.ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.ear.bind((self.ip, 5061 if self.habits.transport == "tls" else 5060))
        self.ear.listen(16)

    def close(self):
        for e in self.endpoints:
            e.close()
        if self.ear:
            self.ear.close()

    # -- sending

    def put(self, text, to, leg):
        if self.habits.transport == "udp":
            self.endpoints[0].send(text, to)
        else:
            self.connection(to, leg).send(text)

    def connection(self, to, leg):
        kind = self.habits.connections
        key = to if kind == "one" else (to, id(leg)) if kind == "call" else None
        old = self.mine.get(key)
        if old and not old.closed:
            return old
        if self.habits.transport == "tls":
            new = Tls(self.ip, to, self.um.pki.client("pbx"))
        else:
            new = Tcp(self.ip, to)
        self.opened += 1
        self.endpoints.append(new)
        if key:
            self.mine[key] = new
        return new

    # -- receiving

    def recv(self, seconds, want, what):
        """The first message that `want`s, whatever way it came; its `endpoint` is where."""
        end = time.monotonic() + seconds
        while True:
            for e in self.endpoints:
                for m in e.waiting:
                    if want(m):
                        e.waiting.remove(m)
                        m.endpoint = e
                        return m
            if not self.hear(end - time.monotonic()):
                seen = ", ".join(m.start for e in self.endpoints for m in e.waiting) or "nothing"
                raise AssertionError(f"{what} did not come within {seconds} s; seen: {seen}")

    def hear(self, seconds):
        """Takes in what has come; False when nothing did."""
        open_ones = [e for e in self.endpoints if not getattr(e, "closed", False)]
        sockets = {e.sock: e for e in open_ones}
        ears = [self.ear] if self.ear else []
        ready = select.select([*sockets, *ears], [], [], max(seconds, 0))[0] if seconds > 0 else []
        for s in ready:
            if s is self.ear:
                self.endpoints.append(self.accept())
                continue
            while m := sockets[s]._read(0):
                if isinstance(sockets[s], Udp):
                    sockets[s].to = sockets[s].last_from
                sockets[s].waiting.append(m)
        return bool(ready)

    def accept(self):
        connection = self.ear.accept()[0]
        if self.habits.transport == "tls":
            return Tls.accepted(connection, self.um.pki.server("pbx", ask=False))
        return Tcp.accepted(connection)

    def dropped(self):
        """Connections that the other side has closed."""
        while self.hear(0.01):
            pass
        return [e for e in self.endpoints if getattr(e, "closed", False)]

    # -- calls

    def new_leg(self):
        """A new call: the family's INVITE with identifiers of its own."""
        text = load(self.habits.message, self.ip, self.um.block.door, self.habits.transport)
        return Leg(self, renew(text))

    def after_302(self, leg, answer, loop=False):
        """The second INVITE, to where this family sends it: gives (leg, (host, port))."""
        contact = between(answer.get("Contact"))
        text = Text(leg.sent.start, leg.sent.fields, leg.sent.body).drop(*self.habits.loses)
        if self.habits.same_call:
            branch = param(text.get("Via"), "branch")
            text.set("Via", text.get("Via").replace(branch, fresh(branch)))
            text.set("CSeq", f"{leg.cseq + 1} INVITE")
        else:
            renew(text)
        door = self.um.block.door
        to = self.service if loop else hop(contact, self.habits.maddr)
        user, _, rest = contact.removeprefix("sip:").partition("@")
        user = self.habits.prefix + user
        if loop and not self.habits.loop_port:
            host = door
        elif self.habits.whole_uri:
            host = rest
        else:
            host = rest.partition(";")[0]
        text.start = f"INVITE sip:{user}@{host} SIP/2.0"
        return Leg(self, text), to


def renew(text):
    """Other identifiers of the same form."""
    via, sender = text.get("Via"), text.get("From")
    branch, tag = param(via, "branch"), param(sender, "tag")
    text.set("Via", via.replace(branch, fresh(branch)))
    text.set("From", sender.replace(tag, fresh(tag)))
    text.set("Call-ID", fresh(text.get("Call-ID")))
    return text
