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


def test_methods_that_are_not_ours(um):
    pbx = um.udp()
    for method in ("REGISTER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "PUBLISH", "DANCE"):
        call = Call(pbx)
        pbx.send(call.request(method))
        answer = call.final(method, 2)
        assert answer.status in (405, 481, 489, 501, 403, 404), f"{method}: {answer!r}"
    assert um.metrics()["um_calls_started_total"] == 0
