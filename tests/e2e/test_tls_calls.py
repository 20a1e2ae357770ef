"""Calls over TLS: sound both ways, every door, what we say of ourselves (Contact, Via, 302), where our
own requests go, and what clients of other makes see of the doors."""

import socket
import ssl
import subprocess

import pytest

from harness.evertrunk import SLOW
from harness.rtp import PCMU, speech
from harness.sip import Call, between
from harness.tls import Ear, Pki, s_client, tls
from harness.voice import Caller
from harness.wait import until


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    p = Pki(tmp_path_factory.mktemp("pki"))
    p.ca.issue("pbx", "DNS:pbx.example.com")
    return p


@pytest.fixture
def um(make, pki):
    return pki.setup(make()).start()


def end_by_key(caller):
    caller.listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 1.2))
    caller.rtp.digit("#")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_message_is_left(um, pki, version):
    pbx = tls(um, pki.client(version=version))
    caller = Caller(um, pbx)
    caller.leave_message(seconds=2.0)
    recording = um.wait_recordings()[0]
    assert recording["wav"].stat().st_size > 2 * 8000
    assert um.metrics()['um_tls_handshakes_total{result="full"}'] == 1


def test_every_door(um):
    for port in (5061, 5066, 5068):
        pbx = tls(um, to=port)
        call = Call(pbx).open()
        contact = call.ok.get("Contact")
        assert f"@{um.block.door}:{port};transport=tls" in contact, contact
        assert contact.startswith("<sip:")
        assert call.bye().status == 200


def test_sips_is_answered_with_sips(um):
    call = Call(tls(um), uri="sips:3500@um.example.com").open()
    assert call.ok.get("Contact").startswith("<sips:"), call.ok
    assert call.target.startswith(f"sips:3500@{um.block.door}:5061")
    assert call.reinvite().status == 200
    assert call.bye().status == 200


def test_bye_of_ours_on_the_same_connection(um):
    pbx = tls(um)
    caller = Caller(um, pbx).dial()
    end_by_key(caller)
    bye = caller.call.hung_up(3 * SLOW)
    assert bye.get("Via").startswith(f"SIP/2.0/TLS {um.block.door}:5061;"), bye
    assert bye.uri == f"sip:2101@{pbx.ip}:{pbx.port};transport=tls"
    assert um.metrics()['um_connections_total{result="opened"}'] == 0


def contact_at(um, pbx, contact):
    """A caller whose Contact is not its connection."""
    caller = Caller(um, pbx)
    plain = caller.call.request

    def request(*a, **k):
        text = plain(*a, **k)
        start = text.index("Contact: ")
        return text[:start] + f"Contact: {contact}" + text[text.index("\r\n", start):]

    caller.call.request = request
    return caller.dial()


@pytest.mark.parametrize("contact", ["<sips:2101@{0}>", "<sip:2101@{0};transport=tls>",
                                     "<sip:2101@{0}>", "<sips:2101@{0}:5061;transport=tcp>"])
def test_bye_of_ours_when_the_connection_has_gone(um, pki, contact):
    """Whatever form the Contact has: TLS, its port 5061 unless it says another."""
    ear, pbx = Ear(um, pki.server("pbx")), tls(um)
    caller = contact_at(um, pbx, contact.format(pbx.ip))
    pbx.close()
    end_by_key(caller)
    other = ear.accept(4 * SLOW)
    bye = other.recv(3 * SLOW, lambda m: m.method == "BYE", "the BYE on a new connection")
    other.answer(bye)
    assert bye.get("Via").startswith(f"SIP/2.0/TLS {um.block.door}:5061;")
    until("the call is over", 5, lambda: um.metrics()["um_calls_active"] == 0)
    assert um.metrics()['um_connections_total{result="opened"}'] == 1
    shown = other.sock.getpeercert()
    assert ("DNS", "um.example.com") in shown["subjectAltName"], "we show our certificate"


def test_an_answer_on_a_new_connection(um, pki):
    """RFC 3261 18.2.2: the connection of the request has gone before the answer was there."""
    ear, pbx = Ear(um, pki.server("pbx"), port=5071), tls(um)
    call = Call(pbx)
    text = call.request("INVITE", body=call.offer())
    text = text.replace(f"TLS {pbx.ip}:{pbx.port};", f"TLS {pbx.ip}:5071;")
    pbx.send(text)
    pbx.sock.shutdown(socket.SHUT_WR)
    other = ear.accept(4 * SLOW)
    answer = other.recv(3 * SLOW, lambda m: m.status == 200, "the 200 on a new connection")
    call.confirm(answer)
    call.ep = tls(um)
    call.ack()
    assert call.bye().status == 200


