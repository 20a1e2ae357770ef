"""Trunks whose profile is auto are recognised by what they send, and get the settings of what they are:
mode, 302, what an outage looks like from outside, with which code a call is refused."""

import os
import signal
from pathlib import Path

import pytest

from harness.evertrunk import SLOW
from harness.sip import Call, between
from harness.vectors import Vector
from harness.wait import until

PEERS = Path(__file__).resolve().parent / "peers" / "messages"

# message, transport, what it is, what its calls get then, and by what it is recognised
FAMILIES = [
    ("cs1000-options.sip", "tcp", "cs1000", "proxy", "User-Agent \"Nortel CS1000 SIP GW"),
    ("cs1000-invite.sip", "tcp", "cs1000", "proxy", "User-Agent \"Nortel CS1000 SIP GW"),
    ("cs1000-invite-sps.sip", "tcp", "cs1000", "proxy", "User-Agent"),
    ("cs1000-invite-udp-r5.sip", "udp", "cs1000", "proxy", "User-Agent"),
    ("cucm-options.sip", "tcp", "cucm", "redirect", "User-Agent \"Cisco-CUCM8.6\""),
    ("cucm-invite.sip", "tcp", "cucm", "redirect", "User-Agent"),
    ("asterisk-options.sip", "udp", "asterisk", "proxy", "User-Agent \"Asterisk PBX 13.38.3\""),
    ("asterisk-invite.sip", "udp", "asterisk", "proxy", "User-Agent"),
    ("asterisk-pjsip-invite.sip", "udp", "asterisk", "proxy", "User-Agent \"Asterisk PBX 20.9.0\""),
    (PEERS / "avaya-sm-invite.sip", "tcp", "avaya", "proxy", "header \"Av-Global-Session-ID\""),
    (PEERS / "ip-office-invite.sip", "tcp", "ip-office", "proxy", "User-Agent \"IP Office 9.1"),
    (PEERS / "audiocodes-invite.sip", "tcp", "audiocodes", "redirect", "User-Agent \"Audiocodes"),
    (PEERS / "ios-invite.sip", "udp", "cisco-ios", "redirect", "Via \";x-ds0num="),
    (PEERS / "dialogic-img-invite.sip", "tcp", "dialogic", "redirect", "User-Agent \"Dialogic-SIP"),
    (PEERS / "sonus-vx-invite.sip", "tcp", "sonus", "redirect", "User-Agent \"SONUS SBC1000"),
    (PEERS / "mx-one-invite.sip", "udp", "mx-one", "redirect", "User-Agent \"Aastra MX-ONE"),
    (PEERS / "freeswitch-invite.sip", "udp", "freeswitch", "redirect", "User-Agent \"FreeSWITCH"),
    (PEERS / "cs1000-invite-plain.sip", "tcp", "generic", "redirect", "no User-Agent"),
]


def exchange(pbx, um, name, without=()):
    """One message, and its final answer; a call that is answered is hung up at once."""
    sent = Vector(name, pbx, um)
    for field in without:
        sent.line(field, None)
    method = sent.head.split(" ")[0]
    pbx.send(sent.text)
    answer = pbx.recv(5, lambda m: m.status >= 200 and m.get("Call-ID") == sent.call_id
                      and m.method == method, f"a final answer to {method}")
    if method == "INVITE" and answer.status == 200:
        for again, cseq in (("ACK", 0), ("BYE", 1)):
            request = Vector(name, pbx, um)
            request.head = request.head.replace("INVITE ", f"{again} ", 1)
            number = int(answer.get("CSeq").split()[0]) + cseq
            request.line("CSeq", f"{number} {again}").uri(between(answer.get("Contact")))
            request.line("t" if "\r\nt: " in request.head else "To", answer.get("To"))
            request.line("c" if "\r\nc: " in request.head else "Content-Type", None) \
                if request.body else None
            request.body = ""
            pbx.send(request.text)
        bye = pbx.recv(5, lambda m: m.get("Call-ID") == sent.call_id and m.method == "BYE", "BYE's answer")
        assert bye.status == 200, bye
    return answer


