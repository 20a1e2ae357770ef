"""What we do not understand is none of our business: unknown fields, parameters, bodies, odd spacing,
folded lines, compact names.  The PBX's Via comes back as it was, with received and rport filled."""

from harness.sip import Call, param


def test_via_comes_back_with_received_and_rport(um):
    pbx = um.udp()
    call = Call(pbx)
    via = f"SIP/2.0/UDP pbx.example.com:5999;rport;x=\"a;b,c\";branch=z9hG4bKodd~{call.from_tag}"
    text = call.request("INVITE", body=call.offer())
    start = text.index("Via: ")
    text = text[:start] + f"Via: {via}\r\n" + text[text.index("\r\n", start) + 2:]
    pbx.send(text)
    answer = call.final("INVITE")
    assert answer.status == 200, answer
    assert len(answer.all("Via")) == 1, "a Via of ours got out"
    back = answer.get("Via")
    assert back.startswith("SIP/2.0/UDP pbx.example.com:5999;") and 'x="a;b,c"' in back
    assert param(back, "branch") == f"z9hG4bKodd~{call.from_tag}"
    assert f"received={pbx.ip}" in back and f"rport={pbx.port}" in back
    call.confirm(answer)
    call.ack()
    call.bye()


def test_two_vias_on_one_line(um):
    pbx = um.udp()
    call = Call(pbx)
    text = call.request("INVITE", body=call.offer())
    below = "SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bK-inner;received=192.0.2.10"
    first = text[text.index("Via: ") + 5:text.index("\r\n", text.index("Via: "))]
    pbx.send(text.replace(first, f"{first} , {below}"))
    answer = call.final("INVITE")
    assert answer.status == 200, answer
    vias = [v.strip() for line in answer.all("Via") for v in line.split(" , ")]
    vias = [v for line in vias for v in line.split(", ")]
    assert vias[-1] == below, vias
    call.confirm(answer)
    call.ack()
    call.bye()


def test_odd_but_legal_writing(um):
    """Compact names, blanks around colons, folding, an escaped user, a display name with everything."""
    pbx = um.udp()
    call = Call(pbx)
    call.to = '"Com,ma; \\"quo<te\\" \u00e4" <sip:3500@um.example.com>'
    text = call.request("INVITE", body=call.offer(), fields=(
        "X-Unknown-Field:\r\n  folded\r\n\tagain\r\nsubject :  blanks\r\nRoute:\r\n"
        "k: timer,x-nortel-sipvc\r\nMin-SE: 0\r\nUser-to-User: 00C8%3B;encoding=hex\r\n"))
    text = text.replace("From:", "f :").replace("Call-ID:", "i:").replace("Contact:", "m  :")
    text = text.replace("Content-Type:", "c:").replace("Content-Length:", "l:")
    pbx.send(text)
    answer = call.final("INVITE")
    assert answer.status == 200, answer
    call.confirm(answer)
    call.ack()
    assert call.bye().status == 200


def test_the_contact_is_the_door_that_was_called(um):
    for transport in ("udp", "tcp"):
        for port in (5060, 5065, 5067):
            pbx = getattr(um, transport)(to=port)
            call = Call(pbx).open()
            assert f"@{um.block.door}:{port}" in call.ok.get("Contact") \
                or f":{um.block.door}:{port}" in call.ok.get("Contact"), call.ok
            if transport == "tcp":
                assert "transport=tcp" in call.ok.get("Contact").lower()
            assert call.bye().status == 200


def test_the_tag_begins_with_the_generation(um):
    pbx = um.udp()
    call = Call(pbx).open()
    assert call.ok.tag("To").startswith(f"g{um.active()['generation']}-")
    call.bye()


def test_a_large_body_and_many_fields_over_tcp(um):
    pbx = um.tcp()
    call = Call(pbx)
    fields = "".join(f"X-Filler-{n}: {'x' * 60}\r\n" for n in range(64))
    answer = call.invite(fields=fields)
    assert answer.status == 200, answer
    call.ack()
    assert call.bye().status == 200
