"""Mailboxes and dial plans: whose call it is, what the recording says of it, numbers that are nobody's,
a mailbox file that changes under a call, and ten thousand mailboxes."""

import re
import subprocess
import time

import pytest
from harness import procs
from harness.evertrunk import BUILD, SANITIZED, SLOW
from harness.rtp import loudness, tone, write_wav
from harness.sip import Call
from harness.voice import Caller
from harness.wait import until

PEOPLE = """\
extension,numbers,name,address,language,max_recording
2101,"030 5550101",Anna Müller,anna@example.com,nl-NL,
2102,,Bob,bob@example.com,,2s
"""


@pytest.fixture
def mailboxes(make):
    """An Evertrunk with one dial plan and two mailboxes; `start()` is the test's."""
    def one(people=PEOPLE, **plan):
        um = make()
        um.people = um.folder / "mailboxes.csv"
        um.people.write_text(people)
        write_wav(um.folder / "nobody.wav", tone(900, 0.6))
        um.configure({
            "mailboxes": {"file": um.people},
            "dialplan main": {"extension_length": 4, "pilot": 3500, "attendant": 2000,
                              "number_prefix": "+49301234", "country_code": 49,
                              "national_prefix": 0, "language": "de-DE", **plan},
            "prompt": {"no_service": um.folder / "nobody.wav"},
        })
        return um
    return one


def diverted(*numbers):
    return {"fields": "".join(f"Diversion: <sip:{n}@pbx>;reason=no-answer\r\n" for n in numbers)}


def message(um, caller="+4940123456", called="3500", **how):
    """Leaves a message and gives what its header file says."""
    c = Caller(um, um.udp(), caller=caller, called=called)
    c.dial(**how).listen_to_the_greeting()
    c.rtp.play(b"\x20\xa0" * 6000)
    c.hang_up()
    return header(um, c)


def header(um, caller):
    """The header file of this caller's message."""
    return until("the message's header file", 5 * SLOW, lambda: next(
        (r for r in um.recordings() if r["CallId"] == caller.call.call_id), None))


def test_a_diverted_call_is_for_its_mailbox(mailboxes):
    um = mailboxes().start()
    said = message(um, caller="2102", **diverted("2101"))
    assert said["RecipientName"] == "Anna Müller"
    assert said["RecipientAddress"] == "anna@example.com"
    assert said["RecipientCulture"] == "nl-NL"
    assert said["RecipientExtension"] == "2101"
    assert said["DialPlan"] == "main"
    assert said["CallerId"] == "2102"
    assert said["CallerName"] == "Bob"
    assert said["CallerAddress"] == "bob@example.com"
    assert said["CallerNumber"] == "+493012342102"
    assert said["CallAnswering"] == "True"


def test_numbers_in_every_form(mailboxes):
    um = mailboxes().start()
    for caller, called, who in (
            ("040123456", "+49305550101", "2101"), ("+4940123456", "03012342102", "2102")):
        said = message(um, caller=caller, **diverted(called))
        assert (said["RecipientExtension"], said["CallerId"]) == (who, "+4940123456")
        assert said["CallerNumber"] == "+4940123456"
        assert "CallerName" not in said


def test_an_attendant_is_passed_over(mailboxes):
    um = mailboxes().start()
    said = message(um, **diverted("2101", "+493012342000"))
    assert said["RecipientExtension"] == "2101"


def test_the_mailbox_itself_is_dialled(mailboxes):
    um = mailboxes().start()
    said = message(um, called="+493012342101")
    assert said["RecipientExtension"] == "2101"
    assert said["CallAnswering"] == "False"
    assert said["RecipientCulture"] == "nl-NL"


def test_a_withheld_caller_stays_unknown(mailboxes):
    um = mailboxes().start()
    said = message(um, caller="2102", fields="Privacy: id\r\nP-Asserted-Identity: <sip:2102@pbx>\r\n"
                   + diverted("2101")["fields"])
    assert said["CallerId"] == ""
    assert not {"CallerName", "CallerNumber", "CallerAddress"} & set(said)
    said = message(um, caller="anonymous", **diverted("2102"))
    assert said["CallerId"] == "" and said["RecipientCulture"] == "de-DE"


def test_a_mailbox_may_have_a_shorter_limit(mailboxes):
    um = mailboxes().start()
    c = Caller(um, um.udp())
    c.dial(**diverted("2102")).listen_to_the_greeting()
    started = time.monotonic()
    while time.monotonic() - started < 2.5 * SLOW:
        c.rtp.play(b"\x20\xa0" * 800)
    c.call.hung_up(5)
    assert 1 <= int(um.wait_recordings()[0]["Duration"]) <= 3
    until("it is counted", 5, lambda: um.metrics()['um_calls_ended_total{cause="limit"}'] == 1)


