"""Mail servers that stall at each step, say nonsense, never end or vanish: the sender comes back in time,
says why, and a decent server after them gets the message.  A real sender (mail_sender: the worker's own
room submit), a server made of a socket."""

import re
import socket
import subprocess
import threading
import time

import pytest

from harness.evertrunk import BUILD, SLOW
from harness.net import Block

SENDER = BUILD / "tests" / "fakes" / "mail_sender"
MAIL = "Message-ID: <1@x>\r\nSubject: x\r\n\r\n.hello\r\n"
STEPS = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "END"]
GOOD = {"greeting": "220 mx ESMTP", "EHLO": "250-mx\r\n250 DSN", "MAIL": "250 ok", "RCPT": "250 ok",
        "DATA": "354 go on", "END": "250 2.0.0 taken", "RSET": "250 ok", "QUIT": "221 bye"}


class Server:
    """Speaks SMTP, `replies` in place of the good ones: a text; None: silence; "close"; or a function of
    the socket.  `heard`: the commands; `mails`: what came between DATA and the dot."""

    def __init__(self, ip, port=2525, pipelining=False, **replies):
        more = {"EHLO": "250-mx\r\n250-PIPELINING\r\n250 SIZE 100000"} if pipelining else {}
        self.replies = {**GOOD, **more, **replies}
        self.heard, self.mails, self.connections, self.running = [], [], 0, True
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((ip, port))
        self.sock.listen()
        self.sock.settimeout(0.1)
        self.host = f"{ip}:{port}"
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        while self.running:
            try:
                sock, _ = self.sock.accept()
            except (TimeoutError, socket.timeout):
                continue
            except OSError:
                return
            self.connections += 1
            self.threads.append(threading.Thread(target=self._talk, args=(sock,), daemon=True))
            self.threads[-1].start()

    def _say(self, sock, step):
        """False: nothing more is to be said."""
        reply = self.replies.get(step, "502 what")
        if reply is None:
            while self.running:  # silence, but the connection stays
                time.sleep(0.05)
            return False
        if callable(reply):
            reply(self, sock)
            return False
        if reply == "close":
            return False
        sock.sendall(reply.encode("latin-1") + b"\r\n")
        return not reply.startswith("221")

    def _talk(self, sock):
        try:
            with sock, sock.makefile("rb") as lines:
                if not self._say(sock, "greeting"):
                    return
                for line in lines:
                    verb = line.split()[0].split(b":")[0].decode("latin-1").upper() if line.split() else ""
                    self.heard.append(line.decode("latin-1").rstrip())
                    if not self._say(sock, verb):
                        return
                    if verb == "DATA" and self.replies["DATA"].startswith("354"):
                        mail = []
                        for part in lines:
                            if part == b".\r\n":
                                break
                            mail.append(part)
                        self.mails.append(b"".join(mail))
                        if not self._say(sock, "END"):
                            return
        except OSError:
            pass

    def close(self):
        self.running = False
        self.threads[0].join(2)
        self.sock.close()


class Said:
    def __init__(self, line):
        (self.outcome, code, self.step, ms, self.host, reported, self.text) = line.split("\t")
        self.code, self.ms, self.reported = int(code), int(ms), reported == "reported"


@pytest.fixture
def mail(tmp_path):
    """send(): what became of it, per message; the dialogue in `mail.dialogue`."""
    class Mail:
        def __init__(self):
            self.block, self.servers, self.dialogue, self.sender = Block(), [], "", None

        def server(self, last=40, **how):
            self.servers.append(Server(self.block.ip(last), **how))
            return self.servers[-1]

        def conf(self, **keys):
            keys = {"hosts": " ".join(s.host for s in self.servers), "tls": "never",
                    "connect_timeout": "1s", "reply_timeout": "1s", "send_timeout": "2s", **keys}
            path = tmp_path / "smtp.conf"
            path.write_text("[listen]\naddress = 127.0.0.1\n[trunk a]\nsource = 127.0.0.2\n[mail]\n"
                            "delivery = smtp\nsender = um@example.com\n[smtp]\n"
                            + "".join(f"{k} = {v}\n" for k, v in keys.items()))
            return path

        def send(self, *options, text=MAIL, to="anna@example.com", **keys):
            done = subprocess.run([SENDER, "-v", *options, self.conf(**keys), "um@example.com", to],
                                  input=text.encode(), capture_output=True, timeout=60, check=False)
            out = done.stdout.decode()
            assert done.returncode == 0 and not done.stderr, (done.returncode, done.stderr)
            self.dialogue = out
            return [Said(l) for l in out.splitlines() if l.count("\t") == 6]

    m = Mail()
    yield m
    for s in m.servers:
        s.close()
    m.block.release()


def in_time(said, seconds):
    assert said.ms < seconds * 1000 * SLOW + 700, said.ms


