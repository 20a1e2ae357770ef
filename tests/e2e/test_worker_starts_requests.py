"""Requests that a worker starts leave by a door with the next hop rules: first Route, else the
Contact's maddr, else its host and port; over TCP on the PBX's connection, or on a new one to the
Contact when that has gone."""

import os
import signal
import socket

import pytest

from harness.evertrunk import SLOW
from harness.rtp import PCMU, speech
from harness.sip import Call, Tcp, Udp
from harness.voice import Caller


def end_by_key(caller):
    caller.listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 1.2))
    caller.rtp.digit("#")


def test_bye_comes_from_the_door_that_was_called(um):
    for port in (5060, 5065, 5067):
        pbx = um.udp(to=port)
        caller = Caller(um, pbx).dial()
        end_by_key(caller)
        bye = caller.call.hung_up(3 * SLOW)
        assert pbx.last_from == (um.block.door, port)
        assert len(bye.all("Via")) == 1
        assert bye.get("Via").startswith(f"SIP/2.0/UDP {um.block.door}:{port};")


def elsewhere_of(um):
    elsewhere = Udp(um.block.ip(31), None, 5070)
    um.closing.append(elsewhere)
    return elsewhere


def bye_goes_to(um, make_contact, fields=""):
    """A call whose Contact is elsewhere; gives the BYE that arrived there."""
    pbx, elsewhere = um.udp(), elsewhere_of(um)
    caller = Caller(um, pbx)
    call = caller.call
    plain = call.request
    call.request = lambda *a, **k: replace_contact(plain(*a, **k), make_contact(elsewhere))
    caller.dial(fields=fields)
    end_by_key(caller)
    bye = elsewhere.recv(3 * SLOW, lambda m: m.method == "BYE", "the BYE")
    elsewhere.send(_ok(bye), elsewhere.last_from)
    return bye


def _ok(request):
    copied = "".join(f"{name}: {request.get(name)}\r\n"
                     for name in ("Via", "From", "To", "Call-ID", "CSeq"))
    return f"SIP/2.0 200 OK\r\n{copied}Content-Length: 0\r\n\r\n"


def replace_contact(text, contact):
    start = text.index("Contact: ")
    return text[:start] + f"Contact: {contact}" + text[text.index("\r\n", start):]


def test_contact_host_and_port(um):
    bye = bye_goes_to(um, lambda e: f"<sip:2101@{e.ip}:{e.port}>")
    assert bye.uri == f"sip:2101@{um.block.ip(31)}:5070"


def test_contact_maddr(um):
    bye = bye_goes_to(um, lambda e: "<sip:2101;phone-context=cdp.udp@um.example.com:5070;"
                                    f"maddr={e.ip};transport=udp;user=phone>")
    assert bye.uri.startswith("sip:2101;phone-context=cdp.udp@um.example.com:5070;")


def test_record_route(um):
    route = f"<sip:{um.block.ip(31)}@{um.block.ip(31)}:5070;transport=udp;lr>"
    bye = bye_goes_to(um, lambda e: "<sip:2101@192.0.2.10:5060>", f"Record-Route: {route}\r\n")
    assert bye.get("Route") == route
    assert bye.uri == "sip:2101@192.0.2.10:5060"


def test_record_route_with_maddr(um):
    """The first Route's maddr counts as a Contact's does."""
    route = f"<sip:sps@nrs.example.com:5070;maddr={um.block.ip(31)};transport=UDP;lr>"
    bye = bye_goes_to(um, lambda e: "<sip:2101@192.0.2.10:5060>", f"Record-Route: {route}\r\n")
    assert bye.get("Route") == route


@pytest.mark.parametrize("whose", ["the worker's", "the supervisor's"])
def test_a_strict_router_is_the_request_uri(um, whose):
    """A Record-Route of old, without lr (RFC 3261 12.2.1.1): it gets the request in its own name, and the rest
    of the way, the Contact last, as Route; also when the worker is dead and the BYE the supervisor's."""
    pbx, elsewhere, far = um.udp(), elsewhere_of(um), "<sip:2101@192.0.2.10:5060>"
    caller = Caller(um, pbx)
    plain, second = caller.call.request, "<sip:192.0.2.77:5080;lr>"
    caller.call.request = lambda *a, **k: replace_contact(plain(*a, **k), far)
    caller.dial(fields=f"Record-Route: <sip:{elsewhere.ip}:5070>,{second}\r\n")
    if whose == "the worker's":
        end_by_key(caller)
    else:
        os.kill(um.active()["pid"], signal.SIGKILL)
    bye = elsewhere.recv(5 * SLOW, lambda m: m.method == "BYE", "the BYE")
    elsewhere.send(_ok(bye), elsewhere.last_from)
    assert bye.uri == f"sip:{elsewhere.ip}:5070"
    assert [r.strip() for line in bye.all("Route") for r in line.split(",")] == [second, far]


def test_the_domain_stands_for_the_address(make):
    um = make()
    um.configure({"trunk proxied": {"domain": "pbx.example.com",
                                    "address": f"{um.block.ip(31)}:5070"}})
    bye = bye_goes_to(um.start(), lambda e: "<sip:2101@PBX.example.com>")
    assert bye.uri == "sip:2101@PBX.example.com"


def test_a_name_that_we_do_not_know_means_the_calls_own_peer(make):
    um = make({"trunk proxied": {"domain": "pbx.example.com"}}).start()
    for contact in ("<sip:2101@gateway.example.com:5099>", "<sip:2101@pbx.example.com>",
                    "<sip:2101@gateway.example.com;maddr=other.example.com>"):
        caller = Caller(um, um.udp())
        plain = caller.call.request
        caller.call.request = lambda *a, **k: replace_contact(plain(*a, **k), contact)
        end_by_key(caller.dial())
        assert caller.call.hung_up(3 * SLOW).uri == contact[1:-1]


