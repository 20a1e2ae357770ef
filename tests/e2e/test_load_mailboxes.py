"""Ten thousand mailboxes read anew, ten times, under 50 calls a second: no call fails, none has to ask twice,
and nobody who is talking hears a late packet for it.  A hundred thousand are taken as well."""

import time

from harness.evertrunk import SLOW
from harness.load import few_retransmissions
from harness.rtp import PCMU, speech
from harness.sipp import Sipp
from harness.voice import Caller
from harness.wait import until

COUNT, CALLS, RATE, RELOADS = 10000, 1500, 50, 10


def people(count, mark):
    return "extension,numbers,name,address\n" + "".join(
        f'{n:06},"+49 30 98{n:06}",Person {n} {mark},p{n}@example.com\n' for n in range(count))


def reload(um, count, mark):
    """How long the operator waits for it."""
    um.people.write_text(people(count, mark))
    start = time.monotonic()
    answer = um.ctl("reload")
    assert answer.status == 0, answer
    return time.monotonic() - start


def test_reloads_under_load(make):
    um = make()
    um.people = um.folder / "mailboxes.csv"
    um.people.write_text(people(COUNT, "first"))
    um.configure({"mailboxes": {"file": um.people}, "dialplan main": {"extension_length": 6}})
    um.start().wait_standby()
    generation = um.active()["generation"]
    with Sipp(um.folder / "sipp", "call.xml", um.block.proxied, f"{um.block.door}:5060", calls=CALLS,
              rate=RATE, transport="u1") as sipp:
        time.sleep(2)
        talker = Caller(um, um.udp(), called="004711").dial().listen_to_the_greeting()
        late = um.metrics()["um_rtp_late_ticks_total"]
        took = []
        for n in range(RELOADS):
            took.append(reload(um, COUNT, n))
            talker.rtp.play(speech(PCMU, 1.5))
        late = um.metrics()["um_rtp_late_ticks_total"] - late
        talker.hang_up()
        result = sipp.wait(90)
    worst = um.metrics()["um_rtp_worst_tick_seconds"]
    print(f"{RELOADS} reloads of {COUNT}: longest {1000 * max(took):.0f} ms; ticks later than 10 ms: {late:.0f}, "
          f"worst of all {1000 * worst:.1f} ms; {result.retransmissions} repeats")
    result.all_good(CALLS)
    few_retransmissions(result)
    assert max(took) < 1.0 * SLOW
    assert worst < 0.1 * SLOW
    assert um.active()["generation"] == generation, "no worker is replaced"
    assert um.status()["mailboxes"] is not None
    [header] = [h for h in um.wait_recordings(1) if h["RecipientExtension"] == "004711"]
    assert header["RecipientName"] == "Person 4711 first", "a call keeps what it began with"

    took = reload(um, 10 * COUNT, "many")
    print(f"{10 * COUNT} mailboxes: {1000 * took:.0f} ms")
    assert took < 5 * SLOW
    until("they are in force", 10 * SLOW, lambda: um.metrics()["um_mailboxes"] == 10 * COUNT)
    Caller(um, um.udp(), called="099999").leave_message()
    until("the last one has a message", 10 * SLOW, lambda: [
        h for h in um.recordings() if h["RecipientName"] == "Person 99999 many"])
    um.people.write_text(people(10 * COUNT + 1, "too many"))
    answer = um.ctl("reload")
    assert answer.status == 1 and "one mailbox too many; at most 100000" in answer.text, answer
    assert um.metrics()["um_mailboxes"] == 10 * COUNT
