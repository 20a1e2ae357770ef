"""A trunk in mode auto is redirected until it is seen that it cannot follow; then it is proxied, and
that is logged, shown, resettable and kept over a restart.  What looks like it and is not teaches
nothing, and the call that comes back is served."""

import time

import pytest

from harness import procs
from harness.evertrunk import BUILD, SLOW
from harness.sip import Call, param, redirected
from harness.wait import until

SILENCE = 3.5  # a little more than a 302 may stay without a call


def mode(um):
    return um.trunks()["auto"]["mode_now"]


def served(call, **how):
    call.open(**how)
    assert call.bye().status == 200


def answered_directly(um):
    call = Call(um.udp(um.block.auto))
    answer = call.invite()
    if answer.status == 302:
        call.ack_failure(answer)
        return False
    call.ack()
    call.bye()
    return True


def still_redirected(um):
    """After a while in which silence would have been noticed."""
    time.sleep(SILENCE)
    assert mode(um) == "redirect", um.trunks()["auto"]
    assert not answered_directly(um)


# -- silence


def test_silence_after_the_302(um):
    redirected(um.udp(um.block.auto))  # takes the 302 and goes silent, as the CS1000 does
    um.wait_log("trunk.*auto", 6)
    until("the trunk is shown as proxied", 6, lambda: mode(um) == "proxy")
    assert answered_directly(um)
    assert um.metrics()["um_redirects_unfollowed_total"] == 1
    assert um.metrics()["um_redirects_followed_total"] == 0


def test_silence_without_an_ack(um):
    assert Call(um.udp(um.block.auto)).invite().status == 302
    until("the trunk is proxied", 6, lambda: mode(um) == "proxy")


def test_a_call_aimed_at_a_slot_by_hand_does_not_hide_the_silence(um):
    redirected(um.udp(um.block.auto))
    served(Call(um.udp(um.block.auto, to=5065), caller="2102", called="4711"))
    until("the trunk is proxied", 6, lambda: mode(um) == "proxy")
    assert um.metrics()["um_redirects_followed_total"] == 0


def test_one_silent_call_among_those_that_follow(um):
    pbx, other = um.udp(um.block.auto), um.udp(um.block.auto, to=um.slot_port())
    for n in range(8):
        redirected(pbx, caller=f"21{n:02}")
    for n in range(7):
        served(Call(other, caller=f"21{n:02}"))
    until("the trunk is proxied", 6, lambda: mode(um) == "proxy")
    metrics = um.metrics()
    assert metrics["um_redirects_followed_total"] == 7
    assert metrics["um_redirects_unfollowed_total"] == 1


# -- not silence


def test_every_way_to_follow(make):
    """Many calls in flight; one recycle between the 302s and what follows them."""
    um = make()
    um.configure({"trunk auto": {"source": f"{um.block.auto} {um.block.ip(14)}"}})
    um.start().wait_standby()
    pbx, named = um.udp(um.block.auto), um.slot_port()
    calls = [redirected(pbx, caller=f"220{n}") for n in range(7)]
    um.recycle()
    assert um.slot_port() != named  # the 302s named a port that has no new calls now
    udp, tcp = um.udp(um.block.auto, to=named), um.tcp(um.block.auto, to=named)
    gateway = um.udp(um.block.ip(14), to=named)

    def again(call, pbx, **changes):
        call.ep, call.cseq = pbx, 2
        for name, value in changes.items():
            setattr(call, name, value)
        served(call)

    again(calls[0], udp)  # the same call, as most do
    again(calls[1], udp, call_id=f"new-{calls[1].call_id}")  # the tag only
    served(Call(udp, caller="2202"))  # neither: AudioCodes
    served(Call(udp, caller="2203", called="993500"))  # with a prefix
    served(Call(tcp, caller="2204"))  # over another transport
    served(Call(gateway, caller="2205"))  # from another address of the trunk
    served(Call(udp, caller="+31302206"))  # the caller rewritten
    still_redirected(um)
    assert um.metrics()["um_redirects_followed_total"] == 7
    assert um.metrics()["um_redirects_unfollowed_total"] == 0


