"""Mailboxes on another server: a message goes to the real Postfix by SMTP, lies in a mailbox of the real
Dovecot, and its copy is confirmed by looking there; one that is lost on the way is sent again, once."""

import io
import re
import subprocess
import time
import wave

import pytest
from test_imap_hostile import LOOKER, Said
from test_reports import age, shadow, total
from test_smtp_postfix import smtp  # noqa: F401: a fixture

from harness.dovecot import Dovecot
from harness.evertrunk import SLOW
from harness.tls import Authority
from harness.wait import until

VOICE = "MessageType : VoiceMail\nRecipientAddress : anna@example.com\nAttachmentName : {}.wav\n"


@pytest.fixture
def far(smtp, tmp_path):
    """`start()`: Postfix, Dovecot over its mailboxes, and an Evertrunk that may look into them."""
    um, made = smtp.um, []
    password = tmp_path / "imap.password"
    password.write_text("master-secret\n")
    password.chmod(0o600)

    def serve(tls=None):
        folder = smtp.mx.folder
        made.append(Dovecot(folder / "dovecot", um.block.ip(41), folder / "mail", owner="nobody",
                            master="master-secret", tls=tls))
        until("Dovecot listens", 10, lambda: "starting up" in made[0].log)

    def start(tls=None, tls_mode="never", listening=True, **keys):
        postfix = smtp.mx = smtp.postfix()
        if listening:
            serve(tls)
        um.configure({"mail": {"shadow": "1h"},
                      "imap": {"host": f"{um.block.ip(41)}:1143", "tls": tls_mode, "user": "%n*evertrunk",
                               "password_file": password, "interval": "5s", **keys}})
        return postfix

    smtp.far, smtp.serve, smtp.dovecots, smtp.password = start, serve, made, password
    yield smtp
    um.stop()
    for d in made:
        d.close()


def test_seen(far):
    """No report is asked for: the mailbox itself says that the messages have arrived."""
    um, postfix = far.um, far.far()
    um.start()
    begin = time.monotonic()
    for n in range(5):
        far.missed(f"m{n}")
    postfix.mail("anna", 5)
    until("all are confirmed", 60 * SLOW, lambda: total(um, "confirmed") == 5)
    print(f"five messages confirmed after {time.monotonic() - begin:.1f} s")
    assert not shadow(far) and "m0: confirmed: it is in the mailbox" in um.log
    assert total(um, "sent_again") == 0
    imap = far.dovecots[0].login("anna")  # as new as before: nobody but us has been there
    imap.select("INBOX")
    assert len(imap.search(None, "UNSEEN")[1][0].split()) == 5
    imap.logout()


def test_deleted_by_a_filter(far):
    """It never comes to the mailbox: sent again once, with the same Message-ID, and then it is there."""
    um, postfix = far.um, far.far()
    um.start()
    far.missed("first")
    (first,) = postfix.mail("anna")
    far.missed("m")
    (lost,) = [m for m in postfix.mail("anna", 2) if m.path != first.path]
    lost.path.unlink()
    until("the other is confirmed", 30 * SLOW, lambda: total(um, "confirmed") == 1)
    assert shadow(far) == ["m"]
    assert "it is looked for in the mailbox" in um.ctl("queue", "show", "m").text
    age(far, "m")
    until("it is sent again", 40 * SLOW, lambda: total(um, "sent_again") == 1)
    again = until("it is there", 20, lambda: [m for m in postfix.mails("anna")
                                               if m["Message-ID"] == lost["Message-ID"]])
    assert len(again) == 1
    until("it is confirmed", 40 * SLOW, lambda: total(um, "confirmed") == 2)
    assert not shadow(far) and "m: for anna: sent again, once" in um.log


@pytest.mark.parametrize("named", [True, False])
def test_tls(far, tmp_path, named):
    """STARTTLS with a certificate that names the host; with one that names another nobody logs in."""
    um, pki = far.um, Authority(tmp_path / "pki")
    cert = pki.issue("imap", f"IP:{um.block.ip(41)}" if named else "DNS:elsewhere.example.com")
    postfix = far.far(tls=(cert, pki.key("imap")), tls_mode="required", ca=pki.pem)
    um.start()
    far.missed("m")
    postfix.mail("anna")
    if named:
        until("it is confirmed", 40 * SLOW, lambda: total(um, "confirmed") == 1)
        return
    until("the log says why", 40 * SLOW, lambda: "mailboxes cannot be looked into" in um.log)
    assert "no alternative certificate subject name matches" in um.log
    assert shadow(far) == ["m"] and "Login" not in far.dovecots[0].log


def test_away_and_back(far):
    """Nobody answers there for a while: said once, nothing is doubled or dropped, and then confirmed."""
    um, postfix = far.um, far.far(listening=False)
    um.start()
    far.missed("m")
    postfix.mail("anna")
    until("the log says so", 40 * SLOW, lambda: "mailboxes cannot be looked into" in um.log)
    time.sleep(6)
    assert shadow(far) == ["m"] and um.log.count("mailboxes cannot be looked into") == 1
    far.serve()
    until("it is confirmed", 60 * SLOW, lambda: total(um, "confirmed") == 1)
    assert "mailboxes can be looked into again" in um.log and total(um, "sent_again") == 0


def test_no_such_login(far):
    """A mailbox that nobody may look into: said with its name; the message is with its server."""
    um, postfix = far.um, far.far()
    far.password.write_text("wrong\n")
    um.start()
    far.missed("m")
    postfix.mail("anna")
    until("the log says so", 60 * SLOW, lambda: "m: it cannot be looked for in its mailbox" in um.log)
    assert re.search(r"login as anna\*evertrunk: NO \[AUTHENTICATIONFAILED\]", um.log)
    assert "wrong" not in um.log and shadow(far) == ["m"]


def tone():
    """A WAV file of a second."""
    out = io.BytesIO()
    with wave.open(out, "wb") as w:
        w.setparams((1, 2, 8000, 0, "NONE", ""))
        w.writeframes(bytes(range(200)) * 80)
    return out.getvalue()


def test_counts(far):
    """How many voice messages there are, new, read and urgent; other mail and deleted ones do not count."""
    um, postfix = far.um, far.far()
    um.start()
    sound = tone()
    for n in range(4):
        far.drop(f"v{n}", VOICE.format(f"v{n}") + ("Important : True\n" if n == 0 else ""), sound)
    far.missed("m")
    postfix.mail("anna", 5)

    def look():
        done = subprocess.run([LOOKER, um.conf, "anna@example.com"], capture_output=True, timeout=30,
                              check=True)
        (said,) = [Said(l) for l in done.stdout.decode().splitlines()]
        assert said.result == "ok", said.why
        return said.answer

    assert look() == "4/0/1/0"
    imap = far.dovecots[0].login("anna")
    imap.select("INBOX")
    urgent = imap.search(None, "HEADER", "Importance", "high")[1][0].decode()
    imap.store(urgent, "+FLAGS", r"(\Seen)")
    assert look() == "3/1/0/1"
    others = imap.search(None, "UNSEEN HEADER Message-Context voice-message")[1][0].split()
    imap.store(others[0].decode(), "+FLAGS", r"(\Deleted)")
    assert look() == "2/1/0/1"
    assert imap.search(None, "UNSEEN")[1][0].split() != []
    imap.logout()