def test_nobody_is_told_so_in_words(mailboxes):
    um = mailboxes().start()
    c = Caller(um, um.udp(), caller="2102")
    c.dial(**diverted("2199"))
    c.call.hung_up(5)
    heard = c.rtp.heard(0)
    assert 25 <= len(heard) <= 32, len(heard)
    assert loudness(0, b"".join(p.payload for p in heard[5:20])) > 1000
    until("the call is over", 5, lambda: um.metrics()["um_calls_active"] == 0)
    assert um.recordings() == [] and not list(um.spool.iterdir())
    assert um.metrics()['um_calls_ended_total{cause="refused"}'] == 1
    um.wait_log("from 2102 for 2199: told so: the number has no mailbox")


def test_nobody_gets_404(mailboxes):
    um = mailboxes(unknown=404).start()
    call = Call(um.udp())
    answer = call.invite(**diverted("2199"))
    assert answer.status == 404, answer
    call.ack_failure(answer)
    pilot = Call(um.udp())
    answer = pilot.invite()
    assert answer.status == 404, answer
    pilot.ack_failure(answer)
    um.wait_log("refused with 404: the number has no mailbox")
    um.wait_log("refused with 404: a pilot number, and nobody diverted the call to it")
    assert um.metrics()["um_calls_active"] == 0


def test_trunks_with_plans_of_their_own(mailboxes):
    people = "extension,dialplan,name\n2101,main,Anna\n2101,other,Otto\n"
    um = mailboxes(people)
    um.configure({"dialplan other": {"extension_length": 4, "pilot": 3500, "unknown": 404},
                  "trunk proxied": {"dialplan": "main"}, "trunk redirected": {"dialplan": "main"},
                  "trunk auto": {"dialplan": "other", "mode": "proxy"}})
    um.start()
    assert message(um, **diverted("2101"))["RecipientName"] == "Anna"
    call = Caller(um, um.udp(um.block.auto), caller="2101")
    call.dial(**diverted("2101")).listen_to_the_greeting()
    call.rtp.play(b"\x20\xa0" * 6000)
    call.hang_up()
    um.wait_recordings(2)
    assert sorted(r["RecipientName"] for r in um.recordings()) == ["Anna", "Otto"]


def test_the_dial_plan_has_an_operator_of_its_own(mailboxes):
    um = mailboxes(operator=2009)
    um.configure({"call": {"operator": 700}, "trunk proxied": {"refer": "yes"}})
    um.start()
    c = Caller(um, um.udp())
    c.dial(**diverted("2101"))
    c.rtp.digit("0")
    refer = c.call.ep.recv(5, lambda m: m.method == "REFER" and not m.status, "a REFER")
    assert refer.get("Refer-To").startswith("<sip:2009@"), refer
    c.call.ep.answer(refer, "603 Decline")
    c.hang_up()


def test_a_new_file_under_a_call(mailboxes):
    """The worker that has calls up gets the new mailboxes; nothing is recycled, no call notices."""
    um = mailboxes()
    um.configure({"recording": {"idle_timeout": "30s"}})
    um.start().wait_standby()
    before = um.active()
    up = Caller(um, um.udp(), caller="2102")
    up.dial(**diverted("2101")).listen_to_the_greeting()
    refused = Caller(um, um.udp())
    refused.dial(**diverted("2103"))
    refused.call.hung_up(5)
    um.people.write_text(PEOPLE.replace("2101,", "2104,") + "2103,,Chris,chris@example.com,,\n")
    assert um.status()["mailboxes"] == um.metrics()["um_mailboxes"] == 2
    answer = um.ctl("reload")
    assert answer.status == 0 and "3 mailboxes" in answer.text, answer
    assert um.status()["mailboxes"] == um.metrics()["um_mailboxes"] == 3
    assert re.search(r"^mailboxes: +3$", um.ctl("status").text, re.M)
    assert message(um, **diverted("2103"))["RecipientName"] == "Chris"
    up.rtp.play(b"\x20\xa0" * 6000)
    up.hang_up()
    said = header(um, up)
    assert said["RecipientExtension"] == "2101" and said["RecipientName"] == "Anna Müller"
    assert um.active()["generation"] == before["generation"]
    assert um.ctl("reload").text.startswith("nothing has changed")
    # the standby has them too
    um.recycle()
    assert message(um, **diverted("2103"))["RecipientName"] == "Chris"


def test_a_faulty_file_changes_nothing(mailboxes):
    um = mailboxes().start()
    um.people.write_text(PEOPLE + "21,,Bad,,,\n2101,,Twice,,,\n")
    answer = um.ctl("reload")
    assert answer.status == 1, answer
    assert f'{um.people}:4: extension: "21" is not right; 4 digits' in answer.text, answer
    assert f"{um.people}:5: 2101 is a number of line 2 too" in answer.text, answer
    um.wait_log(f"reload refused: {um.people}:4: .* as in dialplan \\w+$")
    um.wait_log(f"reload refused: {um.people}:5: .* one mailbox for each$")
    assert message(um, **diverted("2101"))["RecipientName"] == "Anna Müller"
    um.people.unlink()
    answer = um.ctl("reload")
    assert answer.status == 1 and "No such file" in answer.text, answer
    assert message(um, **diverted("2101"))["RecipientName"] == "Anna Müller"


