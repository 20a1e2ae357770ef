"""Header fields as PBXs write them: each way of writing is put on every message of a call, over UDP and TCP:
INVITE, ACK, re-INVITE, UPDATE, BYE.  What we send back is that call's and no other's."""

import re

import pytest

from harness.sip import COMPACT, Call, Message

SHORT = {long: short for short, long in COMPACT.items()}


def lines_of(text):
    head, _, body = text.partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    return start, lines, body


def joined(start, lines, body):
    return "\r\n".join([start, *lines]) + "\r\n\r\n" + body


def each_line(change):
    """A shape that changes line by line."""
    def shape(text):
        start, lines, body = lines_of(text)
        return joined(start, [change(*line.split(":", 1)) for line in lines], body)
    return shape


def more(*fields):
    """A shape that puts fields behind the others."""
    def shape(text):
        start, lines, body = lines_of(text)
        return joined(start, lines[:-1] + list(fields) + lines[-1:], body)
    return shape


def first(*fields):
    """A shape that puts fields before the others."""
    def shape(text):
        start, lines, body = lines_of(text)
        return joined(start, [*fields, *lines], body)
    return shape


def replaced(pattern, with_what):
    return lambda text: re.sub(pattern, with_what, text, count=1, flags=re.M)


def backwards(text):
    start, lines, body = lines_of(text)
    return joined(start, lines[::-1], body)


def below_on_one_line(text):
    """Three Via values in one field, the lower two of proxies in between."""
    return re.sub(r"^Via: (.*)$", r"Via: \1,SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bK-b;received=192.0.2.10 "
                  r", SIP/2.0/UDP pbx.example.com;branch=z9hG4bK-c", text.replace("\r\n", "\n"),
                  count=1, flags=re.M).replace("\n", "\r\n")


SHAPES = {
    "two blanks": each_line(lambda n, v: f"{n}:  {v.strip()}"),
    "no blank": each_line(lambda n, v: f"{n}:{v.strip()}"),
    "blank and tab before the colon": each_line(lambda n, v: f"{n} \t: {v.strip()}"),
    "blanks at the end": each_line(lambda n, v: f"{n}:{v} \t"),
    "folded": each_line(lambda n, v: f"{n}:\r\n \t{v.strip()}"),
    "folded at parameters": each_line(lambda n, v: f"{n}:{v.replace(';', ';' + chr(13) + chr(10) + '  ')}"
                                      if n in ("Via", "Contact") and "<" not in v else f"{n}:{v}"),
    "compact": each_line(lambda n, v: f"{SHORT.get(n.lower(), n)}:{v}"),
    "compact, upper case": each_line(lambda n, v: f"{SHORT.get(n.lower(), n).upper()}:{v}"),
    "lower case": each_line(lambda n, v: f"{n.lower()}:{v}"),
    "upper case": each_line(lambda n, v: f"{n.upper()}:{v}"),
    "backwards": backwards,
    "Via values on one line": below_on_one_line,
    "Via in odd case": replaced(r"^Via: SIP/2.0/(\w+) ", r"Via: sip / 2.0 / \1  "),
    "Via with quoted colons": replaced(r"^(Via: [^;]*);", r'\1;x-ds0num="ISDN 0/0/0:15 0/0/0:DS1 1:DS0, ;a=b";'),
    "Via with a name": replaced(r"^(Via: SIP/2.0/\w+) [^;]*;", r"\1 pbx-1.example.com:5060;"),
    "Via with maddr of its own": replaced(r"^(Via: SIP/2.0/\w+ ([\d.]+):\d+;)", r"\1maddr=\2;"),
    "empty Route and Record-Route": more("Route:", "Record-Route: ", "route:  "),
    "Record-Route of others": first(
        "Record-Route: <sip:Session%20Manager%20A@192.0.2.30;lr;transport=TCP>, "
        "<sip:127.0.0.2:15060;transport=tcp;ibmsid=local.1_2;lr;ibmdrr>",
        "RECORD-ROUTE: <sip:192.0.2.11@192.0.2.11:5060;transport=tcp;lr=on>"),
    "Min-SE 0": more("Min-SE: 0", "Supported: 100rel,x-nortel-sipvc,replaces,timer"),
    "CUCM's timers": more("Min-SE:  1800", "Session-Expires:  1800", "Supported: timer,resource-priority",
                          "Supported: X-cisco-srtp-fallback,X-cisco-original-called",
                          'Call-Info: <sip:192.0.2.30:5060>;method="NOTIFY;Event=telephone-event;Duration=500"'),
    "History-info": more("History-info: <sip:3500;phone-context=cdp.udp@um.example.com;user=phone>;index=1"),
    "History-Info with escapes": more(
        "History-Info: <sip:2102@um.example.com?Reason=SIP%3Bcause%3D408%3Btext%3D%22Request%20Timeout%22>"
        ";index=1,<sip:3500@um.example.com>;index=1.1"),
    "Nortel's own": more("X-nt-corr-id: 000000310a07150233@00005e005301-c000020c",
                         "x-nt-ocn-id: <sip:2104;phone-context=cdp.udp@um.example.com;user=phone>"),
    "UUI": more(f"User-to-User: {'04' * 1024};encoding=hex"),
    "long and unknown": more(*(f"X-Long-{i}: {'x' * 700}, \"{'y' * 50}" for i in range(10))),
    "nothing needed": lambda text: re.sub(r"(?m)^(Max-Forwards|User-Agent):.*\r\n", "", text),
    "Content-Disposition": more("Content-Disposition: session;handling=required", "Mime-Version: 1.0"),
    "a blank line before": lambda text: "\r\n" + text,
    "names without quotes": replaced(r"^(From|Contact): <", "\\1: M\u00fcller (Sales) <"),
    "other names without quotes": each_line(lambda n, v: f"{n}: A&B 'C' #1/2 @x:{v}"
                                            if n in ("From", "To", "Contact") and "<" in v else f"{n}:{v}"),
    "a name with a comma": replaced(r"^From: <", "From: Doe, John; jr. <"),
    "a name half in quotes": replaced(r"^From: <", "From: \"Anna\" B. <"),
    "a name in Latin 1": replaced(r"^From: <", "From: M\udcfcller <"),
    "names with quotes": each_line(lambda n, v: f'{n}: "a <sip:9@x>;tag=z, \\\\" \\" b"{v}'
                                   if n in ("From", "To", "Contact") and "<" in v else f"{n}:{v}"),
    "bytes above 127": more("Subject: K\u00f6ln \u2013 \udcff\udcfe", "Organization: \"\u00dc\""),
}