def test_a_good_one(mail):
    s = mail.server()
    (said,) = mail.send("-d")
    assert said.outcome == "delivered" and said.code == 250 and said.reported
    assert s.mails == [b"Message-ID: <1@x>\r\nSubject: x\r\n\r\n..hello\r\n"]
    assert s.heard[1:4] == ["MAIL FROM:<um@example.com> RET=HDRS ENVID=test",
                            "RCPT TO:<anna@example.com> NOTIFY=SUCCESS,FAILURE "
                            "ORCPT=rfc822;anna@example.com", "DATA"]
    assert s.heard[-1] == "QUIT"


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_stalls(mail, step, pipelining):
    mail.server(pipelining=pipelining, **{step: None})
    (said,) = mail.send()
    # one that is silent to this message waits for itself; before that, all wait
    assert said.outcome == ("later" if step in ("DATA", "END") else "outage"), said.text
    assert said.code == 0
    in_time(said, 3)


@pytest.mark.parametrize("step", STEPS)
def test_closes(mail, step):
    mail.server(**{step: "close"})
    (said,) = mail.send()
    assert said.outcome == ("later" if step in ("DATA", "END") else "outage"), said.text
    in_time(said, 1)


def endless_line(server, sock):
    while server.running:
        sock.sendall(b"2" * 65536)


def endless_reply(server, sock):
    while server.running:
        sock.sendall(b"250-and more\r\n" * 1000)


def drip(server, sock):
    while server.running:
        sock.sendall(b"2")
        time.sleep(0.1)


@pytest.mark.parametrize("how", [endless_line, endless_reply, drip])
@pytest.mark.parametrize("step", STEPS)
def test_never_ends(mail, step, how):
    mail.server(**{step: how})
    (said,) = mail.send()
    assert said.outcome in ("later", "outage"), said.text
    in_time(said, 3)
    assert len(mail.dialogue) < 40000


NONSENSE = ["", "hello", "HTTP/1.1 400 Bad Request", "2", "25", "999 x", "000", "\x00\xff\xfe", "-1 x",
            "250-a\r\n251 b", "250-a\r\n\r\n250 b", "100 continue", "354 what", "2147483648 x"]


@pytest.mark.parametrize("step", STEPS)
def test_nonsense(mail, step):
    for n, text in enumerate(NONSENSE):
        if step == "DATA" and text.startswith("354"):
            continue
        s = mail.server(last=40 + n, **{step: text})
        (said,) = mail.send(hosts=s.host)
        assert said.outcome in ("later", "outage"), (text, said.text)
        assert not re.search(r"[^ -~]", said.text)
        in_time(said, 3)


@pytest.mark.parametrize("step, reply, outcome", [
    ("greeting", "554 5.7.1 no", "outage"), ("greeting", "421 busy", "outage"),
    ("MAIL", "452 4.3.1 disk full", "outage"), ("MAIL", "501 5.1.7 bad sender", "never"),
    ("MAIL", "530 5.7.0 login first", "outage"), ("RCPT", "450 4.2.0 greylisted", "later"),
    ("RCPT", "550-5.1.1 no such\r\n550 5.1.1 user", "never"), ("RCPT", "421 closing", "outage"),
    ("DATA", "451 4.3.0 later", "later"), ("DATA", "554 5.5.1 no", "never"),
    ("END", "451 4.7.1 scanner away", "later"), ("END", "552 5.3.4 too big", "never")])
@pytest.mark.parametrize("pipelining", [False, True])
def test_refusals(mail, step, reply, outcome, pipelining):
    s = mail.server(pipelining=pipelining, **{step: reply})
    said = mail.send("-n", "2")
    assert [x.outcome for x in said] == [outcome] * 2
    assert said[0].code == int(reply[:3])
    assert re.sub(r"\r\n\d+", "", reply).replace("-", " ", 1) in said[0].text
    if outcome == "never" and step != "greeting":  # the connection is fine
        assert s.connections == 1
        assert "RSET" in s.heard


def test_the_next_host(mail):
    """Whatever ails those before it; and the ailing are left alone for a while."""
    mail.server(last=40, RCPT="450 later")
    mail.server(last=41, END=None)
    good = mail.server(last=42)
    dead = f"{mail.block.ip(43)}:2525"
    said = mail.send("-n", "3", "-f", hosts=" ".join([dead] + [s.host for s in mail.servers]))
    assert [x.outcome for x in said] == ["delivered"] * 3
    assert said[0].host == good.host and len(good.mails) == 3
    text = said[0].text
    assert text.index(dead) < text.index("450 later") < text.index("no answer in time") < text.index("250 ")
    # without -f: the connection that works is kept
    said = mail.send("-n", "3", hosts=" ".join([dead] + [s.host for s in mail.servers]))
    assert said[2].ms < 200 * SLOW and len(good.mails) == 6
    assert good.connections == 4


def test_a_refusal_is_final(mail):
    mail.server(last=40, RCPT="550 5.1.1 unknown")
    other = mail.server(last=41)
    (said,) = mail.send()
    assert said.outcome == "never" and not other.connections


