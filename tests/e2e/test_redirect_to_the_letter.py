"""The 302: one Contact with the user part unchanged, the door's literal IP, the slot's port, the
transport as received; maddr and user=phone only where the request had them; never a name."""

import pytest

from harness.sip import Call, param

PORTS = {"a": 5065, "b": 5067}


def contact_of(um, pbx, uri):
    call = Call(pbx, uri=uri)
    answer = call.invite()
    assert answer.status == 302, answer
    call.ack_failure(answer)
    assert len(answer.all("Contact")) == 1
    port = PORTS[um.active()["slot"].lower()]
    return answer.get("Contact"), f"{um.block.door}:{port}"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_contact_bytes(um, transport):
    pbx = getattr(um, transport)(um.block.redirected)
    door = um.block.door
    for uri, wanted in [
        ("sip:3500@um.example.com", "<sip:3500@{at};transport={t}>"),
        ("sip:3500@um.example.com;user=phone", "<sip:3500@{at};transport={t};user=phone>"),
        ("sip:3500@um.example.com:5060;user=phone", "<sip:3500@{at};transport={t};user=phone>"),
        ("sip:+31%2e35;x=y@um.example.com", "<sip:+31%2e35;x=y@{at};transport={t}>"),
        (f"sip:{door}", "<sip:{at};transport={t}>"),
    ]:
        contact, at = contact_of(um, pbx, uri)
        assert contact == wanted.format(at=at, t=transport), f"for {uri}"


def test_the_same_answer_to_a_retransmission(um):
    pbx = um.udp(um.block.redirected)
    call = Call(pbx)
    first = call.invite()
    pbx.send(call.invite_text)
    second = call.final("INVITE")
    assert first.raw == second.raw
    assert first.tag("To"), "a 302 has a To tag"
    call.ack_failure(first)
    pbx.silent(1.2, call.mine(final=False))  # nothing is retransmitted by us


def test_each_slot_is_named_when_it_is_active(um):
    um.wait_standby()
    pbx = um.udp(um.block.redirected)
    contact_before, at_before = contact_of(um, pbx, "sip:3500@um.example.com")
    um.recycle()
    contact_after, at_after = contact_of(um, pbx, "sip:3500@um.example.com")
    assert at_before in contact_before and at_after in contact_after
    assert at_before != at_after


def test_maddr_is_there_only_when_the_request_had_one(um):
    pbx = um.udp(um.block.redirected)
    contact, at = contact_of(um, pbx, "sip:3500@um.example.com;maddr=192.0.2.20;user=phone")
    assert contact.startswith(f"<sip:3500@{at};") and contact.endswith(">")
    params = contact[:-1].split(";")[1:]
    assert sorted(params) == sorted(["transport=udp", "user=phone", f"maddr={um.block.door}"])


def answered(um, call, **how):
    assert call.invite(**how).status == 200, (call.uri, how)
    call.ack()
    assert call.bye().status == 200


def test_auto_trunks_proxy_phone_context_and_maddr_from_the_first_call(um):
    pbx = um.udp(um.block.auto)
    for uri in ("sip:3500;phone-context=cdp.udp@um.example.com;user=phone",
                "sip:3500@um.example.com;maddr=192.0.2.20"):
        answered(um, Call(pbx, uri=uri))


def test_auto_trunks_proxy_a_cs1000_from_the_first_call(um):
    pbx = um.udp(um.block.auto)
    for agent in ("Nortel CS1000 SIP GW release_6.0 version_ssLinux-6.00.20", "SIP GW"):
        answered(um, Call(pbx), fields=f"User-Agent: {agent}\r\n")


def test_nrs_style_keeps_the_domain_and_gives_the_address_in_maddr(make):
    um = make({"trunk redirected": {"contact_style": "nrs", "domain": "um.example.com"}}).start()
    pbx = um.udp(um.block.redirected)
    call = Call(pbx)
    answer = call.invite()
    assert answer.status == 302, answer
    call.ack_failure(answer)
    port = PORTS[um.active()["slot"].lower()]
    contact = answer.get("Contact")
    assert contact.startswith(f"<sip:3500@um.example.com:{port};"), contact
    assert f";maddr={um.block.door};" in contact.replace(">", ";"), contact


def test_only_a_new_call_is_redirected(um):
    pbx = um.udp(um.block.redirected, to=5065)
    call = Call(pbx).open()
    service = (um.block.door, 5060)
    call.cseq += 1
    pbx.send(call.request("INVITE", body=call.offer()), service)
    answer = call.final("INVITE")
    assert answer.status == 200, answer
    pbx.send(call.request("ACK"), service)
    assert call.bye(to=service).status == 200
    assert param(answer.get("To"), "tag") == param(call.ok.get("To"), "tag")
