"""What becomes of calls when their TCP connection does not: a router forgets it, a PBX starts anew and
knows nothing of it.  The dialog lives on, and the next request of either side finds its way."""

import os
import signal
import socket
import time

import pytest

from harness.evertrunk import SLOW
from harness.sip import Call, Tcp, param
from harness.wait import until

US, PBX = "192.0.2.20", "203.0.113.10"
FORGET = """
table ip forget {
	chain c {
		type filter hook forward priority 0;
		tcp sport PORT ACTION
		tcp dport PORT ACTION
	}
}
"""


@pytest.fixture
def um(net, make_on):
    host, router, pbx = net.space("um"), net.space("router"), net.space("pbx")
    net.wire(host, f"{US}/24", router, "192.0.2.1/24")
    net.wire(router, "203.0.113.1/24", pbx, f"{PBX}/24")
    router.forward()
    host.route("default", "192.0.2.1")
    pbx.route("default", "203.0.113.1")
    um = make_on(host, US, {"pbx": {"source": PBX, "mode": "proxy"}})
    um.pbx, um.router = pbx, router
    return um


def forget(um, connection, action="drop"):
    """The router has forgotten this connection: what belongs to it is dropped, or reset."""
    um.router.nft(FORGET.replace("PORT", str(connection.port)).replace("ACTION", action))


def ear(um, port=5060):
    """The PBX listens where its Contact says."""
    with um.pbx:
        s = um.pbx.net.keep(socket.socket())
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((PBX, port))
    s.listen()
    s.settimeout(25)
    return s


def caller_with_an_ear(um, connection):
    """A PBX that calls from any port and listens at 5060, as its Contact says."""
    caller = um.pbx.caller(um, connection)
    plain = caller.call.request
    caller.call.request = lambda *a, **k: plain(*a, **k).replace(
        f"{PBX}:{connection.port};transport", f"{PBX}:5060;transport")
    return caller.dial()


def test_the_kernel_asks_whether_an_idle_peer_is_there(um):
    """TCP keep-alive on every connection, ours and theirs: the first question after two minutes of
    silence, so that an hour of it keeps a router's memory fresh and a dead peer is found out."""
    connection = um.pbx.tcp(PBX, (US, 5060))
    assert Call(connection).open().bye().status == 200
    line = until("the connection is idle and watched", 3,
                 lambda: [c for c in um.connections() if "timer:(keepalive," in c])[0]
    left = line.split("timer:(keepalive,")[1].split(",")[0]
    assert left.startswith("1min") or int(left.removesuffix("sec")) <= 120, left


def test_a_bye_on_another_connection_ends_the_call(um):
    first = um.pbx.tcp(PBX, (US, 5060))
    call = um.pbx.caller(um, first).dial().call
    forget(um, first)
    call.ep = um.pbx.tcp(PBX, (US, 5060))
    assert call.reinvite().status == 200
    assert call.bye().status == 200
    until("the call is over", 2, lambda: um.calls() == [])


def bye_on_a_new_connection(um, listener):
    other = Tcp.accepted(listener.accept()[0])
    um.pbx.net.keep(other)
    bye = other.recv(5 * SLOW, lambda m: m.method == "BYE", "the BYE on a new connection")
    other.answer(bye)
    until("the call is over", 2, lambda: um.calls() == [])


def test_our_bye_when_the_pbx_knows_nothing_of_the_connection(um):
    """It has been switched off and on: our first packet is answered with a reset."""
    listener, first = ear(um), um.pbx.tcp(PBX, (US, 5060))
    caller = caller_with_an_ear(um, first)
    caller.listen_to_the_greeting()
    forget(um, first, "reject with tcp reset")
    caller.rtp.digit("#")
    bye_on_a_new_connection(um, listener)


def test_our_bye_when_the_connection_is_silently_gone(um):
    """Nothing comes back, not even a reset: a new connection is tried while the BYE is still worth
    something (RFC 3261 17.1.2.2: 32 s)."""
    listener, first = ear(um), um.pbx.tcp(PBX, (US, 5060))
    caller = caller_with_an_ear(um, first)
    caller.listen_to_the_greeting()
    forget(um, first)
    caller.rtp.digit("#")
    bye_on_a_new_connection(um, listener)
    um.wait_log("nothing comes back, a new one is used")
    # it was the router only, and it remembers: what the PBX says on the old one is answered there
    um.router.nft("delete table ip forget")
    assert Call(first).open(seconds=10).bye().status == 200


@pytest.mark.parametrize("how", ["reject with tcp reset", "drop"])
def test_a_dead_workers_call_whose_connection_is_gone_too(um, how):
    """The supervisor's own BYE is on a connection that takes it along: another one is opened, once."""
    listener, first = ear(um), um.pbx.tcp(PBX, (US, 5060))
    caller = caller_with_an_ear(um, first)
    um.wait_standby()
    forget(um, first, how)
    os.kill(um.active()["pid"], signal.SIGKILL)
    other = Tcp.accepted(listener.accept()[0])
    um.pbx.net.keep(other)
    bye = other.recv(5 * SLOW, lambda m: m.method == "BYE", "the BYE on a new connection")
    assert bye.get("Call-ID") == caller.call.call_id
    other.silent(1.5, lambda m: m.method == "BYE")  # nothing is repeated on one that stands
    other.answer(bye)
    assert um.metrics()["um_calls_active"] == 0


def test_a_dead_workers_call_whose_pbx_comes_back(um):
    """Nobody listens at first: the connection is tried again until somebody does."""
    first = um.pbx.tcp(PBX, (US, 5060))
    caller = caller_with_an_ear(um, first)
    um.wait_standby()
    forget(um, first, "reject with tcp reset")
    os.kill(um.active()["pid"], signal.SIGKILL)
    um.wait_log("its worker is dead")
    time.sleep(2)
    other = Tcp.accepted(ear(um).accept()[0])
    um.pbx.net.keep(other)
    bye = other.recv(5 * SLOW, lambda m: m.method == "BYE", "the BYE on a new connection")
    assert bye.get("Call-ID") == caller.call.call_id
    other.answer(bye)


def test_an_answer_when_the_connection_of_the_request_is_gone(um):
    """The request comes, and its connection ends before the answer: that goes to the source, at the
    port of the Via (RFC 3261 18.2.2)."""
    listener, first = ear(um, 5071), um.pbx.tcp(PBX, (US, 5060))
    call = Call(first)
    text = call.request("INVITE", body=call.offer()).replace(
        f"TCP {PBX}:{first.port}", "TCP 10.9.9.9:5071")
    first.send(text)
    first.close()
    other = Tcp.accepted(listener.accept()[0])
    um.pbx.net.keep(other)
    answer = other.recv(3, call.mine("INVITE"), "the 200")
    assert answer.status == 200 and param(answer.get("Via"), "received") == PBX
    call.ep = other
    call.confirm(answer)
    call.ack()
    assert call.bye().status == 200
