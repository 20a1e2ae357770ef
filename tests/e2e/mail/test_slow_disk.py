"""A disk whose fsync takes half a second, and many who hang up at once: calls are answered and hung up as if
nothing were, no packet is late for it, every message is whole and comes in the end; also that of somebody who
goes on talking while the disk has a minute's work with the others."""

import json
import threading
import time

from harness import procs
from harness.callers import Callers
from harness.evertrunk import BUILD, SLOW
from harness.lost import Verdict, read
from harness.rtp import PCMU, speech
from harness.sip import Call
from harness.voice import Caller
from harness.wait import until

CALLS, RATE, SPEAKS, SEED = 80, 20, 2.4, 11
BOXES = [str(n) for n in range(2101, 2111)]


def test_calls_do_not_wait_for_the_disk(post):
    um = post.um
    procs.kernel(um, BUILD, FSYNC_MS=500).start()
    how = {"ip": um.block.proxied, "door": [um.block.door, 5060], "calls": CALLS, "rate": RATE,
           "boxes": BOXES, "seed": SEED, "seconds": SPEAKS}
    took, long = [], Caller(um, um.udp(), called="2199").dial().listen_to_the_greeting()
    said = speech(PCMU, 30)
    talks = threading.Thread(target=long.rtp.play, args=(said,))
    talks.start()
    with Callers(um.folder, **how) as callers:
        while callers.running():
            call, start = Call(um.udp()), time.monotonic()
            call.open()
            answered = time.monotonic()
            assert call.bye().status == 200
            took.append((answered - start, time.monotonic() - answered))
            time.sleep(0.2)
        told = callers.wait(60 * SLOW)
    talks.join()
    long.hang_up()
    late = um.metrics()["um_rtp_worst_tick_seconds"]
    began = time.monotonic()
    until("an empty spool", 300 * SLOW, lambda: not [n for n in post.left() if n != ".lamps"], step=0.5)
    verdict = Verdict(told, read(post.root), SEED, SPEAKS)
    figures = {**verdict.figures, "answer_ms": round(1000 * max(a for a, _ in took)),
               "bye_ms": round(1000 * max(b for _, b in took)), "tick_ms": round(1000 * late, 1),
               "drained_s": round(time.monotonic() - began, 1)}
    print(json.dumps(figures))
    faults = [f for f in verdict.faults if "of a call that nobody made" not in f]  # the long one's
    assert not faults, faults[:5]
    [mail] = verdict.by_call[long.call.call_id]
    assert len(mail.sound) > 8000 * 28 and not mail.interrupted
    assert figures["due"] == CALLS and figures["interrupted"] == 0, figures
    assert "has not taken anything" not in um.log
    assert max(max(pair) for pair in took) < 0.4 * SLOW, figures
    assert late < 0.2 * SLOW, figures
