"""The message waiting lamp follows the mailbox: messages that come, are read and deleted, by a real call,
by hand and by a real IMAP server; the next trunk on failure; restarts, recycles, new mailboxes."""

import shutil
import time

import pytest

from harness.dovecot import Dovecot
from harness.evertrunk import SLOW
from harness.voice import Caller
from harness.wait import until
from test_mwi import Pbx

PEOPLE = "extension,dialplan,name,address\n2101,main,Anna,anna@example.com\n2102,main,Bob,bob@example.com\n"


@pytest.fixture
def lamps(make):
    """An Evertrunk with two mailboxes and the telephone systems of its trunks."""
    def one(*trunks, people=PEOPLE):
        um = make()
        um.configure({"mail": {"delivery": "maildir", "maildir": um.folder / "mail"}})
        if people:
            um.people = um.folder / "mailboxes.csv"
            um.people.write_text(people)
            um.configure({"dialplan main": {"extension_length": 4, "pilot": 3500},
                          "dialplan other": {"extension_length": 4, "pilot": 3600},
                          "mailboxes": {"file": um.people}, "trunk proxied": {"dialplan": "main"}})
        pbxs = []
        for i, keys in enumerate(trunks or ({},)):
            ip = um.block.ip(30 + i)
            keys = {"source": ip, "mode": "proxy", "address": f"{ip}:5060", **keys}
            answer = keys.pop("answer", "200 OK")
            um.configure({f"trunk pbx{i}": keys})
            pbxs.append(Pbx(um, ip, "udp", answer))
        return um, pbxs
    return one


def number(notice):
    return notice.uri.split(":")[1].split("@")[0]


def said(notice):
    return notice.body.decode().splitlines()[-1].removeprefix("Voice-Message: ")


def told(pbx, who="2101"):
    """What it was told of this number, in order."""
    return [said(n) for n in list(pbx.notices) if number(n) == who]


def wait_told(pbx, last, who="2101", seconds=2.0):
    until(f"{who} is told {last}", seconds * SLOW, lambda: told(pbx, who)[-1:] == [last])


def box(um, who="anna"):
    return um.folder / "mail" / who


def put(um, name, who="anna", sub="new"):
    for one in ("tmp", "new", "cur"):
        (box(um, who) / one).mkdir(parents=True, exist_ok=True)
    path = box(um, who) / "tmp" / name
    path.write_text("Subject: x\n\nx\n")
    path.rename(box(um, who) / sub / name)
    return box(um, who) / sub / name


def leave(um, called="2101", **how):
    c = Caller(um, um.udp(), caller="2102", called="3500")
    c.dial(fields=f"Diversion: <sip:{called}@pbx>;reason=no-answer\r\n", **how).listen_to_the_greeting()
    c.rtp.play(b"\x20\xa0" * 6000)
    c.hang_up()


def flags(path, flag):
    base = path.name.split(":")[0]
    new = path.parent.parent / "cur" / f"{base}:2,{flag}"
    path.rename(new)
    return new


def test_a_message_from_its_call_to_its_end(lamps):
    um, (pbx,) = lamps()
    um.start()
    leave(um)
    wait_told(pbx, "1/0 (0/0)")
    (mail,) = (box(um) / "new").iterdir()
    assert "+V." in mail.name
    n = pbx.notices[-1]
    assert n.body.startswith(b"Messages-Waiting: yes\r\nMessage-Account: sip:2101@")
    assert n.get("Event") == "message-summary"
    mail = flags(mail, "S")
    wait_told(pbx, "0/1 (0/0)")
    assert pbx.notices[-1].body.startswith(b"Messages-Waiting: no\r\n")
    mail = flags(mail, "")
    wait_told(pbx, "1/0 (0/0)")
    mail.unlink()
    wait_told(pbx, "0/0 (0/0)")
    assert pbx.notices[-1].body.startswith(b"Messages-Waiting: no\r\n")
    time.sleep(1.5)
    assert told(pbx) == ["1/0 (0/0)", "0/1 (0/0)", "1/0 (0/0)", "0/0 (0/0)"]
    assert told(pbx, "2102") == []  # nobody has ever left a message for him
    until("it is counted", 5, lambda: um.metrics()['um_mwi_sent_total{result="taken"}'] == 4)
    assert um.metrics()["um_mwi_lamps"] == 2 and um.metrics()["um_mwi_waiting"] == 0
    assert "lamps:         2, 0 to be told" in um.ctl("status").text


