"""A plain SIP client for tests that look at single messages: what is written here goes out byte for
byte, what comes in is split into lines and no more."""

import itertools
import socket
import time
import uuid

COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
           "c": "content-type", "s": "subject", "k": "supported"}


class Message:
    """A received message; `raw` holds all its bytes."""

    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "surrogateescape").split("\r\n")
        self.start = lines[0]
        self.fields = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.fields.append((COMPACT.get(name, name), value.strip()))

    @property
    def status(self):
        """Status of a response, 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self):
        """Method of a request, or of the request that a response answers."""
        if self.status:
            return self.get("CSeq").split()[1]
        return self.start.split()[0]

    @property
    def uri(self):
        return self.start.split()[1]

    def all(self, name):
        return [value for field, value in self.fields if field == name.lower()]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else ""

    def tag(self, name):
        return param(self.get(name), "tag")

    def __repr__(self):
        return self.raw.decode("utf-8", "replace")


def param(value, name):
    """A parameter behind the last `>` (or the first `;`) of a header field value."""
    _, _, params = value.rpartition(">") if ">" in value else value.partition(";")
    for part in params.strip(";").split(";"):
        key, _, text = part.strip().partition("=")
        if key.lower() == name.lower():
            return text or True
    return ""


def between(value):
    """The URI of a name-addr."""
    return value[value.index("<") + 1 : value.index(">")] if "<" in value else value.split(";")[0]


class Endpoint:
    """Common to UDP and TCP: take messages in order, or the first that fits."""

    def __init__(self):
        self.waiting = []

    def recv(self, seconds=5.0, want=lambda m: True, what="a message"):
        """The first message that `want`s; others stay for later.  Fails after `seconds`."""
        end = time.monotonic() + seconds
        for m in self.waiting:
            if want(m):
                self.waiting.remove(m)
                return m
        while True:
            m = self._read(max(0.0, end - time.monotonic()))
            if m is None:
                seen = ", ".join(m.start for m in self.waiting) or "nothing"
                raise AssertionError(f"{what} did not come within {seconds} s; seen: {seen}")
            if want(m):
                return m
            self.waiting.append(m)

    def silent(self, seconds, want=lambda m: True):
        """Fails when a message that `want`s comes within `seconds`."""
        try:
            m = self.recv(seconds, want)
        except AssertionError:
            return
        raise AssertionError(f"unexpected: {m!r}")

    def answer(self, request, status="200 OK", extra="", body=""):
        """Answers a request that came to us."""
        lines = [f"SIP/2.0 {status}"]
        lines += [f"Via: {v}" for v in request.all("Via")]
        to = request.get("To")
        if "tag=" not in to:
            to += ";tag=peer"
        lines += [f"From: {request.get('From')}", f"To: {to}", f"Call-ID: {request.get('Call-ID')}",
                  f"CSeq: {request.get('CSeq')}"]
        self.send("\r\n".join(lines) + "\r\n" + extra
                  + f"Content-Length: {len(body.encode())}\r\n\r\n{body}")


class Udp(Endpoint):
    """A UDP socket of a PBX."""

    transport = "UDP"

    def __init__(self, ip, to, port=0):
        super().__init__()
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.bind((ip, port))
        self.ip, self.port = self.sock.getsockname()[:2]
        self.to = to
        self.last_from = None
        self.senders = set()  # all (ip, port) that datagrams came from

    def send(self, text, to=None):
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        self.sock.sendto(data, to or self.to)

    def _read(self, seconds):
        self.sock.settimeout(max(seconds, 0.001))
        while True:
            try:
                data, self.last_from = self.sock.recvfrom(65536)
                self.senders.add(self.last_from[:2])
            except (TimeoutError, socket.timeout):
                return None
            except ConnectionRefusedError:
                continue
            if data.strip():
                return Message(data)

    def close(self):
        self.sock.close()


class Tcp(Endpoint):
    """A TCP connection of a PBX."""

    transport = "TCP"

    def __init__(self, ip, to, port=0):
        super().__init__()
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.bind((ip, port))
        self.sock.settimeout(5)
        self.sock.connect(to)
        self.ip, self.port = self.sock.getsockname()[:2]
        self.buffer = b""
        self.closed = False

    @classmethod
    def accepted(cls, sock):
        self = cls.__new__(cls)
        Endpoint.__init__(self)
        self.sock = sock
        self.ip, self.port = sock.getsockname()[:2]
        self.buffer, self.closed = b"", False
        return self

    def send(self, text, to=None):
        assert to is None, "a stream has one other end"
        self.sock.sendall(text if isinstance(text, bytes) else
                          text.encode("utf-8", "surrogateescape"))

    def _take(self):
        """One whole message from the buffer, or None."""
        self.buffer = self.buffer.lstrip(b"\r\n")
        head, sep, rest = self.buffer.partition(b"\r\n\r\n")
        if not sep:
            return None
        length = int(Message(head + sep).get("Content-Length"))
        if len(rest) < length:
            return None
        whole = len(head) + len(sep) + length
        message, self.buffer = self.buffer[:whole], self.buffer[whole:]
        return Message(message)

    def _read(self, seconds):
        end = time.monotonic() + seconds
        while True:
            m = self._take()
            if m:
                return m
            if self.closed or not self._fill(end - time.monotonic()):
                return None

    def _fill(self, seconds):
        self.sock.settimeout(max(seconds, 0.001))
        try:
            data = self.sock.recv(65536)
        except (TimeoutError, socket.timeout):
            return False
        except ConnectionResetError:
            data = b""
        if not data:
            self.closed = True
            return False
        self.buffer += data
        return True

    def raw(self, seconds, count):
        """Exactly `count` bytes, for keep-alives."""
        end = time.monotonic() + seconds
        while len(self.buffer) < count and self._fill(end - time.monotonic()):
            pass
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def wait_closed(self, seconds):
        """True when the other side closes within `seconds`."""
        end = time.monotonic() + seconds
        while not self.closed and time.monotonic() < end:
            self._fill(end - time.monotonic())
        return self.closed

    def close(self):
        self.sock.close()


def sdp(ip, port, payloads="0 8 101", direction="sendrecv", version=1, codecs=True):
    """A usual offer or answer."""
    lines = ["v=0", f"o=- 4711 {version} IN IP4 {ip}", "s=-", f"c=IN IP4 {ip}", "t=0 0",
             f"m=audio {port} RTP/AVP {payloads}"]
    if codecs and "101" in payloads.split():
        lines += ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"]
    lines += ["a=ptime:20", f"a={direction}"]
    return "\r\n".join(lines) + "\r\n"


def sdp_value(text, prefix):
    """What stands behind the first line that begins with `prefix`."""
    for line in text.splitlines():
        if line.startswith(prefix):
            return line[len(prefix):].strip()
    return None


def media_address(message):
    """(ip, port) of the audio stream in a message's SDP."""
    text = message.body.decode()
    host = sdp_value(text, "c=IN IP4 ") or sdp_value(text, "c=IN IP6 ")
    return host.split("/")[0], int(sdp_value(text, "m=audio ").split()[0])


