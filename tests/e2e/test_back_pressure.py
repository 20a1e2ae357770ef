"""What runs short is said once, seen everywhere, and at level high refused for before a call is answered;
calls that are up go on.  The spool lies on a small disk of its own (tmpfs, root only)."""

import re
import subprocess
import threading

import pytest

from harness.disk import MIB, Disk
from harness.evertrunk import SLOW
from harness.rtp import PCMU, decode, loudness, read_wav, share_found, speech
from harness.sip import Call
from harness.voice import Caller
from harness.wait import until


@pytest.fixture
def disk(make):
    """An Evertrunk that is not started yet, and its disk of 16 MiB."""
    um = make({"pressure": {"disk_medium": "8M", "disk_high": "4M"}})
    d = Disk(um.spool, 16 * MIB)
    yield um, d
    d.close()  # lazily: what is still open goes with its process


def level(um, resource="disk"):
    return um.metrics()[f'um_pressure{{resource="{resource}"}}']


def wait_level(um, wanted, resource="disk"):
    until(f"{resource} at level {wanted}", 25, lambda: level(um, resource) == wanted, step=0.1)


def changes(um):
    return re.findall(r"back pressure: (\w+) is (\w+), was (\w+)", um.log)


def refused(um, pbx=None):
    call = Call(pbx or um.udp())
    answer = call.invite()
    call.ack_failure(answer)
    return answer.status


def loud(caller):
    """How many packets with sound the caller has heard."""
    return sum(loudness(PCMU, p.payload) > 500 for p in caller.rtp.heard(PCMU))


def health(um):
    return um.http("/readyz?verbose")


def test_levels_of_the_disk(disk):
    um, d = disk
    um.configure({"trunk proxied": {"busy_code": 486}})
    um.start()
    assert level(um) == 0 and um.metrics()["um_disk_free_bytes"] > 8 * MIB
    up = Caller(um, um.udp()).dial().listen_to_the_greeting()
    up.rtp.play(speech(PCMU, 0.5))

    d.leave(7 * MIB)
    wait_level(um, 1)
    status, text = health(um)
    assert status == 200 and re.search(r"^warn pressure:disk [67]\d+ bytes: medium$", text, re.M), text
    assert re.search(r"disk medium \([67]\.\dM free\)", um.ctl("status").text)
    assert Call(um.udp()).open().bye().status == 200

    d.leave(3 * MIB)
    wait_level(um, 2)
    status, text = health(um)
    assert status == 503 and "fail pressure:disk" in text, text
    assert "not taken (back pressure)" in um.ctl("status").text
    assert um.status()["pressure"]["disk"]["level"] == "high"
    assert refused(um) == 486, "the trunk's own code"
    assert refused(um, um.udp(um.block.redirected)) == 480, "and no 302"
    assert refused(um, um.udp(to=5065)) == 486
    assert um.metrics()['um_refused_total{why="pressure"}'] == 3
    assert len(re.findall("answered 4..: back pressure", um.log)) == 3
    ping = Call(um.udp())
    ping.ep.send(ping.request("OPTIONS"))
    assert ping.final("OPTIONS").status == 200

    assert up.call.reinvite().status == 200  # the call that is up goes on, and its message is kept
    up.rtp.play(speech(PCMU, 1.0))
    up.hang_up()
    assert "Interrupted" not in um.wait_recordings(1)[0]

    um.recycle("--reason", "while it is full")
    assert um.history()[0]["pressure"] == "disk high"
    assert "disk high" in um.ctl("history").text

    d.leave(12 * MIB)
    wait_level(um, 0)
    assert health(um)[0] == 200
    Caller(um, um.udp()).leave_message()
    assert len(um.wait_recordings(2)) == 2
    assert changes(um) == [("disk", "medium", "normal"), ("disk", "high", "medium"),
                           ("disk", "normal", "high")], "one line for each change"
    assert um.log.count("new calls are refused") == um.log.count("new calls are taken again") == 1