def cancel(call):
    pbx = call.ep
    branch = param(call.invite_text.split("Via: ")[1].split("\r\n")[0], "branch")
    pbx.send(call.request("CANCEL", cseq=1, branch=branch))
    assert call.final("CANCEL").status == 200


def test_a_caller_who_hangs_up_teaches_nothing(um):
    pbx = um.udp(um.block.auto)
    cancel(redirected(pbx))
    unacknowledged = Call(pbx, caller="2102")
    assert unacknowledged.invite().status == 302
    cancel(unacknowledged)
    still_redirected(um)


def test_a_302_that_was_lost_is_sent_again(um):
    pbx = um.udp(um.block.auto)
    call = Call(pbx)
    first = call.invite()
    pbx.send(call.invite_text)
    assert call.final("INVITE").raw == first.raw
    call.ack_failure(first)
    served(Call(um.udp(um.block.auto, to=um.slot_port())))
    still_redirected(um)
    assert um.metrics()["um_redirects_total"] == 3  # the one sent again, and still_redirected's


def test_a_redial_is_no_loop(um):
    """The same Call-ID again after its call was served; a new INVITE after hanging up."""
    pbx, other = um.udp(um.block.auto), um.udp(um.block.auto, to=um.slot_port())
    call = redirected(pbx)
    served(Call(other))
    call.cseq = 2
    assert call.invite().status == 302
    cancel(call)
    still_redirected(um)


# -- loops


def with_a_slot_port(um, call, pbx):
    call = Call(pbx, uri=f"sip:3500@um.example.com:{um.slot_port()}", caller="2999")
    return call


def with_the_call_id(um, call, pbx):
    call.cseq = 2
    return call


def by_a_proxy(um, call, pbx):
    """A proxy that recurses changes nothing but Request-URI and branch."""
    return call


def with_the_tag(um, call, pbx):
    call.call_id = f"b-{call.call_id}"
    return call


@pytest.mark.parametrize("form", [with_the_call_id, by_a_proxy, with_the_tag, with_a_slot_port])
def test_what_comes_back_teaches_at_once_and_is_served(um, form):
    pbx = um.udp(um.block.auto)
    again = form(um, redirected(pbx), pbx)
    answer = again.invite()
    assert answer.status == 200, f"the call that came back was not served: {answer!r}"
    again.ack()
    assert mode(um) == "proxy"
    assert "came back" in um.trunks()["auto"]["why"]
    assert again.bye().status == 200
    assert answered_directly(um)
    assert um.metrics()["um_redirects_unfollowed_total"] >= 1


@pytest.mark.parametrize("called", ["3500", "993500"])
def test_what_perhaps_comes_back_is_served_and_silence_decides(um, called):
    """Asterisk by default: a wholly new INVITE to the number in the Contact, at the service port."""
    pbx = um.udp(um.block.auto)
    redirected(pbx)
    served(Call(pbx, called=called))
    assert mode(um) == "redirect"
    redirected(pbx, caller="2102")  # somebody else is redirected still
    until("the trunk is proxied", 6, lambda: mode(um) == "proxy")
    assert "not followed" in um.trunks()["auto"]["why"]


def test_two_calls_of_one_caller_to_one_number(um):
    """The second is proxied, in case it is the first; the first is followed: nothing is learned."""
    pbx = um.udp(um.block.auto)
    redirected(pbx)
    served(Call(pbx))
    served(Call(um.udp(um.block.auto, to=um.slot_port())))
    still_redirected(um)


def test_a_retransmission_after_all_was_learned_is_served(um):
    """A PBX that cannot use a 302 at all sends its INVITE again and again."""
    pbx = um.udp(um.block.auto)
    call = Call(pbx)
    assert call.invite().status == 302
    until("the trunk is proxied", 6, lambda: mode(um) == "proxy")
    pbx.send(call.invite_text)
    answer = call.final("INVITE")
    assert answer.status == 200, answer
    call.confirm(answer)
    call.ack()
    assert call.bye().status == 200