def shaped(call, shape):
    plain = call.request
    call.request = lambda *a, **k: shape(plain(*a, **k))
    return call


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_headers(um, transport):
    pbx = getattr(um, transport)()
    for name, shape in SHAPES.items():
        call = shaped(Call(pbx), shape)
        sent = Message(call.request("INVITE").lstrip().encode("utf-8", "surrogateescape"))
        answer = call.invite()
        assert answer.status == 200, (name, answer)
        check(name, sent, call, answer)
        call.ack()
        assert call.reinvite().status == 200, name
        call.cseq += 1
        pbx.send(call.request("UPDATE"))
        assert call.final("UPDATE").status == 200, name
        assert call.bye().status == 200, name


def check(name, sent, call, answer):
    """What belongs to the way back is the way it was sent."""
    back = [v.strip() for line in answer.all("Via") for v in re.split(r",\s*(?=SIP)", line)]
    assert f"branch={call.branch}" in back[0], (name, answer)
    if name == "Via values on one line":
        assert [v.split(";branch=")[1] for v in back[1:]] == \
            ["z9hG4bK-b;received=192.0.2.10", "z9hG4bK-c"], answer
    else:
        assert len(back) == 1, (name, answer)
    routes = [v.strip() for line in sent.all("Record-Route") for v in line.split(",") if v.strip()]
    assert [v.strip() for line in answer.all("Record-Route") for v in line.split(",")] == routes, (name, answer)


def test_methods_are_case_sensitive(um):
    """RFC 3261 7.1: `invite` is some other method; nobody is called by it."""
    pbx = um.udp()
    for method in ("invite", "Invite", "bye", "options"):
        call = Call(pbx)
        pbx.send(call.request(method, body=call.offer()))
        answer = pbx.recv(3, lambda m, c=call: m.get("Call-ID") == c.call_id and m.status >= 200)
        assert answer.status in (405, 501), (method, answer)
    assert um.metrics()["um_calls_started_total"] == 0