def test_every_family_is_recognised(make):
    um = make()
    for i in range(len(FAMILIES)):
        um.configure({f"trunk peer{i}": {"source": um.block.ip(100 + i)}})
    um.start()
    for i, (name, transport, _profile, mode, _evidence) in enumerate(FAMILIES):
        pbx = getattr(um, transport)(um.block.ip(100 + i))
        answer = exchange(pbx, um, name)
        if "invite" in str(name):
            assert answer.status == (302 if mode == "redirect" else 200), f"{name}: {answer!r}"
        # some messages share a Call-ID, and another trunk's call with it would be a loop
        until("the call is over", 5, lambda: not um.calls())
    trunks, metrics = um.trunks(), um.metrics()
    for i, (name, transport, profile, mode, evidence) in enumerate(FAMILIES):
        trunk = trunks[f"peer{i}"]
        known = profile != "generic"
        assert trunk["profile"] == profile and trunk["recognised"] == known, f"{name}: {trunk}"
        assert evidence in trunk["evidence"], f"{name}: {trunk}"
        assert trunk["mode_now"] == mode and trunk["mode"] == "auto", f"{name}: {trunk}"
        assert trunk["transport"] == transport and trunk["refused"] == 0, f"{name}: {trunk}"
        if mode == "proxy":
            assert f"profile {profile}, recognised by" in trunk["why"], trunk
        series = f'trunk="peer{i}",profile="{profile}",from="{"recognised" if known else "unknown"}"'
        assert metrics[f"um_trunk_info{{{series}}}"] == 1
    um.wait_log(r'trunk peer1: recognised as cs1000: User-Agent "Nortel CS1000 SIP GW.*; mode = proxy, '
                r"contact_style = nrs, outage_code = 480, mwi = off from now on")
    um.wait_log("trunk peer16: recognised as freeswitch: .*; nothing changes")
    assert len([line for line in um.log.splitlines() if "recognised as" in line]) == len(FAMILIES) - 1


def test_by_its_header_set_when_it_hides_its_name(make):
    um = make()
    rows = [("cs1000-invite-udp-r5.sip", "cs1000", "header \"x-nt-ocn-id\"", "User-Agent"),
            (PEERS / "audiocodes-invite.sip", "audiocodes", "Via branch \"z9hG4bKac", "User-Agent"),
            ("cucm-invite.sip", "cucm", "X-cisco-", "User-Agent"),
            (PEERS / "dialogic-img-invite.sip", "dialogic", "o=Dialogic_SDP", "User-Agent")]
    for i, (_name, _profile, _evidence, _field) in enumerate(rows):
        um.configure({f"trunk peer{i}": {"source": um.block.ip(100 + i)}})
    um.start()
    for i, (name, profile, evidence, field) in enumerate(rows):
        exchange(um.udp(um.block.ip(100 + i)), um, name, without=[field])
        trunk = um.trunks()[f"peer{i}"]
        assert trunk["profile"] == profile and evidence in trunk["evidence"], trunk


def test_what_is_configured_wins(make):
    """A profile is never overruled; a mode that is given stays, the rest of the profile is taken."""
    um = make()
    um.configure({"trunk auto": {"source": um.block.auto, "mode": "auto"},
                  "trunk fixed": {"source": um.block.ip(20), "profile": "generic"}})
    um.start()
    exchange(um.tcp(um.block.auto), um, "cs1000-options.sip")
    exchange(um.tcp(um.block.ip(20)), um, "cs1000-options.sip")
    auto, fixed = um.trunks()["auto"], um.trunks()["fixed"]
    assert (auto["profile"], auto["mode"], auto["mode_now"]) == ("cs1000", "auto", "proxy")
    assert auto["why"] == "auto: a cs1000 follows no 302"
    assert fixed["profile"] == "generic" and not fixed["recognised"], fixed
    settings = um.ask("trunks", "auto")["settings"]
    assert settings["mode"] == {"value": "auto", "from": "given"}
    assert settings["outage_code"] == {"value": "480", "from": "profile"}
    assert settings["reuse"] == {"value": "yes", "from": "default"}
    # but a CS1000 is not redirected, whatever is learned
    call = Call(um.tcp(um.block.auto), uri="sip:3500@um.example.com").open()
    assert call.bye().status == 200


def test_reload_restart_and_reset(make):
    um = make()
    um.configure({"trunk auto": {"source": um.block.auto}})
    um.sections["trunk auto"].pop("mode")
    um.write()
    um.start()
    exchange(um.tcp(um.block.auto), um, "cs1000-options.sip")
    assert um.trunks()["auto"]["profile"] == "cs1000"

    um.configure({"trunk auto": {"outage_code": "500"}, "trunk another": {"source": um.block.ip(30)}})
    assert um.ctl("reload").status == 0
    trunk = um.ask("trunks", "auto")
    assert trunk["profile"] == "cs1000" and trunk["recognised"], trunk
    assert trunk["settings"]["outage_code"] == {"value": "500", "from": "given"}

    um.process.terminate()
    assert um.process.wait(15) == 0
    um.start()
    trunk = um.trunks()["auto"]
    assert trunk["profile"] == "cs1000" and trunk["recognised"] and trunk["mode_now"] == "proxy", trunk

    text = um.ctl("trunks", "auto").out
    assert "cs1000, recognised 20" in text and "contact_style     profile  nrs" in text, text
    assert um.ctl("trunks", "nobody").status == 1
    assert um.ctl("trunks", "reset", "auto").status == 0
    trunk = um.trunks()["auto"]
    assert trunk["profile"] == "generic" and trunk["evidence"] is None, trunk
    exchange(um.udp(um.block.auto), um, "asterisk-options.sip")
    assert um.trunks()["auto"]["profile"] == "asterisk"

    um.configure({"trunk auto": {"profile": "cucm"}})
    assert um.ctl("reload").status == 0
    trunk = um.trunks()["auto"]
    assert trunk["profile"] == "cucm" and not trunk["recognised"], trunk
    assert trunk["mode_now"] == "redirect"