def test_a_trunk_told_to_redirect_serves_what_comes_back_and_learns_nothing(um):
    pbx = um.udp(um.block.redirected)
    call = redirected(pbx)
    call.cseq = 2
    served(call)
    served(Call(pbx, uri="sip:3500@um.example.com:5067"))
    redirected(pbx)
    redirected(pbx)  # the same caller and number: as configured
    assert um.trunks()["redirected"]["mode_now"] == "redirect"


DIVERSION = "Diversion: <sip:2777@pbx.example.com>;reason=no-answer\r\n"


@pytest.mark.parametrize("called", ["3500", "993500"])
def test_a_trunk_told_to_redirect_is_not_sent_in_circles(um, called):
    """Each time a wholly new INVITE, as Asterisk makes one: after four 302s that nobody follows the call is
    served, with what its first INVITE said of the diversion.  The configuration stays what it is."""
    pbx = um.udp(um.block.redirected)
    redirected(pbx, fields=DIVERSION)
    for _ in range(3):
        redirected(pbx, called=called)
    call = Call(pbx, called=called).open()
    until("the call is shown", 5, lambda: [c for c in um.calls() if c["called"] == "2777"])
    assert call.bye().status == 200
    redirected(pbx, caller="2102")  # anybody else is redirected as before
    redirected(pbx, called="3600")
    assert um.trunks()["redirected"]["mode_now"] == "redirect"
    served(Call(pbx, called=called))
    assert um.log.count("came back to the service port again and again") == 1, "once is enough"
    assert um.metrics()["um_redirects_unfollowed_total"] == 2


def test_many_calls_of_one_caller_are_no_circle(um):
    """As long as they are followed."""
    pbx, port = um.udp(um.block.redirected), um.slot_port()
    for _ in range(3):
        for call in [redirected(pbx) for _ in range(3)]:
            served(Call(um.udp(um.block.redirected, to=port), call_id=call.call_id))
    assert "in circles" not in um.log and "again and again" not in um.log


# -- what was learned


def test_what_was_learned_survives_a_restart_and_can_be_reset(make):
    um = make().start()
    redirected(um.udp(um.block.auto))
    until("learned", 6, lambda: mode(um) == "proxy")
    um.process.terminate()
    assert um.process.wait(15) == 0
    um.start()
    assert answered_directly(um)
    reset = um.ctl("trunks", "reset", "auto")
    assert reset.status == 0, reset
    assert not answered_directly(um)
    assert um.ctl("trunks", "reset", "nobody").status == 1


def test_a_slow_disk_holds_up_no_door(make):
    """What is learned and reset while the disk takes two seconds for an fsync: the newest is what stays."""
    um = make()
    procs.kernel(um, BUILD, FSYNC_MS=2000).start()
    learned = um.folder / "state" / "learned"
    redirected(um.udp(um.block.auto))
    until("learned", 6, lambda: mode(um) == "proxy")
    pbx, took, resets = um.udp(), [], 0
    while not learned.exists():  # the first save hangs; the second one waits for it
        began = time.monotonic()
        call = Call(pbx)
        pbx.send(call.request("OPTIONS"))
        assert call.final("OPTIONS", 4.0).status == 200
        took.append(time.monotonic() - began)
        resets += um.ctl("trunks", "reset", "auto").status == 0
        time.sleep(0.1)
    assert len(took) > 5 and max(took) < 0.5 * SLOW, took
    um.process.terminate()
    assert um.process.wait(15) == 0
    assert resets > 0 and "proxy" not in learned.read_text()
    um.start()
    assert mode(um) == "redirect"


def test_a_reset_forgets_what_is_under_way(um):
    redirected(um.udp(um.block.auto))
    assert um.ctl("trunks", "reset", "auto").status == 0
    still_redirected(um)
