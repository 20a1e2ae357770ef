"""The supervisor dies by SIGKILL: its workers do not stay behind, what was recorded is kept, and the next
supervisor starts on the same ports at once and finishes the recordings."""

from harness import procs
from harness.evertrunk import SLOW
from harness.rtp import PCMU, speech
from harness.sip import Call
from harness.voice import Caller
from harness.wait import until


def test_workers_leave_and_the_next_one_takes_over(um):
    um.wait_standby()
    caller = Caller(um, um.udp()).dial().listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 2.5))
    workers = um.workers()
    assert len(workers) == 2
    um.process.kill()
    um.process.wait()
    until("the workers have left", 10 * SLOW,
          lambda: not any(procs.alive(pid, start) for pid, start in workers))
    um.start()
    found = um.wait_recordings(seconds=10)
    assert len(found) == 1 and found[0]["CallId"] == caller.call.call_id
    assert Call(um.udp()).open().bye().status == 200


def test_a_bye_of_a_call_that_nobody_remembers(um):
    """The PBX hangs up a call from before the crash: 481 lets it forget, silence would not."""
    pbx = um.udp()
    call = Call(pbx).open()
    um.process.kill()
    um.process.wait()
    um.start()
    assert call.bye().status in (200, 481)