def test_reuse_alias(make, pki):
    """RFC 5923: without alias our request goes on a connection of our own, with it on the PBX's."""
    um = pki.setup(make({"trunk proxied": {"reuse": "alias"}})).start()
    ear = Ear(um, pki.server("pbx"))
    for alias in (False, True):
        pbx = tls(um)
        caller = Caller(um, pbx)
        plain = caller.call.request
        caller.call.request = lambda *a, **k: (
            plain(*a, **k).replace(f"TLS {pbx.ip}:{pbx.port};", f"TLS {pbx.ip}:5061;"
                                   + ("alias;" if alias else ""))
            .replace(f"@{pbx.ip}:{pbx.port};transport", f"@{pbx.ip}:5061;transport"))
        caller.dial()
        end_by_key(caller)
        other = pbx if alias else ear.accept(4 * SLOW)
        bye = other.recv(3 * SLOW, lambda m: m.method == "BYE", "the BYE")
        other.answer(bye)
        if not alias:
            other.close()
    assert um.metrics()['um_connections_total{result="opened"}'] == 1


def test_alias_for_somebody_else_counts_for_nothing(make, pki):
    um = pki.setup(make({"trunk proxied": {"reuse": "alias"}})).start()
    pbx, somebody = tls(um), um.block.ip(31)
    for contact in somebody, pbx.ip:  # nor does it count for the port that was named, at its own address
        ear = Ear(um, pki.server("pbx"), ip=contact)
        caller = Caller(um, pbx)
        plain = caller.call.request
        caller.call.request = lambda *a, plain=plain, contact=contact, **k: (
            plain(*a, **k).replace(f"TLS {pbx.ip}:{pbx.port};", f"TLS {somebody}:5061;alias;")
            .replace(f"@{pbx.ip}:{pbx.port};transport", f"@{contact}:5061;transport"))
        caller.dial()
        end_by_key(caller)
        other = ear.accept(4 * SLOW)
        other.answer(other.recv(3 * SLOW, lambda m: m.method == "BYE", "the BYE"))


def test_redirected_to_the_slots_tls_port(um):
    for uri, scheme in (("sip:3500@um.example.com", "sip"), ("sips:3500@um.example.com", "sips")):
        pbx = tls(um, ip=um.block.redirected)
        call = Call(pbx, uri=uri)
        answer = call.invite()
        assert answer.status == 302
        call.ack_failure(answer)
        port = {"A": 5066, "B": 5068}[um.active()["slot"]]
        assert between(answer.get("Contact")) == \
            f"{scheme}:3500@{um.block.door}:{port};transport=tls"
        again = Call(tls(um, ip=um.block.redirected, to=port), uri=between(answer.get("Contact")))
        again.open()
        assert again.bye().status == 200


def test_learning_works_over_tls(um):
    """A PBX that cannot follow to 5066 either: its call comes back."""
    pbx = tls(um, ip=um.block.auto)
    call = Call(pbx)
    answer = call.invite()
    assert answer.status == 302
    call.ack_failure(answer)
    call.cseq += 1
    answer = call.invite()
    assert answer.status == 200
    call.ack()
    assert call.bye().status == 200
    assert um.trunks()["auto"]["mode_now"] == "proxy"


def test_keep_alive_and_options(um):
    pbx = tls(um)
    pbx.send("\r\n\r\n")
    assert pbx.raw(2, 2) == b"\r\n"
    call = Call(pbx)
    pbx.send(call.request("OPTIONS"))
    assert call.final("OPTIONS").status == 200


def test_messages_in_pieces_and_in_heaps(um):
    pbx = tls(um)
    calls = [Call(pbx) for _ in range(20)]
    heap = "".join(c.request("OPTIONS") for c in calls).encode()
    pbx.send(heap)
    for c in calls:
        assert c.final("OPTIONS").status == 200
    call = Call(pbx)
    for byte in call.request("OPTIONS").encode():
        pbx.send(bytes([byte]))
    assert call.final("OPTIONS").status == 200


def test_large_messages_both_ways(make, pki):
    """Larger than a TLS record (16 KiB), and answers that the PBX is slow to take."""
    um = pki.setup(make({"limits": {"message_bytes": "64K"}})).start()
    pbx = tls(um)
    pbx.sock.setsockopt(1, 8, 4096)  # SOL_SOCKET, SO_RCVBUF
    text = "X-Long: " + "x" * 1000 + "\r\n"
    calls = [Call(pbx) for _ in range(30)]
    for c in calls:
        pbx.send(c.request("OPTIONS", fields=text * 20))
    for c in calls:
        assert c.final("OPTIONS", 10).status == 200


# -- clients of other makes

def test_s_client(um):
    said = s_client(um, "-CAfile", um.pki.ca.pem, "-verify_return_error", "-verify_hostname",
                    "um.example.com", "-servername", "um.example.com", "-brief", say="Q\n")
    assert "Protocol version: TLSv1.3" in said, said
    assert "Verification: OK" in said
    assert "Verified peername: um.example.com" in said