def check(um):
    return subprocess.run([BUILD / "um-supervisor", "-n", "-c", um.conf], capture_output=True, text=True,
                          timeout=20, check=False)


def test_a_faulty_file_at_the_start(mailboxes):
    """Checked, it is wrong; started with, it costs the rows that are wrong and a log line for each."""
    um = mailboxes(PEOPLE + "21,,Bad,,,\n22,,Too,,,\n")
    done = check(um)
    assert done.returncode == 1 and f"{um.people}:4: extension" in done.stderr
    um.start()
    for line, extension in ((4, "21"), (5, "22")):
        um.wait_log(f"not all mailboxes can be used: {um.people}:{line}: "
                    f'extension: "{extension}" is not right; .*\\w$')
    um.wait_log("2 mailboxes from")
    assert message(um, **diverted("2102"))["RecipientName"] == "Bob"


@pytest.mark.parametrize("people, said", [
    (None, "mailboxes.csv: cannot be read: No such file"),
    ("extension,name\n", "mailboxes.csv: there is no mailbox in it"),
    ("extension,name\n21,Anna\n", "mailboxes.csv:2: extension: "),
    ("number,name\n2101,Anna\n", "mailboxes.csv:1: \"number\" is no column of ours"),
])
def test_nothing_usable_at_the_start(mailboxes, people, said):
    um = mailboxes(people or PEOPLE)
    if not people:
        um.people.unlink()
    assert check(um).returncode == 1
    um.expect_exit = 1
    um.start(ready=False)
    until("it gives up", 10, lambda: not um.running())
    assert said in um.log
    assert "cannot start: mailboxes.file" in um.log


def test_a_missing_prompt_is_found_at_the_start(mailboxes):
    um = mailboxes()
    (um.folder / "nobody.wav").unlink()
    um.start(ready=False)
    um.wait_log(r"prompt\.no_service: .*nobody\.wav", 15)


def many(count):
    rows = "".join(f'{n:06},"+49 30 98{n:06}; 0171 {n:07}",Person {n},p{n}@example.com,de-DE,\n'
                   for n in range(count))
    return "extension,numbers,name,address,language,max_recording\n" + rows


def anonymous(pid):
    """The memory that a process has for itself alone, in bytes."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return int(re.search(r"Anonymous:\s+(\d+) kB", f.read()).group(1)) * 1024


def mapped(pid):
    """The mapping of the mailboxes in a process: (inode, size, kB of it that are a copy)."""
    with open(f"/proc/{pid}/smaps", encoding="ascii") as f:
        text = f.read()
    found = re.search(r"^([0-9a-f]+)-([0-9a-f]+) (r--s) \S+ \S+ (\d+)\s+/memfd:evertrunk.mailboxes.*?"
                      r"Anonymous:\s+(\d+) kB", text, re.M | re.S)
    assert found, "not mapped"
    return found.group(4), int(found.group(2), 16) - int(found.group(1), 16), int(found.group(5))


def test_ten_thousand(mailboxes):
    """Checked in under a second, found, shared by all workers, and flat over reloads."""
    um = mailboxes(many(10000), extension_length=6, number_prefix="+493098", plain_number="national")
    start = time.monotonic()
    assert check(um).returncode == 0
    took = time.monotonic() - start
    print(f"10,000 mailboxes checked in {took * 1000:.0f} ms")
    assert took < 1.0 * SLOW
    procs.no_quarantine(um).start().wait_standby()
    assert message(um, **diverted("009999"))["RecipientName"] == "Person 9999"
    assert message(um, **diverted("01710004711"))["RecipientExtension"] == "004711"
    pids = [slot["pid"] for slot in um.status()["slots"] if slot["pid"]]
    assert len(pids) == 2
    inodes = {mapped(pid)[0] for pid in pids}
    assert len(inodes) == 1
    assert all(size > 1_000_000 and not copied for _, size, copied in map(mapped, pids))
    own = [anonymous(pid) for pid in pids]
    resident = procs.resident_bytes(um.pid)
    for i in range(20):
        um.people.write_text(many(10000).replace("Person 17,", f"Person 17-{i},"))
        start = time.monotonic()
        assert um.ctl("reload").status == 0
        assert time.monotonic() - start < 1.0 * SLOW
    until("the workers have the last one", 5, lambda: len({mapped(p)[0] for p in pids} - inodes) == 1)
    assert message(um, **diverted("000017"))["RecipientName"] == "Person 17-19"
    room = 32_000_000 if SANITIZED else 1_000_000
    assert all(anonymous(pid) - was < room for pid, was in zip(pids, own))
    assert procs.resident_bytes(um.pid) - resident < room + 8_000_000


def test_without_a_file_all_is_as_it_was(make):
    um = make().start()
    said = message(um, caller="2102", **diverted("2199"))
    assert said["RecipientName"] == said["RecipientAddress"] == "2199"
    assert not {"CallerName", "CallerNumber", "RecipientExtension", "DialPlan"} & set(said)
    assert um.status()["mailboxes"] is None and "mailboxes" not in um.ctl("status").text
