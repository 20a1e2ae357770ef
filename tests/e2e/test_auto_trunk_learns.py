"""A trunk in mode auto is redirected until it is seen that it cannot follow; then it is proxied, and
that is logged, shown, resettable and kept over a restart."""

from harness.sip import Call
from harness.wait import until


def not_followed(um):
    """A PBX that takes the 302 and goes silent, as the CS1000 does."""
    call = Call(um.udp(um.block.auto))
    answer = call.invite()
    assert answer.status == 302, answer
    call.ack_failure(answer)


def answered_directly(um):
    call = Call(um.udp(um.block.auto))
    answer = call.invite()
    if answer.status == 302:
        call.ack_failure(answer)
        return False
    call.ack()
    call.bye()
    return True


def test_silence_after_the_302(um):
    not_followed(um)
    um.wait_log("trunk.*auto", 6)
    until("the trunk is shown as proxied", 6, lambda: um.trunks()["auto"]["mode_now"] == "proxy")
    assert answered_directly(um)
    assert um.metrics()["um_redirects_unfollowed_total"] == 1


def test_the_call_comes_back_to_the_service_port(um):
    pbx = um.udp(um.block.auto)
    call = Call(pbx)
    call.ack_failure(call.invite())
    call.cseq = 2
    answer = call.invite()
    assert answer.status == 200, f"the call that came back was not served: {answer!r}"
    call.ack()
    call.bye()
    assert answered_directly(um)


def test_a_trunk_that_follows_stays_redirected(um):
    pbx = um.udp(um.block.auto)
    call = Call(pbx)
    call.ack_failure(call.invite())
    port = 5065 if um.active()["slot"] == "A" else 5067
    other = um.udp(um.block.auto, to=port)
    followed = Call(other).open()  # another Call-ID, as AudioCodes does
    import time
    time.sleep(3.5)
    followed.bye()
    assert not answered_directly(um)


def test_what_was_learned_survives_a_restart_and_can_be_reset(make):
    um = make().start()
    not_followed(um)
    until("learned", 6, lambda: um.trunks()["auto"]["mode_now"] == "proxy")
    um.process.terminate()
    assert um.process.wait(15) == 0
    um.start()
    assert answered_directly(um)
    reset = um.ctl("trunks", "reset", "auto")
    assert reset.status == 0, reset
    assert not answered_directly(um)
    assert um.ctl("trunks", "reset", "nobody").status == 1
