"""Dovecot serves the Maildirs as they are: a message is there at once, is read, flagged and deleted by
IMAP, and what Dovecot does with the files does not make us deliver again."""

import email
import email.policy

import pytest

from harness.dovecot import Dovecot
from harness.maildir import samples_of
from harness.rtp import PCMU, decode, share_found
from harness.voice import Caller
from harness.wait import until


@pytest.fixture
def dovecot(post, tmp_path):
    post.um.start()
    d = Dovecot(tmp_path / "dovecot", post.um.block.door, post.root)
    yield d
    d.close()


def test_a_message_by_imap(post, dovecot):
    um = post.um
    caller = Caller(um, um.udp(), caller="2101", called="3500")
    said = caller.leave_message(seconds=2.0)
    post.wait()
    imap = dovecot.login("3500")
    assert imap.select("INBOX")[1] == [b"1"]
    assert imap.search(None, "UNSEEN")[1] == [b"1"]
    data = imap.fetch("1", "(BODY.PEEK[])")[1][0][1]
    mail = email.message_from_bytes(data, policy=email.policy.default)
    (sound,) = [p for p in mail.walk() if p.get_content_maintype() == "audio"]
    assert share_found(samples_of(sound.get_content()), decode(PCMU, said)) > 0.9
    size = int(imap.fetch("1", "(RFC822.SIZE)")[1][0].split()[-1].rstrip(b")"))
    assert size == len(data)
    imap.store("1", "+FLAGS", r"(\Seen)")
    assert imap.search(None, "UNSEEN")[1] == [b""]
    imap.logout()
    (path,) = (post.root / "3500" / "cur").iterdir()
    assert path.name.endswith(":2,S")


def test_new_mail_while_somebody_looks(post, dovecot):
    um = post.um
    pbx = um.udp()
    Caller(um, pbx, caller="2101", called="3500").leave_message()
    post.wait()
    imap = dovecot.login("3500")
    imap.select("INBOX")
    Caller(um, pbx, caller="2102", called="3500").leave_message()
    until("the second one", 5, lambda: imap.noop() and imap.search(None, "ALL")[1] == [b"1 2"])
    imap.store("1", "+FLAGS", r"(\Deleted)")
    imap.expunge()
    assert imap.search(None, "ALL")[1] == [b"1"]
    imap.logout()
    assert len(post.messages("3500")) == 1


def test_what_has_been_read_is_not_delivered_again(post, dovecot):
    """A worker that died between the delivery and its note of it; meanwhile the message was read."""
    text = "MessageType : MissedCall\nCallerId : 2101\nRecipientAddress : 3500@example.com\n"
    post.drop("m", text)
    post.wait()
    imap = dovecot.login("3500")
    imap.select("INBOX")
    imap.store("1", "+FLAGS", r"(\Seen \Flagged)")
    imap.logout()
    before = post.um.active()
    until("the spool is empty", 5, lambda: not post.left())
    post.um.stop()
    post.drop("m", text)
    post.um.start()
    until("it is found again", 10, lambda: not post.left())
    assert len(post.messages()) == 1 and before
    assert "found in" in post.um.log


def test_each_user_sees_his_own(post, dovecot):
    for number in ("3500", "3501"):
        post.drop(f"m{number}", f"MessageType : MissedCall\nRecipientAddress : {number}@x.example\n")
    post.wait(2)
    for number in ("3500", "3501"):
        imap = dovecot.login(number)
        assert imap.select("INBOX")[1] == [b"1"]
        imap.logout()
