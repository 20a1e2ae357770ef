"""TLS over IPv6: calls in, our own connections out, and peers that are known by an IPv6 address in their
certificate or in trunk.source."""

import os
import signal
import ssl

import pytest

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.tls import Ear, Pki, Tls

US, PBX, OTHER, FOLLOWER = (f"2001:db8:5060::{n}" for n in ("20", "10", "11", "12"))


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    p = Pki(tmp_path_factory.mktemp("pki"))
    p.ca.issue("um", f"DNS:um.example.com,IP:{US}")
    p.ca.issue("pbx", f"IP:{PBX}")
    p.ca.issue("wrong", f"IP:{OTHER}")
    return p


@pytest.fixture
def um(net, make_on, pki):
    host, pbx = net.space("um"), net.space("pbx")
    net.wire(host, f"{US}/64", pbx, f"{PBX}/64 {OTHER}/64 {FOLLOWER}/64")
    um = make_on(host, US, {
        "by-name": {"source": PBX, "tls_name": PBX, "tls": "required", "mode": "proxy", "reuse": "no"},
        "by-address": {"source": OTHER, "mode": "proxy"},
        "follower": {"source": FOLLOWER, "mode": "redirect"},
    }, {"listen": {"address": US, "transports": "udp tcp tls"},
        "tls": {"certificate": pki.folder / "um.pem", "key": pki.ca.key("um"), "ca": pki.ca.pem}})
    um.pbx, um.pki = pbx, pki
    return um


def tls(um, ip, certificate=None, to=5061, name=US):
    """A connection whose other end must be who it should be: our certificate names our address."""
    context = um.pki.client(certificate)
    context.check_hostname = True
    with um.pbx:
        return um.pbx.net.keep(Tls(ip, (US, to), context, name=name))


def offer(call):
    return call.offer().replace("IN IP4", "IN IP6")


def opened(endpoint, **how):
    call = Call(endpoint, **how)
    answer = call.invite(body=offer(call))
    assert answer.status == 200, answer
    call.ack()
    return call


def test_calls_through_a_recycle(um):
    pbx = tls(um, OTHER)
    call = opened(pbx)
    assert f"@[{US}]:5061;transport=tls" in call.ok.get("Contact")
    assert f"received={OTHER}" in call.ok.get("Via")
    um.recycle()
    assert call.reinvite(body=offer(call)).status == 200
    assert opened(pbx).bye().status == 200
    assert call.bye().status == 200


def test_known_by_an_address_in_the_certificate(um):
    assert opened(tls(um, PBX, "pbx")).bye().status == 200
    for certificate in (None, "wrong"):
        with pytest.raises((AssertionError, OSError, ssl.SSLError)):
            opened(tls(um, PBX, certificate))
    um.wait_log(rf"TLS connection from \[{PBX}\]:\d+ refused: trunk by-name must show {PBX}; it has shown "
                rf"ip:{OTHER}")


def test_our_bye_on_a_connection_of_our_own(um):
    """reuse = no: we connect to the Contact, and look at who it is there."""
    with um.pbx:
        ear = Ear(um, um.pki.server("pbx"), ip=PBX)
    pbx = tls(um, PBX, "pbx")
    call = Call(pbx)
    text = call.request("INVITE", body=offer(call)).replace(
        f"[{PBX}]:{pbx.port};transport", f"[{PBX}]:5061;transport")
    pbx.send(text)
    call.confirm(call.final("INVITE"))
    call.ack()
    um.wait_standby()
    os.kill(um.active()["pid"], signal.SIGKILL)
    own = ear.accept()
    bye = own.recv(5 * SLOW, lambda m: m.method == "BYE", "the BYE")
    assert bye.get("Via").startswith(f"SIP/2.0/TLS [{US}]:5061;") and bye.uri.startswith(f"sip:2101@[{PBX}]")
    own.answer(bye)


def test_a_302_names_the_tls_port(um):
    call = Call(tls(um, FOLLOWER), uri="sips:3500@um.example.com")
    answer = call.invite(body=offer(call))
    port = 5066 if um.active()["slot"] == "A" else 5068
    assert answer.status == 302, answer
    assert answer.get("Contact") == f"<sips:3500@[{US}]:{port};transport=tls>"
    call.ack_failure(answer)
    assert opened(tls(um, FOLLOWER, to=port), uri="sips:3500@um.example.com").bye().status == 200


def test_plain_where_tls_is_required(um):
    pbx = um.pbx.tcp(PBX, (US, 5060))
    call = Call(pbx)
    assert call.invite(body=offer(call)).status == 403