def test_all_hosts_are_told_of(mail):
    mail.server(last=40, greeting="554 go away")
    mail.server(last=41, RCPT="451 4.3.0 not now")
    (said,) = mail.send()
    assert said.outcome == "later"
    assert "554 go away" in said.text and "451 4.3.0 not now" in said.text


def test_a_connection_is_kept(mail):
    s = mail.server(pipelining=True)
    said = mail.send("-n", "20")
    assert [x.outcome for x in said] == ["delivered"] * 20
    assert s.connections == 1 and len(s.mails) == 20


def test_a_kept_connection_that_has_gone(mail):
    """The server has closed it meanwhile: the next message goes by a new one, without a failure."""
    def last(server, sock):
        sock.sendall(b"250 taken\r\n")
    s = mail.server(END=last)
    said = mail.send("-n", "3", "-p", "50")
    assert [x.outcome for x in said] == ["delivered"] * 3
    assert s.connections == 3


def test_too_large(mail):
    """Said in EHLO: not a byte of it is sent."""
    s = mail.server(EHLO="250-mx\r\n250 SIZE 1000")
    (said,) = mail.send(text=MAIL + "x" * 70 * 20)
    assert said.outcome == "never" and said.code == 552 and "too large" in said.text
    assert not any(l.startswith("MAIL") for l in s.heard)
    s.replies["EHLO"] = "250-mx\r\n250 SIZE 0"
    (said,) = mail.send()
    assert said.outcome == "delivered"
    assert any(l == f"MAIL FROM:<um@example.com> SIZE={len(MAIL)}" for l in s.heard)


def test_a_server_that_does_not_read(mail):
    """The message does not fit into the buffers between: the writing has its limit, too."""
    def deaf(server, sock):
        sock.sendall(b"354 go on\r\n")
        while server.running:
            time.sleep(0.05)
    s = mail.server(DATA=deaf)
    (said,) = mail.send(text=MAIL + ("x" * 70 + "\r\n") * 500000)
    assert said.outcome == "later" and s.connections == 1
    in_time(said, 3)


def test_refuses_in_the_middle(mail):
    """It says no while we still write, and closes: its words are not lost."""
    def full(server, sock):
        sock.sendall(b"354 go on\r\n")
        sock.recv(65536)
        sock.sendall(b"552 5.3.4 that is enough\r\n")
        sock.shutdown(socket.SHUT_WR)
        end = time.monotonic() + 5
        while server.running and time.monotonic() < end and sock.recv(1 << 20):
            pass
    mail.server(DATA=full)
    (said,) = mail.send(text=MAIL + ("x" * 70 + "\r\n") * 200000)
    assert said.outcome == "never" and "552 5.3.4 that is enough" in said.text


@pytest.mark.parametrize("step", ["greeting", "RCPT", "END"])
def test_told_to_stop(mail, step):
    mail.server(**{step: None})
    (said,) = mail.send("-s", "300", connect_timeout="1m", reply_timeout="1m", send_timeout="5m")
    assert said.outcome == "outage" and "stopped" in said.text
    in_time(said, 2)


@pytest.mark.parametrize("to", ["anna@example.com>\r\nRCPT TO:<eve@x", "anna", "", "a b@c", "@x:a@b"])
def test_hostile_addresses(mail, to):
    s = mail.server()
    (said,) = mail.send(to=to)
    assert said.outcome == "never" and s.connections == 0


def test_line_ends_do_not_smuggle(mail):
    s = mail.server()
    (said,) = mail.send(text="Subject: x\n\na\n.\nMAIL FROM:<eve@x>\r.\r\nb\r\n.\r")
    assert said.outcome == "delivered" and len(s.mails) == 1
    assert s.mails[0] == b"Subject: x\r\n\r\na\r\n..\r\nMAIL FROM:<eve@x>\r\n..\r\nb\r\n..\r\n"


# -- um-ctl test-mail meanwhile


def test_a_test_does_not_wait_for_the_queue(post):
    """The courier hangs at a server that has a message and says nothing: whoever asks why, is answered."""
    um, first = post.um, threading.Event()

    def end(server, sock):
        if first.is_set():
            sock.sendall(b"250 2.0.0 taken\r\n")
        first.set()
        while server.running and len(server.mails) < 2:
            time.sleep(0.05)

    server = Server(um.block.ip(40), END=end)
    um.configure({"mail": {"delivery": "smtp"},
                  "smtp": {"tls": "never", "hosts": server.host, "send_timeout": "60s"}})
    try:
        um.start()
        post.drop("m", "MessageType : MissedCall\nCallerId : 2101\nRecipientAddress : anna@example.com\n")
        assert first.wait(10)
        begin = time.monotonic()
        answer = um.ctl("test-mail", "bob@example.com")
        took = time.monotonic() - begin
        assert answer.status == 0 and "< 250 2.0.0 taken" in answer.text, answer
        assert took < 5 * SLOW and "m.txt" in post.left(), took
    finally:
        server.running = False
        um.stop()
        server.close()
