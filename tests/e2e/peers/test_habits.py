"""What single families do beyond placing a call, or cannot bear: each test is one habit of one row."""

import os
import signal
import threading
import time
from dataclasses import replace

import pytest

from choreography import up
from harness.evertrunk import SLOW
from harness.pbx import Pbx, load, renew
from harness.rtp import Rtp
from harness.sip import Call, Udp, sdp
from harness.wait import until
from rows import HABITS


def peer(um, row, last=11):
    return Pbx(um, um.block.ip(last), HABITS[row])


def call(pbx, port=5060):
    leg = pbx.new_leg()
    return up(leg, leg.invite((pbx.um.block.door, port)))


def kill_active(um):
    before = um.active()
    os.kill(before["pid"], signal.SIGKILL)
    return before


# -- IP Office: a TCP connection that drops takes its whole trunk out of service

def test_ip_office_keeps_its_one_connection(um):
    """Over calls, recycles, a crash, a reload, requests that are refused and a keep-alive."""
    um.wait_standby()
    pbx = peer(um, "IP Office")
    call(pbx).bye()
    connection = pbx.connection((um.block.door, 5060), None)
    for step in (um.recycle, lambda: um.wait_successor(kill_active(um), 10 * SLOW), um.wait_standby,
                 lambda: um.ctl("reload"), um.recycle):
        step()
        for refused, fields in ((420, "Require: x-levitation\r\n"), (416, "")):
            bad = Call(connection, uri="mailto:3500@um.example.com" if refused == 416 else None)
            answer = bad.invite(fields=fields)
            assert answer.status == refused, answer
            bad.ack_failure(answer)
        connection.send("\r\n\r\n")
        assert connection.raw(2, 2) == b"\r\n"
        call(pbx).bye()
    assert pbx.opened == 1 and not pbx.dropped()
    assert um.metrics()['um_connections_total{result="accepted"}'] == 1


# -- MX-ONE: no answer in 4 s, and the host is not called again for 32 s

def mx_one_call(um):
    """A call that has to be answered in 3 s; gives how long it took."""
    pbx = Udp(um.block.proxied, (um.block.door, 5060))
    um.closing.append(pbx)
    one = Call(pbx)
    start = time.monotonic()
    answer = one.invite(seconds=3.0 * SLOW)
    took = time.monotonic() - start
    if answer.status == 200:
        one.ack()
        hang_up(one)
    else:
        one.ack_failure(answer)
    return answer.status, took


def hang_up(one):
    """BYE over UDP: again after 500 ms, as its worker may just have died."""
    one.cseq += 1
    text = one.request("BYE")
    for wait in (0.5, 1.0, 2.0):
        one.ep.send(text)
        try:
            return one.final("BYE", wait * SLOW)
        except AssertionError:
            continue
    raise AssertionError(f"no answer to {text}")


def calls_all_the_time(um, seconds, during):
    """Calls one after the other while `during` happens; gives all their answers."""
    answers, errors, running = [], [], True

    def run():
        try:
            while running:
                answers.append(mx_one_call(um))
        except AssertionError as e:
            errors.append(e)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        during()
        time.sleep(seconds)
    finally:
        running = False
        thread.join(5)
    assert not errors, errors[0]
    return answers


@pytest.mark.parametrize("standby", ["yes", "no"])
def test_mx_one_is_answered_in_time(make, standby):
    """In recycles and in crashes, with a standby and without one."""
    um = make({"recycle": {"standby": standby}}).start()

    def trouble():
        for _ in range(3):
            um.recycle()
            time.sleep(0.1)
            um.wait_successor(kill_active(um), 10 * SLOW)
            if standby == "yes":
                um.wait_standby()
    answers = calls_all_the_time(um, 0.3, trouble)
    assert len(answers) > 20
    assert all(status == 200 for status, _ in answers), answers
    assert max(took for _, took in answers) < 3.0 * SLOW


def test_mx_one_gets_its_refusal_in_time(make):
    """No worker can start: a refusal after the hold, soon enough for the next host to be tried."""
    um = make().own_program().start()
    um.fake_worker("exit 1")
    for _ in range(3):
        for pid, _start in list(um.workers()):
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
    status, took = mx_one_call(um)
    assert status in (480, 503) and took < 3.3 * SLOW, (status, took)
    um.heal()
    um.wait_ready()


# -- CUCM: its answer to our offer is in the ACK, which must find the worker that offered

@pytest.mark.parametrize("connections", ["one", "request"])
def test_cucm_acknowledges_after_a_recycle(um, connections):
    """The 200 was the old worker's; the ACK comes when another one serves, by the same way or a new one."""
    um.wait_standby()
    pbx = Pbx(um, um.block.proxied, replace(HABITS["CUCM"], connections=connections))
    rtp = Rtp(pbx.ip)
    um.closing.append(rtp)
    leg = pbx.new_leg()
    ok = leg.invite(pbx.service)
    assert ok.status == 200 and "m=audio" in ok.body.decode(), ok
    um.recycle()
    leg.ack(sdp(rtp.ip, rtp.port))
    until("sound where the ACK said", 2 * SLOW, rtp.heard)
    leg.hold_and_resume()
    leg.bye()
    assert pbx.opened == (1 if connections == "one" else 7)


# -- OPTIONS: one miss can keep us out for two minutes