# --- outages


def ping(pbx, seconds=1.0):
    """The status of an OPTIONS, None when it is not answered."""
    call = Call(pbx)
    pbx.send(call.request("OPTIONS"))
    try:
        return call.final("OPTIONS", seconds)
    except AssertionError:
        return None


def refused(um, ip):
    """Whether a new connection finds nobody."""
    try:
        return um.tcp(ip).wait_closed(2)
    except ConnectionResetError:
        return True


def outage_of(um):
    """Nobody can take a call, and no start is under way."""
    um.fake_worker("exit 1")
    for pid, _start in um.workers():
        os.kill(pid, signal.SIGKILL)
    until("starts fail", 15 * SLOW, lambda: um.metrics()["um_worker_start_failures_in_row"] >= 2)
    pbx = um.udp()
    until("503", 5 * SLOW, lambda: (answer := ping(pbx)) and answer.status == 503)


@pytest.fixture
def with_outage(make):
    um = make({"recycle": {"backoff": "4s", "backoff_max": "8s"}}).own_program()
    um.configure({"trunk proxied": {"mode": "proxy", "outage_code": "503"},
                  "trunk silent": {"source": um.block.ip(40), "mode": "proxy", "outage": "silence",
                                   "outage_code": "500", "busy_code": "486"},
                  "trunk quiet": {"source": um.block.ip(41), "mode": "proxy", "outage_code": "480"}})
    return um.start()


def test_outage_as_503(with_outage):
    """Bare, so that nobody reads more into it; connections live on."""
    um = with_outage
    tcp = um.tcp()
    outage_of(um)
    for pbx in (um.udp(), tcp, um.tcp()):
        answer = ping(pbx)
        assert answer.start == "SIP/2.0 503 Service Unavailable" and not answer.get("Retry-After"), answer
    assert not tcp.wait_closed(0.3)
    um.heal()
    until("alive", 20 * SLOW, lambda: ping(tcp).status == 200)


def test_outage_as_silence(with_outage):
    um = with_outage
    ip = um.block.ip(40)
    udp, tcp, idle = um.udp(ip), um.tcp(ip), um.tcp(ip)
    assert ping(udp).status == 200 and ping(tcp).status == 200
    outage_of(um)
    before = um.metrics()["um_connections_total{result=\"accepted\"}"]
    assert ping(udp, 0.5) is None
    assert ping(tcp, 2) is None and tcp.closed, "the connection must go"
    assert refused(um, ip), "the port must look closed"
    metrics = um.metrics()
    assert metrics["um_outage_silence_total{what=\"options\"}"] == 2
    assert metrics["um_outage_silence_total{what=\"connection\"}"] == 1
    assert metrics["um_connections_total{result=\"accepted\"}"] == before
    assert not idle.closed and um.trunks()["silent"]["refused"] == 0
    um.heal()
    until("alive", 20 * SLOW, lambda: ping(udp, 0.5))
    assert ping(um.tcp(ip)).status == 200
    assert ping(idle).status == 200, "what nobody asked on was left alone"


def test_refusal_codes_in_an_outage(with_outage):
    um = with_outage
    outage_of(um)
    for ip, status, later in ((um.block.proxied, 503, "5"), (um.block.ip(40), 500, "5"),
                              (um.block.ip(41), 480, "")):
        call = Call(um.udp(ip))
        answer = call.invite()
        assert answer.status == status and answer.get("Retry-After") == later, answer
        call.ack_failure(answer)
    assert um.trunks()["silent"]["refused"] == 1


def test_silence_under_a_drain_keeps_the_calls(with_outage):
    """OPTIONS get nothing, but the connections, old and new, still serve the calls that are up."""
    um = with_outage
    ip = um.block.ip(40)
    tcp = um.tcp(ip)
    call = Call(tcp).open()
    assert um.ctl("drain").status == 0
    assert ping(tcp, 0.5) is None and not tcp.closed
    new = Call(tcp)
    answer = new.invite()
    assert answer.status == 486, answer
    new.ack_failure(answer)
    call.ep = um.tcp(ip)  # some use a connection for each request
    assert call.bye().status == 200
    assert ping(um.udp()).status == 503
    assert um.ctl("enable").status == 0
    assert ping(tcp).status == 200


def test_refusal_code_at_a_limit(make):
    um = make()
    um.configure({"trunk proxied": {"max_calls": "1", "busy_code": "603"}})
    um.start()
    pbx = um.udp()
    up, more = Call(pbx).open(), Call(pbx)
    answer = more.invite()
    assert answer.start == "SIP/2.0 603 Decline" and not answer.get("Retry-After"), answer
    more.ack_failure(answer)
    assert up.bye().status == 200
    assert um.trunks()["proxied"]["refused"] == 1
