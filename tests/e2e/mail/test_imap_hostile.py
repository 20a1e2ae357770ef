"""IMAP servers that stall at each step, say nonsense, never end or vanish: whoever looks into a mailbox
comes back in time and says why.  A real looker (mailbox_looker: the worker's own room imap), a server
made of a socket."""

import re
import socket
import subprocess
import threading
import time

import pytest

from harness.evertrunk import BUILD, SLOW
from harness.net import Block

LOOKER = BUILD / "tests" / "fakes" / "mailbox_looker"
STATUS = '* STATUS "INBOX" (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 5 HIGHESTMODSEQ 7)\r\n{tag} OK'
GOOD = {"greeting": "* OK hello", "CAPABILITY": "* CAPABILITY IMAP4rev1 ESEARCH CONDSTORE AUTH=PLAIN\r\n{tag} OK",
        "AUTHENTICATE": "+ ", "response": "{tag} OK in", "LOGIN": "{tag} OK in", "STATUS": STATUS,
        "EXAMINE": "* 3 EXISTS\r\n{tag} OK [READ-ONLY]", "SEARCH": '* ESEARCH (TAG "{tag}") COUNT 2\r\n{tag} OK',
        "CLOSE": "{tag} OK", "LOGOUT": "* BYE\r\n{tag} OK"}
STEPS = ["greeting", "CAPABILITY", "AUTHENTICATE", "response", "STATUS", "EXAMINE", "SEARCH"]


class Server:
    """Speaks IMAP, `replies` in place of the good ones: a text; None: silence; "close"; or a function of
    the server and the socket.  `heard`: the commands."""

    def __init__(self, ip, **replies):
        self.replies = {**GOOD, **replies}
        self.heard, self.connections, self.running = [], 0, True
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((ip, 1143))
        self.sock.listen()
        self.sock.settimeout(0.1)
        self.host = f"{ip}:1143"
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while self.running:
            try:
                sock, _ = self.sock.accept()
            except (TimeoutError, socket.timeout):
                continue
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _say(self, sock, step, tag):
        """False: nothing more is to be said."""
        reply = self.replies.get(step, "{tag} BAD what")
        if reply is None:
            while self.running:  # silence, but the connection stays
                time.sleep(0.05)
            return False
        if callable(reply):
            reply(self, sock)
            return False
        if reply == "close":
            return False
        sock.sendall(reply.replace("{tag}", tag).encode("latin-1") + b"\r\n")
        return True

    def _talk(self, sock):
        tag, responding = "*", False
        try:
            with sock, sock.makefile("rb") as lines:
                if not self._say(sock, "greeting", tag):
                    return
                for line in lines:
                    line = line.decode("latin-1").rstrip()
                    self.heard.append(line)
                    verb = "response"
                    if not responding:
                        tag, verb = (line.split() + ["", ""])[:2]
                    responding = verb == "AUTHENTICATE"
                    if not self._say(sock, verb.upper() if verb != "response" else verb, tag):
                        return
        except OSError:
            pass

    def close(self):
        self.running = False
        self.thread.join(2)
        self.sock.close()


class Said:
    def __init__(self, line):
        self.answer, self.result, ms, self.why = line.split("\t")
        self.ms = int(ms)


@pytest.fixture
def mailbox(tmp_path):
    """look(): what came of it, per look."""
    class Mailbox:
        def __init__(self):
            self.block, self.servers = Block(), []
            self.password = tmp_path / "password"
            self.password.write_text("secret\n")
            self.password.chmod(0o600)

        def server(self, last=40, **how):
            self.servers.append(Server(self.block.ip(last), **how))
            return self.servers[-1]

        def look(self, *options, who=("anna@example.com",), **keys):
            keys = {"host": self.servers[-1].host if self.servers else "127.0.0.1:9", "tls": "never",
                    "user": "%n", "password_file": self.password, "connect_timeout": "1s",
                    "reply_timeout": "1s", **keys}
            path = tmp_path / "imap.conf"
            path.write_text("[listen]\naddress = 127.0.0.1\n[trunk a]\nsource = 127.0.0.2\n[mail]\n"
                            "delivery = smtp\nsender = um@example.com\n[smtp]\nhosts = 127.0.0.1\n[imap]\n"
                            + "".join(f"{k} = {v}\n" for k, v in keys.items()))
            done = subprocess.run([LOOKER, *options, path, *who], capture_output=True, timeout=60,
                                  check=False)
            assert done.returncode == 0 and not done.stderr, (done.returncode, done.stderr)
            assert b"secret" not in done.stdout
            return [Said(l) for l in done.stdout.decode().splitlines()]

    m = Mailbox()
    yield m
    for s in m.servers:
        s.close()
    m.block.release()


