"""Delivery reports (RFC 3461, 3464): what a mail server has taken is kept until its report says that it
arrived; what bounces later is set aside; what nobody reports is sent again, once."""

import re
import time

import pytest
from test_smtp_hostile import Server
from test_smtp_postfix import gone, smtp  # noqa: F401: a fixture

from harness.evertrunk import SLOW
from harness.wait import until

LONG_AGO = "2020-01-01T00:00:00Z"
# Takes each message and fails: an address that bounces after its 250.
FAILS = "fail unix - n n - - pipe\n  flags=R user=nobody argv=/bin/false\n"


def shadow(post):
    return sorted(p.stem for p in (post.um.spool / "shadow").glob("*.txt"))


def age(post, name):
    """Its header says that it was sent long ago: an administrator may write there, too."""
    path = post.um.spool / "shadow" / f"{name}.txt"
    text, found = re.subn(r"(?m)^(Sent(?:Again)?At) : .*$", rf"\1 : {LONG_AGO}", path.read_text())
    assert found > 0, text
    part = path.with_suffix(".new")
    part.write_text(text)
    part.rename(path)


def reports_of(post, postfix):
    post.um.configure({"mail": {"reports": postfix.folder / "mail" / "voicemail"}})
    return postfix.folder / "mail" / "voicemail"


def total(um, name):
    return um.metrics()[f"um_mail_{name}_total"]


def test_delivered(smtp):
    """Postfix's own report, a moment after the message; it and the copy go, other mail stays."""
    um, postfix = smtp.um, smtp.postfix()
    box = reports_of(smtp, postfix)
    um.start()
    # the Maildir of reports is made by the first mail: until then nothing can be read
    until("health warns", 10, lambda: "mail.reports cannot be read" in str(um.http("/health")))
    assert um.metrics()["um_mail_reports_unreadable"] == 1
    assert um.ctl("test-mail", "voicemail@example.com").status == 0
    until("its own mailbox", 10, lambda: list((box / "new").glob("*")))
    for n in range(20):
        smtp.missed(f"m{n}")
    postfix.mail("anna", 20)
    until("the first is confirmed", 20 * SLOW, lambda: total(um, "confirmed") > 0)
    until("all are", 20 * SLOW, lambda: total(um, "confirmed") == 20)
    assert not shadow(smtp) and not smtp.bad()
    left = [m["Subject"] for m in postfix.mails("voicemail")]
    assert left == ["Test of voice mail delivery"]
    begin = time.monotonic()
    smtp.missed("soon")
    until("it is confirmed", 20, lambda: "soon: confirmed" in um.log, step=0.005)
    print(f"from the header file to the confirmation: {time.monotonic() - begin:.2f} s")
    assert re.search(r"soon: confirmed: mx.example.com says delivered 2\.0\.0", um.log)


@pytest.fixture
def bouncing(smtp):
    postfix = smtp.postfix(service=FAILS,
                           transport_maps="inline:{{ bob@example.com = fail: }}")
    reports_of(smtp, postfix)
    smtp.um.start()
    return postfix


def test_bounced(smtp, bouncing):
    """Taken with 250 and failed afterwards: in bad/ with the status; release begins anew."""
    um = smtp.um
    assert um.ctl("test-mail", "voicemail@example.com").status == 0  # makes the mailbox
    smtp.missed("m", "bob@example.com")
    until("it is bad", 30 * SLOW, smtp.bad)
    assert smtp.bad()["m"].startswith("mx.example.com says failed 5.3.0: "), smtp.bad()
    until("metrics", 5, lambda: total(um, "bounced") == 1)
    assert not shadow(smtp)
    assert "because: mx.example.com says failed" in um.ctl("queue", "show", "m").text
    assert "moved to bad/" in um.log
    assert not [m for m in bouncing.mails("voicemail") if m.get_content_type() == "multipart/report"]
    text = um.spool / "bad" / "m.txt"
    text.write_text(text.read_text().replace("bob@", "anna@"))
    assert um.ctl("queue", "release", "m").status == 0
    until("it is confirmed", 20, lambda: total(um, "confirmed") == 1)
    bouncing.mail("anna")
    gone(smtp)


@pytest.fixture
def silent(post, tmp_path):
    """A server that takes everything and never says a word about it; its reports would come to an
    empty Maildir."""
    um, made = post.um, []
    box = tmp_path / "reports"
    for sub in ("new", "cur", "tmp"):
        (box / sub).mkdir(parents=True)

    def start(**how):
        made.append(Server(um.block.ip(40), **how))
        um.configure({"mail": {"delivery": "smtp", "reports": box, "shadow": "1m",
                               "operator": "operator@example.com"},
                      "smtp": {"hosts": made[0].host, "tls": "never"}})
        um.start()
        return made[0]

    yield start
    um.stop()
    for server in made:
        server.close()


def sent_to(server, address):
    return sum(l.startswith(f"RCPT TO:<{address}>") for l in server.heard)


def test_sent_again_once(post, silent):
    """Nothing within mail.shadow, with a recycle in between: once more, the same message, and the
    operator is told; then it is over."""
    um, server = post.um, silent()
    post.drop("m", "MessageType : MissedCall\nRecipientAddress : anna@example.com\n")
    until("it is handed over", 10, lambda: shadow(post) == ["m"])
    assert any("NOTIFY=SUCCESS,FAILURE" in l for l in server.heard)
    assert any("ENVID=m" in l and "RET=HDRS" in l for l in server.heard)
    told = um.ctl("queue", "show", "m").text
    assert "a report is expected in" in told and "250 2.0.0 taken" in told, told
    um.recycle()
    until("it is sent again", 80 * SLOW, lambda: sent_to(server, "anna@example.com") == 2)
    until("it is back", 10, lambda: shadow(post) == ["m"])
    ids = [re.search(rb"(?mi)^Message-ID: (\S+)", m)[1] for m in server.mails[:2]]
    assert ids[0] == ids[1] and "m: for anna: sent again, once" in um.log
    assert "1 were sent again" in um.ctl("queue").text
    assert "sent again" in um.ctl("queue", "show", "m").text
    until("the operator is told", 20, lambda: sent_to(server, "operator@example.com") == 1)
    until("metrics", 5, lambda: total(um, "sent_again") == 1)
    age(post, "m")
    um.recycle()
    until("it is over", 30, lambda: "m" not in shadow(post))
    until("metrics", 5, lambda: total(um, "unconfirmed") == 1)
    assert sent_to(server, "anna@example.com") == 2 and not post.left()


def test_a_server_without_dsn(post, silent):
    """It promises nothing: nothing is asked for, nothing is sent again; said once."""
    um, server = post.um, silent(EHLO="250 mx")
    for name in ("m", "n"):
        post.drop(name, "MessageType : MissedCall\nRecipientAddress : anna@example.com\n")
    until("they are handed over", 10, lambda: shadow(post) == ["m", "n"])
    assert not any("NOTIFY" in l or "ENVID" in l for l in server.heard)
    assert um.log.count("promises no reports") == 1
    assert "promised no report (DSN)" in um.ctl("queue", "show", "m").text
    assert "shadow: 0 expect a report, 2 do not" in um.ctl("queue").text
    age(post, "m")
    until("it is dropped", 30 * SLOW, lambda: shadow(post) == ["n"])
    assert sent_to(server, "anna@example.com") == 2 and total(um, "sent_again") == 0