PINGS = {
    "CUCM": ("cucm-options.sip", "tcp", None),
    "CS1000": ("cs1000-options.sip", "tcp", None),
    "chan_sip": ("asterisk-options.sip", "udp", None),
    "Session Manager": ("cucm-options.sip", "tcp", "OPTIONS sip:um.example.com SIP/2.0\r\n"
                        "Route: <sip:{door};transport=tcp;lr;phase=terminating>"),
    "AudioCodes": ("asterisk-options.sip", "udp", "OPTIONS sip:gw-name.example.com;user=phone SIP/2.0"),
    "IOS": ("asterisk-options.sip", "udp", "OPTIONS sip:{door}:5060 SIP/2.0\r\nTimestamp: 1717402530"),
}


def test_options_in_every_phase(um):
    """Each family's ping, all the time, while workers are recycled and killed: a 200 to each, at once."""
    um.wait_standby()
    pings, slow, running = [0], [], True

    def ping(row):
        message, transport, start = PINGS[row]
        ep = getattr(um, transport)()
        while running:
            text = renew(load(message, ep.ip, um.block.door, transport))
            if start:
                text.start = start.format(door=um.block.door)
            began = time.monotonic()
            ep.send(str(text))
            answer = ep.recv(2 * SLOW, lambda m, t=text: m.get("Call-ID") == t.get("Call-ID"), row)
            pings[0] += 1
            if answer.status != 200 or time.monotonic() - began > 0.5 * SLOW:
                slow.append((row, answer.start, time.monotonic() - began))
            time.sleep(0.01)

    threads = [threading.Thread(target=ping, args=(row,), daemon=True) for row in PINGS]
    for t in threads:
        t.start()
    for _ in range(2):
        um.recycle()
        time.sleep(0.2)
        um.wait_successor(kill_active(um), 10 * SLOW)
        um.wait_standby()
    running = False
    for t in threads:
        t.join(5)
        assert not t.is_alive()
    assert not slow, slow
    assert pings[0] > 50 * len(PINGS) / SLOW, f"only {pings[0]} were answered"
    assert um.metrics()["um_calls_started_total"] == 0


# -- pjsip closes a connection that has been idle for 33 s; its dialogs go on

@pytest.mark.parametrize("who", ["it", "we"])
def test_pjsip_has_closed_its_connection(um, who):
    um.wait_standby()
    pbx = peer(um, "pjsip uri_pjsip")
    leg = call(pbx)
    for e in pbx.endpoints:
        e.close()
        e.closed = True
    pbx.endpoints.clear()
    if who == "it":
        um.recycle()
        leg.hold_and_resume()
        leg.bye()
        assert pbx.opened == 2
    else:
        um.recycle("--now")
        leg.hung_up(3 * SLOW)
        assert um.metrics()['um_connections_total{result="opened"}'] == 1


# -- Dialogic: a socket for each request, closed when it has its answer

def test_dialogic_closes_each_socket(um):
    um.wait_standby()
    pbx = peer(um, "Dialogic IMG")
    leg = call(pbx)

    def closes():
        for e in pbx.endpoints:
            e.close()
            e.closed = True
        pbx.endpoints.clear()
    closes()
    um.recycle()
    leg.hold_and_resume()
    closes()
    leg.bye()
    leg = call(pbx)
    closes()
    until("the old worker has gone", 10 * SLOW, lambda: not um.slot("draining") and um.slot("standby"))
    um.recycle("--now")
    leg.hung_up(3 * SLOW)
    assert um.metrics()["um_calls_started_total"] == 2


# -- CS1000: two proxy servers for one system, and it may never acknowledge a 302

def test_cs1000_goes_on_through_its_other_sps(make):
    um = make()
    um.configure({"trunk proxied": {"source": f"{um.block.proxied} {um.block.ip(15)}"}})
    um.start().wait_standby()
    first, second = peer(um, "CS1000 6 behind SPS"), peer(um, "CS1000 6 behind SPS", 15)
    leg = call(first)
    um.recycle()
    leg.pbx = second
    leg.hold_and_resume()
    leg.bye()
    leg = call(first)
    leg.pbx = second
    leg.hold_and_resume()
    until("the old worker has gone", 10 * SLOW, lambda: not um.slot("draining") and um.slot("standby"))
    um.recycle("--now")
    leg.hung_up(3 * SLOW)  # on the connection of the last request; its Route names the first one


def test_cs1000_never_acknowledges_the_302(make):
    """Neither is the 302 repeated, nor is anything left of the call; a retransmission gets the same 302."""
    um = make({"trunk redirected": {"contact_style": "nrs", "domain": "um.example.com"}}).start()
    pbx = um.udp(um.block.redirected)
    text = renew(load("cs1000-invite-udp-r5.sip", pbx.ip, um.block.door, "udp"))
    text.set("Via", text.get("Via").replace(f"{pbx.ip}:5060", f"{pbx.ip}:{pbx.port}"))
    pbx.send(str(text))
    first = pbx.recv(2, lambda m: m.status >= 200, "the 302")
    assert first.status == 302, first
    pbx.silent(1.2)
    pbx.send(str(text))
    assert pbx.recv(2, lambda m: m.status >= 200).raw == first.raw
    assert um.metrics()["um_invites_pending"] == 0