def refreshed(um, method):
    """A call whose PBX has moved to another address in the middle of it; where it is now."""
    elsewhere = elsewhere_of(um)
    caller = Caller(um, um.udp()).dial()
    call = caller.call
    plain = call.request
    call.request = lambda *a, **k: replace_contact(plain(*a, **k), f"<sip:2101@{elsewhere.ip}:5070>")
    call.cseq += 1
    call.ep.send(call.request(method, body=call.offer(version=2)))
    assert call.final(method).status == 200
    if method == "INVITE":
        call.ack()
    return caller, elsewhere


def bye_at(um, elsewhere):
    bye = elsewhere.recv(5 * SLOW, lambda m: m.method == "BYE", "the BYE at the new address")
    assert bye.uri == f"sip:2101@{elsewhere.ip}:5070"
    elsewhere.send(_ok(bye), elsewhere.last_from)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_the_contact_of_a_refresh_counts(um, method):
    caller, elsewhere = refreshed(um, method)
    end_by_key(caller)
    bye_at(um, elsewhere)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_the_contact_of_a_refresh_counts_for_the_supervisor_too(um, method):
    _caller, elsewhere = refreshed(um, method)
    os.kill(um.active()["pid"], signal.SIGKILL)
    bye_at(um, elsewhere)


def listener(um):
    ear = socket.socket()
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ear.bind((um.block.proxied, 5060))
    ear.listen()
    ear.settimeout(4 * SLOW)
    um.closing.append(ear)
    return ear


def caller_with_an_ear(um, pbx):
    """A PBX that calls from any port and listens at 5060, as its Contact says."""
    caller = Caller(um, pbx)
    plain = caller.call.request
    caller.call.request = lambda *a, **k: replace_contact(
        plain(*a, **k), f"<sip:2101@{um.block.proxied}:5060;transport=tcp>")
    return caller.dial()


@pytest.mark.parametrize("whose", ["the worker's", "the supervisor's"])
@pytest.mark.parametrize("contact", ["of the connection", "of a listening port"])
def test_on_the_connection_of_the_pbx(um, contact, whose):
    """Also when the Contact names another port, where it listens too: nothing is opened."""
    pbx = um.tcp()
    if contact == "of the connection":
        caller = Caller(um, pbx).dial()
    else:
        listener(um)
        caller = caller_with_an_ear(um, pbx)
    if whose == "the worker's":
        end_by_key(caller)
    else:
        os.kill(um.active()["pid"], signal.SIGKILL)
    bye = caller.call.hung_up(5 * SLOW)
    assert bye.get("Via").startswith(f"SIP/2.0/TCP {um.block.door}:5060;")
    pbx.silent(1.2, lambda m: m.method == "BYE")  # no repeats on a stream
    assert um.metrics()['um_connections_total{result="opened"}'] == 0


def test_not_on_the_connection_of_a_pbx_that_does_not_like_it(make):
    um = make({"trunk proxied": {"reuse": "no"}}).start()
    ear, pbx = listener(um), um.tcp()
    caller = caller_with_an_ear(um, pbx)
    end_by_key(caller)
    other = Tcp.accepted(ear.accept()[0])
    um.closing.append(other)
    bye = other.recv(2 * SLOW, lambda m: m.method == "BYE", "the BYE on a connection of ours")
    other.answer(bye)
    pbx.silent(0.3, lambda m: m.method == "BYE")


def test_on_a_new_connection_when_that_has_gone(um):
    ear, pbx = listener(um), um.tcp()
    caller = caller_with_an_ear(um, pbx)
    pbx.close()
    end_by_key(caller)
    sock, _addr = ear.accept()
    other = Tcp.accepted(sock)
    um.closing.append(other)
    bye = other.recv(2 * SLOW, lambda m: m.method == "BYE", "the BYE on a new connection")
    other.answer(bye)
    assert um.metrics()['um_connections_total{result="opened"}'] == 1


def test_the_supervisors_bye_on_a_new_connection_when_that_has_gone(um):
    ear, pbx = listener(um), um.tcp()
    caller = caller_with_an_ear(um, pbx)
    pbx.close()
    os.kill(um.active()["pid"], signal.SIGKILL)
    other = Tcp.accepted(ear.accept()[0])
    um.closing.append(other)
    bye = other.recv(2 * SLOW, lambda m: m.method == "BYE", "the BYE on a new connection")
    assert bye.get("Call-ID") == caller.call.call_id
    other.answer(bye)


def test_an_answer_goes_to_the_sent_by_port_when_the_connection_has_gone(um):
    """RFC 3261 18.2.2: the address of the request, the port of its Via."""
    ear, pbx = listener(um), um.tcp()
    call = Call(pbx)
    text = call.request("INVITE", body=call.offer())
    pbx.send(text.replace(f"TCP {pbx.ip}:{pbx.port};", f"TCP {pbx.ip}:5060;"))
    pbx.close()
    other = Tcp.accepted(ear.accept()[0])
    um.closing.append(other)
    call.ep = other
    answer = call.final("INVITE", 3 * SLOW)
    assert answer.status == 200
    call.confirm(answer)
    call.ack()
    assert call.bye().status == 200


def test_an_answer_finds_the_connection_that_asked(um):
    """A dialog over three connections: each response comes back where its request came in."""
    first, second, third = um.tcp(), um.tcp(), um.tcp()
    call = Call(first).open()
    call.ep = second
    assert call.reinvite().status == 200
    call.ep = third
    assert call.bye().status == 200
