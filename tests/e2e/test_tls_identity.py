"""Who is at the other end of a TLS connection: trunks known by the names in their certificates, whether
they connect to us or we to them, and what each trunk's `tls` allows."""

import shutil
import ssl
import time

import pytest

from harness.evertrunk import SLOW
from harness.rtp import PCMU, speech
from harness.sip import Call, between
from harness.tls import Authority, Ear, Pki, s_client, tls
from harness.voice import Caller
from harness.wait import until


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    p = Pki(tmp_path_factory.mktemp("pki"))
    p.ca.issue("pbx", "DNS:other.example.com,DNS:pbx.example.com")
    p.ca.issue("wrong", "DNS:pbx.example.org")
    p.ca.issue("wild", "DNS:*.example.com")
    p.ca.issue("toowild", "DNS:*.com")
    p.ca.issue("uri", "URI:sip:pbx.example.com")
    p.ca.issue("user", "URI:sip:um@pbx.example.com")
    p.ca.issue("subject", subject="/CN=pbx.example.com")
    p.ca.issue("hidden", "DNS:x.example.org", subject="/CN=pbx.example.com")
    p.ca.issue("wildsubject", subject="/CN=*.example.com")
    p.ca.issue("expired", "DNS:pbx.example.com", days=-1)
    p.ca.issue("server", "DNS:pbx.example.com", extensions="extendedKeyUsage=serverAuth\n")
    p.ca.issue("mail", "DNS:pbx.example.com", extensions="extendedKeyUsage=emailProtection\n")
    p.ca.issue("roaming", "DNS:roaming.example.com")
    p.other = Authority(p.folder, "other")
    p.other.issue("unknown", "DNS:pbx.example.com")
    return p


def named(um, last=21):
    return um.block.ip(last)


@pytest.fixture
def um(make, pki):
    um = make()
    um.configure({
        "trunk named": {"source": named(um), "tls_name": "pbx.example.com", "mode": "proxy"},
        "trunk roaming": {"tls_name": "roaming.example.com", "mode": "proxy"},
        "trunk strict": {"source": named(um, 22), "tls": "required", "mode": "proxy"},
        "trunk plain": {"source": named(um, 23), "tls": "never", "mode": "proxy"},
    })
    return pki.setup(um).start()


def options(endpoint):
    call = Call(endpoint)
    endpoint.send(call.request("OPTIONS"))
    return call.final("OPTIONS").status


LET_IN = ["pbx", "wild", "uri", "subject", "server"]
KEPT_OUT = [
    (None, "it has shown no certificate"),
    ("wrong", "it has shown dns:pbx.example.org subject:wrong"),
    ("toowild", "it has shown dns:*.com"),
    ("user", "it has shown subject:user"),
    ("hidden", "dns:x.example.org subject:pbx.example.com"),
    ("wildsubject", "subject:*.example.com"),
    ("expired", "which counts for nothing: expired"),
    ("unknown", "which counts for nothing: signed by nobody that tls.ca knows"),
    ("mail", "which counts for nothing: made for something else"),
]


def test_who_is_let_in(um, pki):
    for certificate in LET_IN:
        pbx = tls(um, pki.client(certificate), ip=named(um))
        assert Call(pbx).open().bye().status == 200, certificate
        pbx.close()
    until("the calls are counted", 5, lambda: um.trunks()["named"]["calls"] == 0)
    assert um.trunks()["named"]["started"] == len(LET_IN)


def test_who_is_kept_out(um, pki):
    """Each is closed after the handshake, with one line that says why."""
    for certificate, words in KEPT_OUT:
        pbx = tls(um, pki.client(certificate), ip=named(um))
        assert pbx.wait_closed(5), f"{certificate} lives"
        line = um.wait_log(f"TLS connection from {pbx.ip}:{pbx.port} refused")
        assert "trunk named must show pbx.example.com" in line
        assert words in line, line
    assert um.metrics()['um_tls_handshakes_total{result="refused"}'] == len(KEPT_OUT)
    assert um.trunks()["named"]["started"] == 0


def test_a_name_is_more_than_an_address(um, pki):
    """roaming has no source at all; and a trunk's certificate counts from another trunk's address."""
    for last in (77, 23):
        pbx = tls(um, pki.client("roaming"), ip=um.block.ip(last))
        assert Call(pbx).open().bye().status == 200
        pbx.close()
    assert um.trunks()["roaming"]["started"] == 2


