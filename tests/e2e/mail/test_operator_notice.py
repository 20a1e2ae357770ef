"""What could not be delivered is told to the operator by mail, the same way as messages go: the real Postfix
that was down, and Maildirs that could not be written. Each waits the shortest mail.expire, a minute."""

import time

from harness.maildir import messages
from harness.postfix import Postfix
from harness.voice import Caller
from harness.wait import until

EXPIRE = 60
PEOPLE = ("extension,name,address,language\n3500,Anna Muster,anna@example.com,de-DE\n"
          "2009,Reception,bob@example.com,\n")
MISSED = ("MessageType : MissedCall\nCallerId : 2101\nRecipientAddress : {}@example.com\n"
          "RecipientCulture : en-GB\n")


def expired(post, count, since):
    """Waits for so many in bad/, each tried once more when its time is over."""
    time.sleep(max(0.0, since + EXPIRE + 1.5 - time.time()))
    assert post.um.ctl("queue", "retry").status == 0
    until(f"{count} in bad/", 10, lambda: len(post.bad()) == count)
    until("a notice in the queue", 15, lambda: "is told: Expired" in post.um.log)


def body(message, kind="plain"):
    return message.get_body((kind,)).get_content()


def test_a_server_that_stays_away(post):
    """A caller's message for Anna, whose dial plan's operator is told in Anna's language."""
    um = post.um
    postfix = Postfix(um.block.ip(40))
    people = um.folder / "mailboxes.csv"
    people.write_text(PEOPLE)
    um.configure({"mail": {"delivery": "smtp", "expire": f"{EXPIRE}s"},
                  "smtp": {"tls": "never", "connect_timeout": "2s", "hosts": postfix.host},
                  "mailboxes": {"file": people},
                  "dialplan main": {"extension_length": 4, "operator": "2009"},
                  "trunk proxied": {"dialplan": "main"}})
    try:
        um.start()
        Caller(um, um.udp(), caller="2101", called="3500").leave_message(seconds=2.0)
        until("it waits", 10, lambda: "onnect" in um.ctl("queue").text)
        (header,) = um.spool.glob("*.txt")
        assert "OperatorAddress : bob@example.com\n" in header.read_text()
        expired(post, 1, time.time())
        assert list(post.bad()) == [header.stem]
        postfix.start()
        assert um.ctl("queue", "retry").status == 0
        (notice,) = postfix.mail("bob")
        assert notice["Subject"] == ("Nachricht für Anna Muster (anna@example.com) konnte nicht "
                                     "zugestellt werden")
        assert notice["Auto-Submitted"] == "auto-generated" and notice["Importance"] == "high"
        assert notice.get_content_type() == "multipart/alternative"
        text = body(notice).replace("\n", " ")
        assert "Anrufer: 2101" in text and postfix.host in text
        assert str(um.spool / "bad") in text and f"um-ctl queue release {header.stem}" in text
        # and what it says works
        assert um.ctl("queue", "release", header.stem).status == 0
        assert len(postfix.mail("anna")) == 1
        until("the spool is empty", 10, lambda: not post.left())
        assert len(postfix.mails("bob")) == 1
    finally:
        um.stop()
        postfix.close()


def test_maildirs_that_cannot_be_written(post, count=60):
    """Many at once are one mail; it is kept and tried until the Maildirs can be written again."""
    um = post.um
    um.configure({"mail": {"expire": f"{EXPIRE}s", "operator": "boss@example.com"}})
    post.root.parent.mkdir(parents=True, exist_ok=True)
    post.root.write_text("a file where the folder should be")
    um.start()
    since = time.time()
    for n in range(count):
        post.drop(f"m{n:02}", MISSED.format(f"box{n}"))
    until("all wait", 20, lambda: um.ctl("queue").text.startswith(f"{count} wait"))
    expired(post, count, since)
    assert "Not a directory" in post.bad()["m00"]
    post.root.unlink()
    assert um.ctl("queue", "retry").status == 0
    (notice,) = post.wait()
    assert notice.path.parents[1].name == "boss"
    assert notice.mail["Subject"] == f"{count} messages could not be delivered"
    text = body(notice.mail)
    assert text.count("\n* m") == 50 and f"and {count - 50} more" in text
    assert body(notice.mail, "html").count("<li>") == 50
    assert "+V" not in notice.path.name, "no lamp is lit for it"
    until("the spool is empty", 10, lambda: not post.left())
    time.sleep(1)
    assert len(messages(post.root)) == 1 and len(post.bad()) == count