def test_a_disk_that_fills_while_somebody_talks(disk):
    """He is told by a tone and hung up; what he said until then is a message, marked interrupted,
    and is delivered when there is room again."""
    um, d = disk
    um.configure({"pressure": {"disk_medium": 0, "disk_high": 0},
                  "mail": {"delivery": "maildir", "maildir": um.spool / "mail"}})
    um.start()
    caller = Caller(um, um.udp()).dial().listen_to_the_greeting()
    greeted = loud(caller)
    d.leave(20 * 4096)
    said = speech(PCMU, 9)
    talks = threading.Thread(target=caller.rtp.play, args=(said,))
    talks.start()
    caller.call.hung_up(12)
    talks.join()
    assert 45 <= loud(caller) - greeted <= 55, "a tone of a second"
    until("it counts as failed", 5,
          lambda: um.metrics()['um_calls_ended_total{cause="failed"}'] == 1)
    until("as an error too", 5, lambda: um.metrics()["um_recording_errors_total"] == 1)
    assert um.metrics()["um_recordings_total"] == 1
    [header] = um.wait_recordings(1)
    assert header["Interrupted"] == "True" and not list(um.spool.glob("*.part"))
    samples = read_wav(header["wav"])[3]
    seconds = len(samples) / 16000
    assert 3 <= seconds <= 6, "what there was room for"
    assert abs(float(header["Duration"]) - seconds) <= 1
    whole = decode(PCMU, said)[:len(samples) - int(16000 * SLOW)]  # silence comes before it
    assert share_found(samples, whole) > 0.95
    d.leave(12 * MIB)
    assert um.ctl("queue", "retry").status == 0
    until("it is delivered", 10, lambda: list((um.spool / "mail").glob("*/new/*")))


def test_a_level_is_left_below_its_lower_bound(disk):
    """Not at the bound by which it was entered: 4 MiB and a fifth."""
    um, d = disk
    um.start()
    d.leave(3 * MIB)
    wait_level(um, 2)
    d.leave(int(4.5 * MIB))
    seen = um.metrics()["um_disk_free_bytes"]
    until("it has been measured", 25,
          lambda: um.metrics()["um_disk_free_bytes"] != seen, step=0.1)
    assert level(um) == 2 and refused(um) == 480
    d.leave(5 * MIB)
    wait_level(um, 1)
    assert Call(um.udp()).open().bye().status == 200


def test_calls(make):
    um = make({"limits": {"calls": 10, "pending": 10},
               "pressure": {"calls_medium": 30, "calls_high": 50}}).start()
    pbx = um.udp()
    up = [Call(pbx).open() for _ in range(3)]
    wait_level(um, 1, "calls")
    up += [Call(pbx).open() for _ in range(2)]
    wait_level(um, 2, "calls")
    assert refused(um) == 480
    for call in up:
        assert call.bye().status == 200
    wait_level(um, 0, "calls")
    assert Call(pbx).open().bye().status == 200


def test_memory(make):
    """The smallest limit that the configuration takes; a worker is born with a part of it."""
    um = make({"recycle": {"memory": "16M"}, "pressure": {"memory_medium": 5, "memory_high": 10}})
    um.start(ready=False)
    until("it lives", 10, lambda: um.http("/livez")[0] == 200)
    wait_level(um, 2, "memory")
    assert refused(um) == 480
    um.configure({"pressure": {"memory_high": 0, "memory_medium": 0}})
    assert um.ctl("reload").status == 0
    wait_level(um, 0, "memory")
    assert Call(um.udp()).open().bye().status == 200


def test_medium_comes_before_high(make):
    um = make({"pressure": {"disk_medium": "4M", "disk_high": "4M"}})
    done = subprocess.run([um.sections["worker"]["program"].parent / "um-supervisor", "-n", "-c",
                           um.conf], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pressure.disk_medium: 4M is too little with pressure.disk_high = 4M" in done.stderr


def missed_call(um, number):
    """An item of the queue as anybody may put it there."""
    name = um.spool / f"00000000-0000-4000-8000-{number:012d}.txt"
    part = name.with_suffix(".part")
    part.write_text("MessageType : MissedCall\nCallerId : 2101\nRecipientName : Anna\n"
                    "RecipientAddress : anna@example.com\nRecipientCulture : en-US\n"
                    f"CallId : missed-{number}\nReceived : 2026-01-31T23:59:59Z\n")
    part.rename(name)


def test_queue(make):
    """Messages that cannot be delivered: their number, and how long the first has waited."""
    um = make({"pressure": {"queue_medium": 3, "queue_high": 5, "oldest_medium": "4s"}})
    in_the_way = um.folder / "mail"
    in_the_way.write_text("a file, where the Maildirs are to be")
    um.configure({"mail": {"delivery": "maildir", "maildir": in_the_way}})
    um.start()
    for number in range(3):
        missed_call(um, number)
    wait_level(um, 1, "queue")
    wait_level(um, 1, "oldest")
    for number in range(3, 5):
        missed_call(um, number)
    wait_level(um, 2, "queue")
    assert refused(um) == 480
    status, text = health(um)
    assert status == 503 and "fail pressure:queue 5 messages" in text, text
    um.recycle()
    assert um.history()[0]["pressure"] == "queue high, oldest medium"
    in_the_way.unlink()
    assert um.ctl("queue", "retry").status == 0
    wait_level(um, 0, "queue")
    wait_level(um, 0, "oldest")
    assert Call(um.udp()).open().bye().status == 200
    assert len(list(in_the_way.glob("*/new/*"))) == 5