def test_a_stranger_gets_403_and_no_more(um, pki):
    for certificate in (None, "wrong", "unknown", "expired"):
        pbx = tls(um, pki.client(certificate), ip=um.block.stranger)
        assert options(pbx) == 403
        assert pbx.wait_closed(5)
    assert um.log.count(f"refused request from {um.block.stranger}: unknown source") == 4


def test_required_and_never(um):
    strict, plain = named(um, 22), named(um, 23)
    assert options(um.udp(ip=strict)) == 403
    assert options(um.tcp(ip=strict)) == 403
    assert options(tls(um, ip=strict)) == 200
    assert options(um.udp(ip=plain)) == 200
    assert options(um.tcp(ip=plain)) == 200
    assert options(tls(um, ip=plain)) == 403
    assert Call(um.udp(ip=strict)).invite().status == 403
    assert um.metrics()['um_refused_total{why="tls"}'] == 4
    um.wait_log("answered 403: TLS is required")
    um.wait_log("answered 403: TLS is not allowed")


def end_by_key(caller):
    caller.listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 1.2))
    caller.rtp.digit("#")


def call_and_vanish(um, pki, certificate):
    """The named PBX calls, its connection goes, and we hang up."""
    pbx = tls(um, pki.client("pbx"), ip=named(um))
    caller = Caller(um, pbx)
    plain = caller.call.request
    caller.call.request = lambda *a, **k: plain(*a, **k).replace(
        f"@{pbx.ip}:{pbx.port};transport", f"@{pbx.ip}:5061;transport")
    ear = Ear(um, pki.server(certificate), ip=named(um))
    caller.dial()
    pbx.close()
    end_by_key(caller)
    return ear.accept(4 * SLOW)


@pytest.mark.parametrize("certificate", ["pbx", "wild"])
def test_whom_we_connect_to_must_be_it(um, pki, certificate):
    other = call_and_vanish(um, pki, certificate)
    bye = other.recv(3 * SLOW, lambda m: m.method == "BYE", "the BYE")
    other.answer(bye)


@pytest.mark.parametrize("certificate", ["wrong", "expired", "unknown"])
def test_whom_we_connect_to_and_is_not_it(um, pki, certificate):
    """Its call's BYE is for nobody else's eyes."""
    other = call_and_vanish(um, pki, certificate)
    assert other.wait_closed(5)
    assert other.buffer == b"", "not a byte of the BYE"
    um.wait_log(f"TLS connection to {named(um)}:5061 refused: trunk named must show pbx.example.com")


def test_the_name_that_we_ask_for(um, pki):
    """SNI: the trunk's tls_name."""
    asked = []
    context = pki.server("pbx")
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    pbx = tls(um, pki.client("pbx"), ip=named(um))
    caller = Caller(um, pbx)
    plain = caller.call.request
    caller.call.request = lambda *a, **k: plain(*a, **k).replace(
        f"@{pbx.ip}:{pbx.port};transport", f"@{pbx.ip}:5061;transport")
    ear = Ear(um, context, ip=named(um))
    caller.dial()
    pbx.close()
    end_by_key(caller)
    other = ear.accept(4 * SLOW)
    other.answer(other.recv(3 * SLOW, lambda m: m.method == "BYE", "the BYE"))
    assert asked == ["pbx.example.com"]


def test_a_required_trunk_is_not_called_back_in_the_clear(make, pki):
    """Its Contact says TCP: our BYE takes the way of its call."""
    um = make()
    um.configure({"trunk strict": {"source": named(um), "tls": "required", "mode": "proxy"}})
    pki.setup(um).start()
    pbx = tls(um, ip=named(um))
    caller = Caller(um, pbx)
    plain = caller.call.request
    caller.call.request = lambda *a, **k: plain(*a, **k).replace(
        f":{pbx.port};transport=tls", ":5060;transport=tcp")
    caller.dial()
    end_by_key(caller)
    bye = caller.call.hung_up(3 * SLOW)
    assert bye.get("Via").startswith("SIP/2.0/TLS")