def in_time(said, seconds):
    assert said.ms < seconds * 1000 * SLOW + 700, said.ms


def test_a_good_one(mailbox):
    s = mailbox.server()
    first, second = mailbox.look("-n", "2")
    assert (first.result, first.answer, first.why) == ("ok", "2/0/2/0", "")
    assert (second.result, second.answer) == ("ok", "same")
    said = [l.split(" ", 1)[1] for l in s.heard if " " in l]
    assert said.count('STATUS "INBOX" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY HIGHESTMODSEQ)') == 2
    assert said.count('EXAMINE "INBOX"') == 1
    assert "SEARCH RETURN (COUNT) UNDELETED HEADER Message-Context voice-message UNSEEN" in said
    assert s.connections == 2 and said.count("LOGOUT") == 2
    (found,) = mailbox.look("-i", "x@example.com")
    assert found.answer == "seen"
    assert s.heard[-2].endswith('SEARCH RETURN (COUNT) HEADER Message-ID "x@example.com"')


def test_a_plain_one(mailbox):
    """Neither ESEARCH nor CONDSTORE nor AUTH: RFC 3501 and no more."""
    s = mailbox.server(CAPABILITY="* CAPABILITY IMAP4rev1\r\n{tag} OK", SEARCH="* SEARCH 1 4 5\r\n{tag} OK",
                       STATUS='* STATUS "INBOX" (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 5)\r\n{tag} OK')
    said = mailbox.look("-n", "11")
    assert said[0].answer == "3/0/3/0" and said[1].answer == "same"
    assert sum(x.answer == "3/0/3/0" for x in said) == 2  # once more without a change
    assert any(re.fullmatch(r"\S+ LOGIN anna secret", l) for l in s.heard), s.heard


def test_one_login_for_all(mailbox):
    """The login has no variable: the connection is kept, and the folder says whose mailbox it is."""
    s = mailbox.server()
    said = mailbox.look("-n", "2", who=["anna@example.com", "j&o@example.com"], user="evt",
                        folder="user/%n")
    assert [x.result for x in said] == ["ok"] * 4 and s.connections == 1
    assert any('EXAMINE "user/j&-o"' in l for l in s.heard)
    assert sum(l.endswith(" CLOSE") for l in s.heard) == 2


def test_a_kept_connection_that_has_gone(mailbox):
    """The server has hung up meanwhile, or does at the next word: a new one, without a failure."""
    s = mailbox.server(CLOSE="* BYE enough")
    said = mailbox.look("-n", "2", who=["anna@example.com", "bob@example.com"], user="evt", folder="%n")
    assert [x.result for x in said] == ["ok"] * 4 and s.connections >= 2


@pytest.mark.parametrize("step", STEPS)
def test_stalls(mailbox, step):
    mailbox.server(**{step: None})
    (said,) = mailbox.look()
    assert said.result == "outage" and said.why, said.why
    in_time(said, 2)


@pytest.mark.parametrize("step", STEPS)
def test_closes(mailbox, step):
    mailbox.server(**{step: "close"})
    (said,) = mailbox.look()
    assert said.result == "outage" and said.why
    in_time(said, 1)


def endless_line(server, sock):
    while server.running:
        sock.sendall(b"* " + b"2" * 65536)


def endless_answer(server, sock):
    while server.running:
        sock.sendall(b"* 1 EXISTS\r\n" * 1000)


def drip(server, sock):
    while server.running:
        sock.sendall(b"*")
        time.sleep(0.1)


@pytest.mark.parametrize("how", [endless_line, endless_answer, drip])
@pytest.mark.parametrize("step", STEPS)
def test_never_ends(mailbox, step, how):
    mailbox.server(**{step: how})
    (said,) = mailbox.look()
    assert said.result == "outage", said.why
    in_time(said, 2)


