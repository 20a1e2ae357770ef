"""A message left is a message in the mailbox: a real call's sound is what is attached, once, whatever
happens to workers and disks in between; what people drop into the spool is delivered or set aside
with a reason."""

import os
import random
import signal
import struct
import subprocess
import time

import pytest

from harness.disk import MIB, Disk
from harness.evertrunk import SLOW
from harness.rtp import PCMU, decode, share_found
from harness.voice import Caller
from harness.wait import until


def wav(samples=b"\0\0" * 8000):
    return (b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " +
            struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) +
            b"data" + struct.pack("<I", len(samples)) + samples)


def letter(name, **fields):
    lines = {"MessageType": "VoiceMail", "CallerId": "2101", "RecipientName": "3500",
             "RecipientAddress": "3500@example.com", "AttachmentName": f"{name}.wav", "Duration": "1"}
    lines.update(fields)
    return "".join(f"{k} : {v}\n" for k, v in lines.items() if v is not None)


def test_a_call_is_a_message_in_the_mailbox(post):
    um = post.um.start()
    caller = Caller(um, um.udp(), caller="2101", called="3500")
    said = caller.leave_message(seconds=3.0)
    (message,) = post.wait()
    assert message.path.parent.name == "new" and message.path.parents[1].name == "3500"
    assert share_found(message.samples, decode(PCMU, said)) > (0.97 if SLOW == 1 else 0.9)
    assert "2101" in message.mail["Subject"]
    assert "voicemail@example.com" in message.mail["From"]
    assert message.guid in message.id
    assert message.path.stat().st_mode & 0o077 == 0
    until("the spool is empty", 5, lambda: not post.left())
    assert not list((um.spool / "shadow").iterdir()), "seen in the Maildir: confirmed"
    until("the metrics tell", 5, lambda: um.metrics()["um_mail_delivered_total"] == 1)
    assert um.metrics()["um_mail_queued"] == 0 and um.metrics()["um_mail_owned"] == 1
    assert "1 delivered" in um.ctl("status").text


def test_queue_goes_from_worker_to_worker(post):
    """Calls all the time, recycles all the time: every message once."""
    um = post.um.start()
    pbx, said = um.udp(), {}
    for i in range(6):
        um.wait_standby()
        um.recycle()
        caller = Caller(um, pbx, caller=f"21{i:02}", called="3500")
        said[f"21{i:02}"] = caller.leave_message(seconds=1.2, seed=i + 1)
    found = post.wait(len(said))
    time.sleep(0.5)
    assert len(post.messages()) == len(said), post.messages()
    for message in found:
        number = message.mail["X-CallingTelephoneNumber"].strip()
        assert share_found(message.samples, decode(PCMU, said.pop(number))) > 0.9
    assert not said and not post.bad()


def test_a_killed_worker_delivers_nothing_twice(post):
    """SIGKILL at any moment of many deliveries; the next owner finds what was delivered already."""
    um = post.um.start()
    names = [f"m{i:03}" for i in range(150)]
    dice, killed = random.Random(4), 0
    for i, name in enumerate(names):
        post.drop(name, letter(name), wav())
        if i % 30 == 15:
            time.sleep(dice.random() * 0.05)
            os.kill(um.active()["pid"], signal.SIGKILL)
            killed += 1
            um.wait_standby()
    post.wait(len(names), seconds=30)
    until("the spool is empty", 10, lambda: not post.left())
    guids = [m.guid for m in post.messages()]
    assert sorted(guids) == names and killed == 5
    assert not post.bad()


def test_a_stopped_worker_does_not_keep_the_queue(post):
    um = post.um.start()
    um.wait_standby()
    before = um.active()
    os.kill(before["pid"], signal.SIGSTOP)
    post.drop("m1", letter("m1"), wav())
    um.wait_successor(before, 20)
    post.wait(1, seconds=10)
    assert [m.guid for m in post.messages()] == ["m1"]


