"""The lamp of a mailbox on another server: messages go there by SMTP, and a real Dovecot is asked what the
mailbox holds. The test's mail server puts what it is given into the Maildirs that Dovecot serves."""

import re
import socket
import threading
import time

import pytest

from harness.dovecot import Dovecot
from harness.evertrunk import SLOW
from harness.wait import until
from test_lamp import PEOPLE, leave, said, told, wait_told
from test_mwi import Pbx
from test_smtp_hostile import Server

INTERVAL = 2  # the shortest that imap.interval may be
SETTLE = 2    # and what is told comes so much later at the latest

VOICE = b"From: x@example.com\r\nMessage-Context: voice-message\r\nSubject: x\r\n\r\nx\r\n"
URGENT = b"Importance: high\r\n" + VOICE
OTHER = b"From: x@example.com\r\nSubject: lunch\r\n\r\nx\r\n"


class MailServer(Server):
    """Takes a message and delivers it."""

    def __init__(self, ip, root):
        super().__init__(ip)
        self.root = root

    def _say(self, sock, step):
        if step == "END":
            who = [h for h in self.heard if h.upper().startswith("RCPT")][-1].split("<")[1].split("@")[0]
            box = self.root / who
            for sub in ("tmp", "new", "cur"):
                (box / sub).mkdir(parents=True, exist_ok=True)
            name = f"{time.time()}.x{len(self.mails)}.host"
            (box / "tmp" / name).write_bytes(self.mails[-1].replace(b"\r\n", b"\n"))
            (box / "tmp" / name).rename(box / "new" / name)
        return super()._say(sock, step)


class World:
    def __init__(self, um, folder):
        self.um, self.folder, self.root, self.servers = um, folder, um.folder / "there", 0
        self.root.mkdir()
        self.mx = MailServer(um.block.ip(41), self.root)
        um.closing.append(self.mx)
        self.address, self.dovecot = um.block.ip(40), None
        password = um.folder / "password"
        password.write_text("secret\n")
        password.chmod(0o600)
        um.people = um.folder / "mailboxes.csv"
        um.people.write_text(PEOPLE)
        ip = um.block.ip(30)
        um.configure({"mail": {"delivery": "smtp", "sender": "um@example.com"},
                      "smtp": {"hosts": self.mx.host, "tls": "never"},
                      "imap": {"host": f"{self.address}:1143", "tls": "never", "user": "%n",
                               "password_file": password, "interval": f"{INTERVAL}s"},
                      "dialplan main": {"extension_length": 4, "pilot": 3500},
                      "mailboxes": {"file": um.people}, "trunk proxied": {"dialplan": "main"},
                      "trunk pbx": {"source": ip, "mode": "proxy", "address": f"{ip}:5060"}})
        self.pbx = Pbx(um, ip, "udp", "200 OK")

    def up(self):
        self.servers += 1
        self.dovecot = Dovecot(self.folder / f"dovecot{self.servers}", self.address, self.root)
        self.um.closing.append(self.dovecot)
        self.login("anna").logout()
        return self

    def down(self):
        self.dovecot.close()
        self.um.closing.remove(self.dovecot)

    def login(self, who):
        imap = self.dovecot.login(who)
        imap.select("INBOX")
        return imap

    def wait(self, last, who="2101", more=0.0):
        wait_told(self.pbx, last, who, seconds=INTERVAL + SETTLE + more)

    def quiet(self):
        """Nothing is told for as long as it could take."""
        before = len(self.pbx.notices)
        time.sleep((INTERVAL + SETTLE) * SLOW)
        assert len(self.pbx.notices) == before, [said(n) for n in self.pbx.notices]

    def health(self):
        status, text = self.um.http("/readyz?verbose")
        assert status == 200, text
        return re.search("^.*mail:imap.*$", text, re.M).group(0)


@pytest.fixture
def world(make, tmp_path):
    return World(make(), tmp_path)


def put(imap, mail, flags=""):
    assert imap.append("INBOX", flags, None, mail)[0] == "OK"


def test_a_message_from_its_call_to_its_end(world):
    um = world.up().um.start()
    world.wait("0/0 (0/0)", more=3)
    world.wait("0/0 (0/0)", "2102")
    leave(um)
    until("the mail server has it", 5, lambda: world.mx.mails)
    world.wait("1/0 (0/0)")
    imap = world.login("anna")
    put(imap, OTHER)
    world.quiet()
    imap.select("INBOX")
    imap.store("1", "+FLAGS", r"(\Seen)")
    world.wait("0/1 (0/0)")
    imap.store("1", "-FLAGS", r"(\Seen)")
    world.wait("1/0 (0/0)")
    put(imap, URGENT)
    world.wait("2/0 (1/0)")
    imap.store("1", "+FLAGS", r"(\Deleted)")  # not yet removed
    world.wait("1/0 (1/0)")
    imap.select("INBOX")
    imap.store("1:*", "+FLAGS", r"(\Deleted)")
    imap.expunge()
    world.wait("0/0 (0/0)")
    imap.logout()
    assert told(world.pbx) == ["0/0 (0/0)", "1/0 (0/0)", "0/1 (0/0)", "1/0 (0/0)", "2/0 (1/0)",
                               "1/0 (1/0)", "0/0 (0/0)"]
    assert told(world.pbx, "2102") == ["0/0 (0/0)"]
    m = um.metrics()
    assert m["um_imap_up"] == 1 and m["um_imap_unreadable"] == 0 and m["um_mwi_lamps"] == 2
    assert m['um_imap_looks_total{result="seen"}'] > 10
    assert m['um_imap_looks_total{result="failed"}'] + m['um_imap_looks_total{result="refused"}'] == 0
    assert "imap:          up; 0 mailboxes cannot be looked into" in um.ctl("status").text
    assert world.health() == "pass mail:imap 0 mailboxes"