def test_the_whole_chain_is_sent(make, pki):
    pki.ca.issue("middle", extensions="basicConstraints=critical,CA:TRUE\n")
    pki.ca.issue("deep", "DNS:um.example.com", issuer="middle")
    um = pki.setup(make())
    pki.ca.install("deep", um.folder, chain=["middle"])
    um.start()
    said = s_client(um, "-CAfile", pki.ca.pem, "-showcerts", say="Q\n")
    assert said.count("BEGIN CERTIFICATE") == 2, said
    assert "Verify return code: 0 (ok)" in said
    assert "warning" not in um.ctl("status").text


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_sessions_are_taken_up_again(um, version, tmp_path):
    """Also over a recycle, and a reload of the certificate."""
    session = tmp_path / "session"
    take_a_session(um, version, session)
    assert "Reused, TLS" in s_client(um, version, "-sess_in", session, say="Q\n")
    um.wait_standby().recycle()
    assert "Reused, TLS" in s_client(um, version, "-sess_in", session, say="Q\n")
    assert um.ctl("reload-tls").status == 0
    assert "Reused, TLS" in s_client(um, version, "-sess_in", session, say="Q\n")
    assert um.metrics()['um_tls_handshakes_total{result="resumed"}'] == 3


def take_a_session(um, version, path):
    """A TLS 1.3 ticket comes after the handshake: the client has to stay for it."""
    client = subprocess.Popen(["openssl", "s_client", "-connect", f"{um.block.door}:5061", "-bind",
                               f"{um.block.proxied}:0", version, "-sess_out", str(path), "-ign_eof"],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        until("the session is written", 5, lambda: path.exists() and path.stat().st_size)
    finally:
        client.kill()
        client.communicate()


def test_no_renegotiation_and_nothing_old(um):
    said = s_client(um, "-tls1_2", say="R\n")
    assert "no renegotiation" in said, said
    for old in ("-tls1", "-tls1_1"):
        assert "Cipher is (NONE)" in s_client(um, old, "-cipher", "ALL:@SECLEVEL=0", say="Q\n")
    um.wait_log(f"TLS handshake with {um.block.proxied}:.* failed: its TLS is older than 1.2")


@pytest.mark.parametrize("ciphers", ["NULL-SHA256", "ADH-AES128-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"])
def test_no_cipher_in_common(um, ciphers):
    """Weak ones; or those for an RSA certificate, and ours is an ECDSA one."""
    said = s_client(um, "-tls1_2", "-cipher", f"{ciphers}:@SECLEVEL=0", say="Q\n")
    assert "Cipher is (NONE)" in said, said
    um.wait_log(f"TLS handshake with {um.block.proxied}:.* failed: no cipher in common: ")


def test_plain_sip_on_a_tls_port(um):
    """A telephone system that is set to TCP and 5061: closed, and the log says why."""
    pbx = um.tcp(to=5061)
    pbx.send(Call(pbx).request("OPTIONS"))
    assert pbx.wait_closed(5)
    um.wait_log(f"TLS handshake with {pbx.ip}:{pbx.port} failed: it does not speak TLS")


@pytest.mark.parametrize("transports", ["tcp", "tls", "dual", "udp tls"])
def test_start_up_modes(make, pki, transports):
    """The original's modes: what listens, and that a call works over it."""
    um = pki.setup(make(), transports=transports).start()
    words = transports.replace("dual", "tcp tls").split()
    ways = {"udp": um.udp, "tcp": um.tcp, "tls": lambda: tls(um)}
    for transport, way in ways.items():
        if transport in words:
            assert Call(way()).open().bye().status == 200
        elif transport != "udp":
            with pytest.raises(ConnectionRefusedError):
                way()
        else:
            closed = um.udp()
            closed.send(Call(closed).request("OPTIONS"))
            closed.silent(0.5)


def test_sslscan(make, pki):
    """An independent look at a door.  It is a trunk's, or the limit on strangers would spoil it."""
    um = pki.setup(make({"trunk scan": {"source": "127.0.0.1"}})).start()
    done = subprocess.run(["sslscan", "--no-colour", f"{um.block.door}:5061"], capture_output=True,
                          text=True, timeout=120, check=True)
    out = done.stdout
    for line in ("SSLv2     disabled", "SSLv3     disabled", "TLSv1.0   disabled",
                 "TLSv1.1   disabled", "TLSv1.2   enabled", "TLSv1.3   enabled"):
        assert line in out, out
    assert "Session renegotiation not supported" in out, out
    assert "vulnerable to heartbleed" not in out.replace("not vulnerable to heartbleed", "")
    ciphers = out.split("Supported Server Cipher")[1].split("Server Key")[0]
    for bad in ("RC4", "DES-CBC", "NULL", "EXP-", "ADH", "AECDH", "MD5"):
        assert bad not in ciphers, ciphers