class Call:
    """One call as the PBX sees it.  Nothing is repeated and nothing is answered behind the back of
    the test."""

    branches = itertools.count(1)

    def __init__(self, endpoint, called="3500", caller="2101", host="um.example.com", media_port=40000,
                 call_id=None, uri=None):
        self.ep = endpoint
        self.call_id = call_id or f"{uuid.uuid4().hex}@{endpoint.ip}"
        self.uri = uri or f"sip:{called}@{host}"
        self.caller, self.called, self.host = caller, called, host
        self.from_tag = uuid.uuid4().hex[:12]
        self.to = f"<sip:{called}@{host}>"
        self.cseq = 1
        self.target = self.uri
        self.media_port = media_port
        self.branch = None
        self.ok = None

    def request(self, method, uri=None, body="", fields="", cseq=None, branch=None, to=None,
                content_type="application/sdp", max_forwards=70):
        """The text of a request."""
        if cseq is None:
            cseq = self.cseq
        self.branch = branch or f"z9hG4bK-{self.from_tag}-{next(Call.branches)}"
        ip = f"[{self.ep.ip}]" if ":" in self.ep.ip else self.ep.ip
        text = (f"{method} {uri or self.target} SIP/2.0\r\n"
                f"Via: SIP/2.0/{self.ep.transport} {ip}:{self.ep.port};branch={self.branch};rport\r\n"
                f"Max-Forwards: {max_forwards}\r\n"
                f"From: <sip:{self.caller}@{ip}>;tag={self.from_tag}\r\n"
                f"To: {to or self.to}\r\n"
                f"Call-ID: {self.call_id}\r\n"
                f"CSeq: {cseq} {method}\r\n"
                f"Contact: <sip:{self.caller}@{ip}:{self.ep.port};"
                f"transport={self.ep.transport.lower()}>\r\n"
                f"{fields}")
        if body:
            text += f"Content-Type: {content_type}\r\n"
        return text + f"Content-Length: {len(body.encode())}\r\n\r\n{body}"

    def offer(self, **how):
        return sdp(self.ep.ip, self.media_port, **how)

    def mine(self, method=None, final=True):
        """A filter: responses of this call (to `method`)."""
        def want(m):
            if m.get("Call-ID") != self.call_id or not m.status:
                return False
            return (method is None or m.method == method) and (m.status >= 200 or not final)
        return want

    def final(self, method, seconds=5.0):
        return self.ep.recv(seconds, self.mine(method), f"a final answer to {method}")

    def invite(self, body=None, fields="", seconds=5.0, to=None):
        """Sends the INVITE and gives the final answer; a 200 is remembered for the dialog."""
        text = self.request("INVITE", body=self.offer() if body is None else body, fields=fields)
        self.invite_text = text
        self.ep.send(text, *([to] if to else []))
        answer = self.final("INVITE", seconds)
        self.confirm(answer)
        return answer

    def confirm(self, answer):
        if answer.status // 100 == 2:
            self.ok = answer
            self.to = answer.get("To")
            self.target = between(answer.get("Contact"))

    def ack(self, body="", uri=None, fields="", to=None):
        """The ACK of a 2xx."""
        self.ep.send(self.request("ACK", uri=uri, body=body, fields=fields), *([to] if to else []))

    def ack_failure(self, answer):
        """The ACK of a 3xx to 6xx: same branch, same URI (RFC 3261 17.1.1.3)."""
        self.ep.send(self.request("ACK", branch=param(answer.get("Via"), "branch"),
                                  to=answer.get("To")))

    def reinvite(self, body=None, seconds=5.0, **how):
        self.cseq += 1
        self.ep.send(self.request("INVITE", body=self.offer(version=self.cseq) if body is None
                                  else body, **how))
        answer = self.final("INVITE", seconds)
        if answer.status == 200:
            self.ack()
        return answer

    def bye(self, seconds=5.0, to=None, **how):
        self.cseq += 1
        self.ep.send(self.request("BYE", **how), *([to] if to else []))
        return self.final("BYE", seconds)

    def open(self, seconds=5.0, **how):
        """INVITE, 200, ACK."""
        answer = self.invite(seconds=seconds, **how)
        assert answer.status == 200, f"the call was not answered: {answer!r}"
        self.ack()
        return self

    def hung_up(self, seconds):
        """Waits for the BYE from the other side and answers it."""
        bye = self.ep.recv(seconds, lambda m: not m.status and m.method == "BYE"
                           and m.get("Call-ID") == self.call_id, "a BYE to the PBX")
        self.ep.answer(bye)
        return bye


def redirected(pbx, fields="", **how):
    """A new call and its 302, acknowledged."""
    call = Call(pbx, **how)
    answer = call.invite(fields=fields)
    assert answer.status == 302, answer
    call.ack_failure(answer)
    return call