def test_a_message_of_ours_is_looked_for_soon(world):
    """Long before its mailbox's turn comes; also in a mailbox where it takes some time to arrive."""
    world.um.configure({"imap": {"interval": "10m"}})
    um = world.up().um.start()
    world.wait("0/0 (0/0)", more=3)
    world.wait("0/0 (0/0)", "2102")
    leave(um)
    until("the mail server has it", 5, lambda: world.mx.mails)
    before = time.monotonic()
    wait_told(world.pbx, "1/0 (0/0)", seconds=4)
    print(f"told after {time.monotonic() - before:.2f} s")
    put(world.login("anna"), VOICE)
    wait_told(world.pbx, "2/0 (0/0)", seconds=8)  # seen by the look after 6 s
    put(world.login("bob"), VOICE)
    world.quiet()  # of him nothing was known


def test_a_recycle(world):
    """Each new owner looks at all and tells them anew, once; nobody else looks."""
    um = world.up().um
    put(world.login("anna"), VOICE)
    um.start().wait_standby()
    world.wait("1/0 (0/0)", more=3)
    world.wait("0/0 (0/0)", "2102")
    for i in range(2):
        before = len(world.pbx.notices)
        um.recycle()
        until("told anew", 6 * SLOW, lambda: len(world.pbx.notices) == before + 2)
        put(world.login("anna"), VOICE)
        world.wait(f"{i + 2}/0 (0/0)")
        world.quiet()
        um.wait_standby()
        tags = {n.tag("From").split("-")[0] for n in world.pbx.notices[before:]}
        assert tags == {f"g{um.active()['generation']}"}


def test_the_server_is_down_for_a_while(world):
    um = world.up().um
    put(world.login("anna"), VOICE)
    um.start()
    world.wait("1/0 (0/0)", more=3)
    world.wait("0/0 (0/0)", "2102")
    world.down()
    until("it is noticed", 10, lambda: world.health().startswith("warn"))
    assert um.metrics()["um_imap_up"] == 0
    assert "imap:          down: lamps stay as they are" in um.ctl("status").text
    world.quiet()  # nobody's lamp goes out
    assert um.ctl("mwi", "resync").status == 0
    until("what is known is told", 5, lambda: told(world.pbx) == ["1/0 (0/0)"] * 2)
    um.recycle()
    until("the new worker has tried", 10, lambda: um.log.count("no mailbox can be looked into") == 2)
    assert um.ctl("mwi", "resync").status == 0
    world.quiet()  # of what nobody knows nothing is said
    world.up()
    put(world.login("bob"), VOICE)
    wait_told(world.pbx, "1/0 (0/0)", "2102", seconds=60)
    until("all is well", 5, lambda: world.health() == "pass mail:imap 0 mailboxes")
    assert um.log.count("no mailbox can be looked into") == 2
    assert um.log.count("mailboxes can be looked into again") == 1


def test_a_reload_tells_only_what_is_new(world):
    um = world.up().um
    for who in ("anna", "bob", "chris"):
        put(world.login(who), VOICE)
    um.start()
    world.wait("1/0 (0/0)", more=3)
    world.wait("1/0 (0/0)", "2102")
    um.people.write_text("extension,dialplan,name,address\n2101,main,Anna,anna@example.com\n"
                         "2103,main,Chris,chris@example.com\n")
    assert um.ctl("reload").status == 0
    world.wait("1/0 (0/0)", "2103", more=1)
    world.wait("0/0 (0/0)", "2102")
    until("the lamps are counted", 5, lambda: um.metrics()["um_mwi_lamps"] == 2)
    put(world.login("anna"), VOICE)
    put(world.login("bob"), VOICE)
    world.wait("2/0 (0/0)")
    world.quiet()
    um.people.write_text(um.people.read_text() + "2102,main,Bob,bob@example.com\n")
    assert um.ctl("reload").status == 0
    world.wait("2/0 (0/0)", "2102", more=1)
    world.quiet()
    assert told(world.pbx) == ["1/0 (0/0)", "2/0 (0/0)"]
    assert told(world.pbx, "2102") == ["1/0 (0/0)", "0/0 (0/0)", "2/0 (0/0)"]
    assert told(world.pbx, "2103") == ["1/0 (0/0)"]


def test_a_server_that_says_nothing(world):
    """It takes connections, and that is all: nothing else waits for it."""
    um = world.um
    with socket.create_server((world.address, 1143)) as mute:
        taken = []

        def accept():
            try:
                while True:
                    taken.append(mute.accept()[0])
            except OSError:
                pass
        threading.Thread(target=accept, daemon=True).start()
        um.start().wait_standby()
        until("it is connected to", 5, lambda: taken)
        leave(um)
        until("the message is delivered", 5, lambda: world.mx.mails)
        before = time.monotonic()
        um.recycle()
        assert um.ctl("mwi", "resync").text
        until("and the new one connects", 5, lambda: len(taken) > 1)
        assert time.monotonic() - before < 5 * SLOW
        before = time.monotonic()
        um.stop()
        assert time.monotonic() - before < 5 * SLOW
        mute.shutdown(socket.SHUT_RDWR)
        for s in taken:
            s.close()
    assert not world.pbx.notices


def test_a_wrong_password(world):
    (world.um.folder / "password").write_text("wrong\n")
    world.up().um.start()
    until("it is noticed", 20, lambda: world.health().startswith("warn"))
    line = world.um.wait_log("imap.host .*no mailbox can be looked into")
    assert "password" in line.lower() or "authenticat" in line.lower() or "login" in line.lower(), line
    world.quiet()
