"""What Session Manager and others put into requests: a Route that names us, option tags that we know and
some that we do not, methods that are not ours."""

from harness.sip import Call


def ends(call):
    call.ack()
    assert call.bye().status == 200


def test_a_route_that_names_us(um):
    """Session Manager: no port, extra parameters.  Taken for a foreign hop it would loop."""
    for transport in ("udp", "tcp"):
        call = Call(getattr(um, transport)())
        route = f"Route: <sip:{um.block.door};lr;phase=terminating;m-type=audio>\r\n"
        answer = call.invite(fields=route)
        assert answer.status == 200, answer
        call.ack(fields=route)
        assert call.reinvite(fields=route).status == 200
        assert call.bye(fields=route).status == 200


def test_long_record_routes_come_back_in_order(um):
    call = Call(um.tcp())
    routes = [f"<sip:hop{n}@127.0.0.2:1506{n};transport=tcp;ibmsid=local.{n};lr>" for n in range(8)]
    fields = "".join(f"Record-Route: {r}\r\n" for r in routes[:4])
    fields += f"Record-Route: {', '.join(routes[4:])}\r\n"
    answer = call.invite(fields=fields)
    assert answer.status == 200, answer
    back = [v.strip() for line in answer.all("Record-Route") for v in line.split(",")]
    assert back == routes
    ends(call)


def test_required_reliable_provisionals(um):
    call = Call(um.udp())
    answer = call.invite(fields="Require: 100rel\r\nSupported: 100rel\r\n")
    assert answer.status == 200, answer
    ends(call)


def test_a_required_extension_that_we_do_not_know(um):
    call = Call(um.udp())
    answer = call.invite(fields="Require: x-levitation\r\n")
    assert answer.status == 420, answer
    assert "x-levitation" in answer.get("Unsupported")
    call.ack_failure(answer)


UNKNOWN = "Require: x-levitation\r\n"
ABROAD = [
    # method, fields, what a request outside of any call is answered; None: nothing
    ("OPTIONS", "", 200), ("OPTIONS", UNKNOWN, 200),  # a sign of life, whatever it asks for besides
    ("INFO", "", 481), ("INFO", "Info-Package: x\r\n", 481), ("INFO", UNKNOWN, 420),
    ("UPDATE", "", 481), ("UPDATE", UNKNOWN, 420), ("PRACK", "RAck: 1 1 INVITE\r\n", 481),
    ("BYE", "", 481), ("CANCEL", "", 481), ("ACK", "", None),
    ("NOTIFY", "Event: message-summary\r\nSubscription-State: active\r\n", 481), ("NOTIFY", "", 481),
    ("NOTIFY", "Event: refer\r\nSubscription-State: active\r\n", 481),
    ("SUBSCRIBE", "Event: message-summary\r\nExpires: 60\r\n", 405), ("SUBSCRIBE", "Event: kpml\r\n", 405),
    ("REFER", "Refer-To: <sip:2102@um.example.com>\r\n", 405), ("MESSAGE", "", 405), ("REGISTER", "", 405),
    ("PUBLISH", "Event: presence\r\n", 405), ("DANCE", "", 501), ("invite", "", 501),
    ("INVITE", UNKNOWN, 420), ("INVITE", "Require: replaces, 100rel\r\n", 420),
    ("INVITE", "Supported: timer\r\nSession-Expires: 20\r\n", 422),
]


def check(answer, status):
    """With the fields that the status must have (RFC 3261 21.4, 4028 5)."""
    assert answer.status == status, answer
    if status == 405:
        assert "INVITE" in answer.get("Allow") and answer.method not in answer.get("Allow"), answer
    elif status == 420:
        assert answer.get("Unsupported") in ("x-levitation", "replaces"), answer
    elif status == 422:
        assert int(answer.get("Min-SE")) >= 90, answer


def test_outside_of_any_call(um):
    pbx = um.udp()
    for method, fields, status in ABROAD:
        call = Call(pbx)
        pbx.send(call.request(method, fields=fields, body=call.offer() if method == "INVITE" else ""))
        if status is None:
            pbx.silent(0.3, call.mine())
            continue
        answer = call.final(method, 2)
        check(answer, status)
        if method == "INVITE":
            call.ack_failure(answer)
    assert um.metrics()["um_calls_started_total"] == 0


def test_inside_of_a_call_that_nobody_knows(um):
    """The tag is one that a worker of ours could have made."""
    pbx = um.udp()
    for method in "OPTIONS", "INFO", "UPDATE", "PRACK", "BYE", "NOTIFY", "INVITE":
        call = Call(pbx)
        call.to += ";tag=g1-xyz"
        pbx.send(call.request(method, fields="RAck: 1 1 INVITE\r\n" if method == "PRACK" else ""))
        answer = call.final(method, 2)
        check(answer, 481)
        if method == "INVITE":
            call.ack_failure(answer)


def test_info_packages(um):
    """We take none: 469 with an empty Recv-Info (RFC 6086 4.2.2); INFO as it was before goes on."""
    call = Call(um.udp()).open()
    for fields, status in ("Info-Package: x\r\n", 469), ("", 200):
        call.cseq += 1
        call.ep.send(call.request("INFO", fields=fields))
        answer = call.final("INFO", 2)
        check(answer, status)
        assert answer.all("Recv-Info") == ([""] if status == 469 else []), answer
    assert call.bye().status == 200