def test_only_one_owns_the_queue(post):
    """Any number of recycles: the lock is one process's at every moment we look."""
    um = post.um.start()
    lock = um.spool / ".queue"
    for _ in range(3):
        um.wait_standby()
        um.recycle()
        inode = lock.stat().st_ino
        holders = [line.split()[4] for line in open("/proc/locks", encoding="ascii")
                   if line.split()[1] == "FLOCK" and line.split()[5].endswith(f":{inode}")]
        assert len(holders) <= 1, holders
        until("the new worker owns it", 5, lambda: um.metrics()["um_mail_owned"] == 1)


def test_a_full_mail_disk_is_waited_for(post):
    """The Maildirs lie on a small disk: nothing is lost, nothing half written, and it is said."""
    um, disk = post.um, Disk(post.um.folder / "disk", MIB)
    post.root = disk.path / "mail"
    um.configure({"mail": {"maildir": post.root},
                  "pressure": {"disk_medium": "0", "disk_high": "0"}})
    try:
        um.start()
        post.drop("small", letter("small"), wav())
        post.wait()
        disk.leave(140_000)
        post.drop("big", letter("big"), wav(b"\1\0" * 240_000))
        um.wait_log("big: not delivered, again in 30 s: .*No space left on device")
        assert "big.txt" in post.left() and len(post.messages()) == 1
        assert not list(post.root.glob("*/tmp/*"))
        assert "No space left on device" in um.ctl("queue").text
        until("metrics", 5, lambda: um.metrics()["um_mail_queued"] == 1)
        disk.empty()
        assert um.ctl("queue", "retry").status == 0
        assert len(post.wait(2)) == 2
    finally:
        um.stop()
        um.process = None
        disk.close()


HOSTILE = {
    "empty": ("", "MessageType"),
    "rubbish": (os.urandom(5000), "MessageType"),
    "huge": (b"CallerId : " + b"x" * 100_000, "64 KiB"),
    "utf16": ("MessageType : VoiceMail\n".encode("utf-16"), "UTF-16"),
    "nobody": (letter("nobody", RecipientName=None, RecipientAddress=None), "RecipientAddress"),
    "two": (letter("two") + "RecipientAddress : thief@example.com\n", "twice"),
    "spaces": (letter("spaces", RecipientAddress="a b@example.com"), "e-mail address"),
    "list": (letter("list", RecipientAddress="a@b.example, c@d.example"), "e-mail address"),
    "dots": (letter("dots", AttachmentName="../.."), "file name"),
}


def test_hostile_headers_are_set_aside_with_a_reason(post):
    um = post.um.start()
    for name, (text, _why) in HOSTILE.items():
        post.drop(name, text, wav())
    post.drop("good", letter("good"), wav())
    until("all are judged", 20, lambda: len(post.bad()) == len(HOSTILE))
    for name, (_text, why) in HOSTILE.items():
        assert why in post.bad()[name], (name, post.bad()[name])
    assert [m.guid for m in post.wait()] == ["good"]
    until("health warns", 5,
          lambda: "set aside" in um.http("/readyz?verbose")[1] and um.http("/readyz")[0] == 200)
    assert f"{len(HOSTILE)} in bad" in um.ctl("queue").text


def test_no_header_line_can_be_added(post):
    post.um.start()
    post.drop("m", letter("m", CallerId="2101\rBcc: thief@example.com",
                          CallerName="x\x0bSubject: y\x85Bcc: z"), wav())
    (message,) = post.wait()
    assert "Bcc" not in message.mail and message.mail["X-CallingTelephoneNumber"].startswith("2101")


def test_edited_and_repaired_by_hand(post):
    um = post.um.start()
    post.drop("m", letter("m", RecipientAddress="nobody at all"), wav())
    until("it is set aside", 10, post.bad)
    show = um.ctl("queue", "show", "m")
    assert "no e-mail address" in show.text and "nobody at all" in show.text
    header = um.spool / "bad" / "m.txt"
    header.write_bytes(b"\xef\xbb\xbf" + letter("m").replace("\n", "\r\n").encode())
    assert um.ctl("queue", "release", "m").status == 0
    assert [m.guid for m in post.wait()] == ["m"]
    assert not list((um.spool / "bad").iterdir())
    assert um.ctl("queue", "show", "m").status == 1
    assert um.ctl("queue", "drop", "../m").status == 1