NONSENSE = ["", "hello", "HTTP/1.1 400 Bad Request", "* ", "\x00\xff\xfe", "{tag}", "{tag} MAYBE", "+ go on",
            "* BYE leave me alone", "{tag} BAD what", "* SEARCH x y\r\n{tag} OK",
            "* STATUS {999999999}\r\n{tag} OK", "* ESEARCH COUNT 99999999999\r\n{tag} OK"]


@pytest.mark.parametrize("step", STEPS)
def test_nonsense(mailbox, step):
    for n, text in enumerate(NONSENSE):
        if step in ("EXAMINE", "SEARCH") and "{tag} OK" in text and "SEARCH" not in text:
            continue  # an end like any other
        s = mailbox.server(last=40 + n, **{step: text})
        (said,) = mailbox.look(host=s.host, connect_timeout="300ms", reply_timeout="300ms")
        taken = step in ("response", "AUTHENTICATE", "CAPABILITY") and "{tag} OK" in text
        expected = ("outage", "mailbox", "ok") if taken or step in ("AUTHENTICATE", "response") else ("outage",)
        assert said.result in expected, (text, said.result, said.why)
        assert not re.search(r"[^ -~]", said.why)
        in_time(said, 1.5)


@pytest.mark.parametrize("step, reply, result, word", [
    ("response", "{tag} NO [AUTHENTICATIONFAILED] Invalid credentials", "mailbox", "Invalid credentials"),
    ("response", "{tag} NO [UNAVAILABLE] directory is away", "outage", "directory is away"),
    ("greeting", "* BYE overloaded", "outage", "overloaded"),
    ("greeting", "* PREAUTH welcome", "outage", "PREAUTH"),
    ("STATUS", "{tag} NO [NONEXISTENT] no such mailbox", "mailbox", "no such mailbox"),
    ("EXAMINE", "{tag} NO [UNAVAILABLE] disk", "outage", "disk"),
    ("SEARCH", "{tag} BAD syntax", "outage", "BAD syntax")])
def test_refusals(mailbox, step, reply, result, word):
    mailbox.server(**{step: reply})
    (said,) = mailbox.look()
    assert said.result == result and word in said.why, (said.result, said.why)
    assert mailbox.servers[0].host in said.why and "anna" in said.why


def test_a_wrong_password_of_all(mailbox):
    """One login for everybody: when it is refused, nobody's mailbox can be looked into."""
    mailbox.server(response="{tag} NO [AUTHENTICATIONFAILED] no")
    (said,) = mailbox.look(user="evt", folder="user/%n")
    assert said.result == "outage" and "login as evt: NO [AUTHENTICATIONFAILED] no" in said.why


@pytest.mark.parametrize("mode, text, word", [(0o644, "secret", "may be read by others"),
                                              (0o600, "\n", "empty first line")])
def test_the_password_file(mailbox, mode, text, word):
    s = mailbox.server()
    mailbox.password.write_text(text)
    mailbox.password.chmod(mode)
    (said,) = mailbox.look()
    assert said.result == "outage" and "imap.password_file" in said.why and word in said.why
    assert not any("AUTHENTICATE" in l or "LOGIN" in l for l in s.heard)


def test_nobody_listens(mailbox):
    (said,) = mailbox.look(host=f"{mailbox.block.ip(40)}:1143")
    assert said.result == "outage" and "connect to server" in said.why, said.why


@pytest.mark.parametrize("who", ["anna\r\nE1 DELETE INBOX@example.com", "*@example.com", "a\\b@x", "@x"])
def test_hostile_addresses(mailbox, who):
    s = mailbox.server()
    (said,) = mailbox.look(who=[who])
    assert said.result == "mailbox" and s.connections == 0


@pytest.mark.parametrize("step", ["greeting", "response", "STATUS", "SEARCH"])
def test_told_to_stop(mailbox, step):
    mailbox.server(**{step: None})
    (said,) = mailbox.look("-s", "300", connect_timeout="1m", reply_timeout="1m")
    assert said.result == "outage" and "stopped" in said.why
    in_time(said, 2)


def test_the_rate(mailbox):
    """Twenty looks for messages at ten a second."""
    mailbox.server()
    begin = time.monotonic()
    said = mailbox.look("-n", "20", "-i", "x@example.com", rate="10", user="evt", folder="%n")
    assert all(x.answer == "seen" for x in said)
    assert time.monotonic() - begin > 1.8