def test_a_reload_asks_again(um, pki):
    """A connection whose trunk now wants another name is closed, the others live on."""
    good, roaming = tls(um, pki.client("pbx"), ip=named(um)), tls(um, pki.client("roaming"))
    assert options(good) == options(roaming) == 200
    um.configure({"trunk named": {"tls_name": "new.example.com"}})
    assert um.ctl("reload").status == 0
    assert good.wait_closed(5)
    assert options(roaming) == 200
    um.configure({"trunk named": {"tls_name": "new.example.com pbx.example.com"}})
    assert um.ctl("reload").status == 0
    assert options(tls(um, pki.client("pbx"), ip=named(um))) == 200


def test_an_old_session_proves_nothing_to_another_ca(um, pki):
    """A resumed session is the client's certificate again, until tls.ca is another."""
    context = pki.client("pbx", version=ssl.TLSVersion.TLSv1_2)
    first = tls(um, context, ip=named(um))
    assert options(first) == 200
    session = first.sock.session
    again = tls(um, context, ip=named(um), session=session)
    assert again.sock.session_reused
    assert options(again) == 200
    shutil.copy(pki.other.pem, um.folder / "ca.pem")
    assert um.ctl("reload-tls").status == 0
    late = tls(um, context, ip=named(um), session=session)
    assert not late.sock.session_reused
    assert late.wait_closed(5)
    assert options(first) == 200, "what is up lives on"


def test_a_session_taken_up_again_is_still_somebodys(um, pki):
    """Known by its name alone, from yet another address, without a certificate on the wire; also when ours has
    been read again."""
    context = pki.client("roaming", version=ssl.TLSVersion.TLSv1_2)
    first = tls(um, context, ip=um.block.ip(40))
    assert Call(first).open().bye().status == 200
    for last in 41, 42:
        again = tls(um, context, ip=um.block.ip(last), session=first.sock.session)
        assert again.sock.session_reused
        assert Call(again).open().bye().status == 200
        assert um.ctl("reload-tls").status == 0


def test_a_session_taken_up_again_ends_with_its_certificate(um, pki):
    """It was good when the session began; what is up then lives on."""
    end = time.time() + 4
    pki.ca.issue_until("brief", "DNS:pbx.example.com", time.strftime("%Y%m%d%H%M%SZ", time.gmtime(end)))
    context = pki.client("brief", version=ssl.TLSVersion.TLSv1_2)
    first = tls(um, context, ip=named(um))
    assert options(first) == 200
    time.sleep(max(0.0, end + 1.5 - time.time()))
    late = tls(um, context, ip=named(um), session=first.sock.session)
    assert late.sock.session_reused and late.wait_closed(5)
    um.wait_log("trunk named must show pbx.example.com; .*which counts for nothing: expired")
    assert options(first) == 200


@pytest.mark.parametrize("mode", ["redirect", "auto"])
@pytest.mark.parametrize("scheme", ["sip", "sips"])
def test_a_redirect_is_followed_by_name(um, pki, mode, scheme):
    """To the TLS port of the slot, from another address of the PBX's: the name is what counts there too, and
    nobody else's name is let into the call."""
    um.configure({"trunk roaming": {"mode": mode, "tls": "required"}})
    assert um.ctl("reload").status == 0
    context, here, there = pki.client("roaming"), um.block.ip(40), um.block.ip(41)
    first = Call(tls(um, context, ip=here), uri=f"{scheme}:3500@um.example.com")
    answer = first.invite()
    assert answer.status == 302, answer
    first.ack_failure(answer)
    uri, port = between(answer.get("Contact")), um.slot_port() + 1
    assert uri == f"{scheme}:3500@{um.block.door}:{port};transport=tls"
    for other in None, "wrong":
        stranger = Call(tls(um, pki.client(other), ip=there, to=port), uri=uri)
        assert stranger.invite().status == 403
    call = Call(tls(um, context, ip=there, to=port), uri=uri).open()
    own, call.ep = call.ep, tls(um, pki.client("wrong"), ip=there, to=port)
    assert call.bye().status == 403
    call.ep = own
    assert call.bye().status == 200
    assert um.trunks()["roaming"]["mode_now"] == "redirect"


def test_without_a_ca_nobody_is_asked(make, pki):
    um = pki.setup(make(), ca=False).start()
    said = s_client(um, say="Q\n")
    assert "No client certificate CA names sent" in said, said
    assert "Requested Signature Algorithms" not in said
    assert options(tls(um, pki.client("unknown"))) == 200
    um.configure({"trunk proxied": {"tls_name": "pbx.example.com"}})
    answer = um.ctl("reload")
    assert answer.status == 1 and "tls.ca" in answer.text