def test_urgent_and_what_does_not_count(lamps):
    um, (pbx,) = lamps()
    um.start()
    put(um, "1.a+VU.host,S=9")
    wait_told(pbx, "1/0 (1/0)", seconds=3)
    put(um, "2.b.host,S=9")  # a missed call's notice
    put(um, "3.c+V.host,S=9:2,ST", sub="cur")  # deleted, not yet removed
    put(um, "4.d+V.host,S=9")
    wait_told(pbx, "2/0 (1/0)")
    flags(box(um) / "new" / "1.a+VU.host,S=9", "FS")
    wait_told(pbx, "1/1 (0/1)")


def test_an_important_message_is_urgent(lamps):
    um, (pbx,) = lamps()
    um.start()
    name = "0f8fad5b-d9cb-469f-a165-70867728950e"
    wav = um.folder / f"{name}.wav"
    shutil.copy(um.folder / "greeting.wav", um.spool / wav.name)
    (um.spool / "x.part").write_text(
        "MessageType : VoiceMail\nRecipientName : Anna\nRecipientAddress : anna@example.com\n"
        f"AttachmentName : {wav.name}\nDuration : 1\nImportant : True\n")
    (um.spool / "x.part").rename(um.spool / f"{name}.txt")
    wait_told(pbx, "1/0 (1/0)", seconds=3)


def test_a_burst_is_one(lamps):
    um, (pbx,) = lamps()
    put(um, "0.z+V.host,S=9")
    um.start()
    wait_told(pbx, "1/0 (0/0)", seconds=5)
    for i in range(30):
        put(um, f"{i + 1}.m{i}+V.host,S=9")
        time.sleep(0.01)
    wait_told(pbx, "31/0 (0/0)")
    assert len(told(pbx)) <= 3


def test_the_next_trunk(lamps):
    """One that takes none at all is asked once, and then spared; until the operator says so."""
    um, (first, second) = lamps({"answer": "489 Bad Event"}, {})
    um.start()
    put(um, "1.a+V.host,S=9")
    wait_told(second, "1/0 (0/0)", seconds=3)
    put(um, "2.b+V.host,S=9")
    wait_told(second, "2/0 (0/0)")
    assert told(first) == ["1/0 (0/0)"]
    first.answer = "200 OK"
    answer = um.ctl("mwi", "resync")
    assert answer.status == 0 and "2 lamps are told anew" in answer.text, answer
    until("both are told", 5, lambda: told(first)[-1:] == ["2/0 (0/0)"]
          and told(first, "2102") == ["0/0 (0/0)"])
    assert told(second) == ["1/0 (0/0)", "2/0 (0/0)"]


def test_again_after_a_failure(lamps):
    um, (pbx,) = lamps({"answer": "500 Not now"})
    um.start()
    put(um, "1.a+V.host,S=9")
    until("it is tried", 5, lambda: told(pbx))
    assert um.metrics()["um_mwi_waiting"] >= 0
    pbx.answer = "200 OK"
    until("and tried again", 10 * SLOW, lambda: told(pbx) == ["1/0 (0/0)"] * 2)
    until("it is counted", 5, lambda: um.metrics()['um_mwi_sent_total{result="taken"}'] == 1)
    assert um.metrics()['um_mwi_sent_total{result="failed"}'] == 1


def test_the_dial_plan_has_trunks_of_its_own(lamps):
    um, (other, own, anybody) = lamps({"dialplan": "other"}, {"dialplan": "main", "answer": "500 No"}, {})
    um.start()
    put(um, "1.a+V.host,S=9")
    wait_told(anybody, "1/0 (0/0)", seconds=3)
    assert told(own) and not told(other)


def test_restart_and_recycle(lamps):
    """Each new owner tells all that have a Maildir anew, once; and nobody else tells anything."""
    um, (pbx,) = lamps()
    put(um, "1.a+V.host,S=9")
    put(um, "2.b+V.host,S=9:2,S", "bob", "cur")
    um.start().wait_standby()
    wait_told(pbx, "1/0 (0/0)", seconds=5)
    wait_told(pbx, "0/1 (0/0)", "2102", seconds=5)
    time.sleep(1)
    assert len(pbx.notices) == 2
    for i in range(3):
        before = um.active()
        um.recycle()
        until("told anew", 5 * SLOW, lambda: len(pbx.notices) == 2 * (i + 2))
        put(um, f"9{i}.c{i}+V.host,S=9")
        wait_told(pbx, f"{i + 2}/0 (0/0)", seconds=3)
        (box(um) / "new" / f"9{i}.c{i}+V.host,S=9").rename(box(um) / "cur" / f"9{i}.c{i}+V.host,S=9:2,")
        pbx.notices.pop()
        time.sleep(1.2)
        assert len(pbx.notices) == 2 * (i + 2), [said(n) for n in pbx.notices]
        tags = {n.tag("From").split("-")[0] for n in pbx.notices[-2:]}
        assert tags == {f"g{um.active()['generation']}"} and um.active()["generation"] != before["generation"]
        um.wait_standby()