def test_a_broken_sound_is_set_aside(post):
    post.um.start()
    post.drop("broken", letter("broken"), b"RIFF\xff\xff\xff\xffWAVE, they said")
    until("it is set aside", 10, lambda: sorted(p.name for p in (post.um.spool / "bad").glob("*")) == [
        "broken.reason", "broken.txt", "broken.wav"])
    assert list(post.bad()) == ["broken"]


def test_missed_call(post):
    post.um.start()
    post.drop("m", letter("m", MessageType="MissedCall", AttachmentName=None, Duration=None))
    (message,) = post.wait()
    assert not message.attachments
    assert message.mail["Content-Class"] == "missedcall"


def test_ten_thousand_wait_at_the_start(post):
    """A queue of 10,000 is read at once, the calls do not feel it, and it goes, a new message with it."""
    um = post.um
    count = 10_000 if SLOW == 1 else 1_000
    um.spool.mkdir(exist_ok=True)
    for i in range(count):
        (um.spool / f"m{i:05}.txt").write_text(
            letter(f"m{i:05}", MessageType="MissedCall", AttachmentName=None,
                   RecipientAddress=f"box{i % 100}@example.com"))
    um.start()
    until("the queue has been read", 10, lambda: um.metrics()["um_mail_queued"] > 0)
    caller = Caller(um, um.udp(), caller="2101", called="3500")
    said = caller.leave_message(seconds=2.0)
    answer = um.ctl("queue")
    first, *listed = answer.text.splitlines()
    assert answer.status == 0 and int(first.split()[0]) >= len(listed) - 1, answer.text[-200:]
    assert int(first.split()[0]) <= len(listed) or "more" in listed[-1], answer.text[-200:]
    assert um.metrics()["um_rtp_late_ticks_total"] < 20 * SLOW
    until("some are delivered", 60, lambda: um.metrics()["um_mail_delivered_total"] > count / 10)
    guids = [p.name.split(".")[1] for p in post.root.glob("box*/new/*")]
    assert len(guids) == len(set(guids)) and not post.bad()
    (message,) = until("the new one", 120, lambda: post.messages("3500"))
    assert share_found(message.samples, decode(PCMU, said)) > 0.9


def test_off_leaves_messages_in_the_spool(make):
    um = make({"mail": {"delivery": "off"}}).start()
    Caller(um, um.udp(), caller="2101", called="3500").leave_message()
    assert um.wait_recordings()[0]["wav"].exists()
    answer = um.ctl("queue")
    assert answer.status == 1 and "mail.delivery is off" in answer.text


@pytest.mark.parametrize("sender", ["", "voicemail", "a@b@c", "two words@example.com"])
def test_a_sender_that_is_none_is_refused(make, sender):
    """The original's was blank, and every message of an unknown caller came back with 501 5.1.7."""
    um = make({"mail": {"sender": sender}})
    done = subprocess.run([um_supervisor(), "-n", "-c", um.conf], capture_output=True, text=True,
                          check=False)
    assert done.returncode != 0 and "mail.sender" in done.stderr + done.stdout


def um_supervisor():
    from harness.evertrunk import BUILD
    return BUILD / "um-supervisor"


def test_the_queue_right_after_a_recycle(post):
    """The new worker may not own the queue yet: an order waits for it."""
    um = post.um
    um.start()
    for _ in range(5):
        um.recycle()
        answer = um.ctl("queue")
        assert answer.status == 0, answer
        um.wait_standby()


@pytest.mark.parametrize("whom, box, to", [("anna@example.org", "anna", "anna@example.org"),
                                           ("2104", "2104", "2104@example.com")])
def test_a_message_to_try_it(post, whom, box, to):
    """um-ctl test-mail: to an address, and to an extension that has none."""
    post.um.start()
    answer = post.um.ctl("test-mail", whom)
    assert answer.status == 0 and answer.text == f"delivered: written into {post.root / box}", answer
    (message,) = post.messages(box)
    assert message.mail["To"].strip("<>") == to and message.mail["From"] == "Voice Mail <voicemail@example.com>"
    answer = post.um.ctl("test-mail", "two@at@signs")
    assert answer.status == 1 and "no mail address" in answer.text, answer