def test_numbers_without_a_mailbox_file(lamps):
    """Every number is a mailbox: found by its folder, also one that is made later."""
    um, (pbx,) = lamps(people=None)
    um.start()
    leave(um, called="+4930123")
    until("told", 3 * SLOW, lambda: told(pbx, "+4930123") == ["1/0 (0/0)"])
    leave(um, called="2107")
    wait_told(pbx, "1/0 (0/0)", "2107")


def test_new_mailboxes(lamps):
    um, (pbx,) = lamps()
    put(um, "1.a+V.host,S=9", "chris")
    um.start()
    um.people.write_text(PEOPLE + "2103,main,Chris,chris@example.com\n")
    assert um.ctl("reload").status == 0
    wait_told(pbx, "1/0 (0/0)", "2103", seconds=5)


def test_a_reload_tells_only_what_is_new(lamps):
    """Of mailboxes that were there before nothing is told twice; of those that are gone, none; one whose
    address has changed holds what its new folder holds."""
    um, (pbx,) = lamps(people=PEOPLE + "2104,main,Dora,dora@example.com\n")
    put(um, "1.a+V.host,S=9")
    put(um, "2.b+V.host,S=9", "bob")
    put(um, "3.c+V.host,S=9", "chris")
    put(um, "4.d+V.host,S=9", "dora")
    um.start()
    for who in ("2101", "2102", "2104"):
        wait_told(pbx, "1/0 (0/0)", who, seconds=5)
    um.people.write_text("extension,dialplan,name,address\n2101,main,Anna,anna@example.com\n"
                         "2103,main,Chris,chris@example.com\n2104,main,Dora,new@example.com\n")
    assert um.ctl("reload").status == 0
    wait_told(pbx, "1/0 (0/0)", "2103", seconds=5)
    wait_told(pbx, "0/0 (0/0)", "2102", seconds=5)
    wait_told(pbx, "0/0 (0/0)", "2104", seconds=5)
    until("the lamps are counted", 5, lambda: um.metrics()["um_mwi_lamps"] == 3)
    put(um, "5.e+V.host,S=9", "bob")
    put(um, "6.f+V.host,S=9", "new")
    wait_told(pbx, "1/0 (0/0)", "2104")
    um.people.write_text(um.people.read_text() + "2102,main,Bob,bob@example.com\n")
    assert um.ctl("reload").status == 0
    wait_told(pbx, "2/0 (0/0)", "2102", seconds=5)
    put(um, "7.g+V.host,S=9")
    wait_told(pbx, "2/0 (0/0)")
    time.sleep(1.5)
    assert told(pbx) == ["1/0 (0/0)", "2/0 (0/0)"]
    assert told(pbx, "2102") == ["1/0 (0/0)", "0/0 (0/0)", "2/0 (0/0)"]
    assert told(pbx, "2103") == ["1/0 (0/0)"]
    assert told(pbx, "2104") == ["1/0 (0/0)", "0/0 (0/0)", "1/0 (0/0)"]


def test_off(make):
    um = make().start()
    answer = um.ctl("mwi", "resync")
    assert answer.status == 1 and "no lamps to tell" in answer.text, answer
    assert um.metrics()["um_mwi_lamps"] == 0 and "lamps:" not in um.ctl("status").text
    assert um.ctl("mwi", "resync", "now").status == 2


def test_an_imap_client_turns_it_off(lamps, tmp_path):
    um, (pbx,) = lamps()
    um.start()
    leave(um)
    wait_told(pbx, "1/0 (0/0)")
    dovecot = Dovecot(tmp_path / "dovecot", um.block.ip(40), um.folder / "mail")
    um.closing.append(dovecot)
    imap = dovecot.login("anna")
    assert imap.select("INBOX")[1] == [b"1"]
    time.sleep(1.2)
    assert told(pbx) == ["1/0 (0/0)"]  # Dovecot has moved it to cur/; nobody has read it
    imap.fetch("1", "(BODY[])")
    wait_told(pbx, "0/1 (0/0)")
    imap.store("1", "-FLAGS", r"(\Seen)")
    wait_told(pbx, "1/0 (0/0)")
    imap.store("1", "+FLAGS", r"(\Deleted)")
    imap.expunge()
    wait_told(pbx, "0/0 (0/0)")
    imap.logout()
