"""Request-URIs, To and From as PBXs write them.  What they name is none of our business: each call is answered,
to the number in the user part, and its BYE arrives with the URI that this PBX would use."""

import pytest

from harness.sip import Call, between
from harness.wait import until

NUMBERS = {
    # Request-URI: whose mailbox it is
    "sip:3500@um.example.com": "3500",
    "sip:3500@198.51.100.7": "3500",
    "sip:3500@[2001:db8::7]:5070": "3500",
    "SIP:3500@UM.EXAMPLE.COM": "3500",
    "sip:3500@um.example.com:5060;transport=UDP;user=phone": "3500",
    "sip:3500@um.example.com;transport=tls": "3500",
    "sip:3500@um.example.com;maddr=192.0.2.20": "3500",
    "sip:3500@um.example.com;maddr=nrs.example.com;ttl=1": "3500",
    "sip:3500@um.example.com;x-nt-net-feature=x-nt-home": "3500",
    "sip:3500@um.example.com;lr;phase=terminating;m-type=audio": "3500",
    "sip:3500@um.example.com;target=sip:2102%40example.com;cause=408": "2102",
    "sip:3500;phone-context=cdp.udp@um.example.com;user=phone": "3500",
    "sip:3500;phone-context=cdp.udp@um.example.com:5060;maddr=192.0.2.20;transport=TCP;user=phone": "3500",
    "sip:3500;phone-context=+31.70@um.example.com;user=phone": "3500",
    "sip:3500;npdi;rn=7000@um.example.com": "3500",
    "sip:+31703500@um.example.com;user=phone": "+31703500",
    "sip:%2B31703500@um.example.com": "+31703500",
    "sip:3500:secret@um.example.com": "3500",
    "sip:voice.mail_pilot-1@um.example.com": "voice.mail_pilot-1",
    "sips:3500@um.example.com": "3500",
    "tel:+31703500": "+31703500",
    "tel:3500;phone-context=cdp.udp": "3500",
}


def shown(um, call, field, number, why):
    """Until um-ctl shows this number of the call; its parties come a moment after the answer."""
    def check():
        found = [c for c in um.calls() if c["call_id"] == call.call_id and (c["caller"] or c["called"])]
        return found and found[0][field] == number
    until(f"{field} is {number}: {why}: {um.calls()}", 2, check)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_request_uris(um, transport):
    pbx = getattr(um, transport)()
    for uri, number in NUMBERS.items():
        call = Call(pbx, uri=uri)
        call.to = f"<{uri}>" if ";" in uri or uri.startswith("tel") else uri
        assert call.invite().status == 200, uri
        call.ack()
        shown(um, call, "called", number, uri)
        assert call.bye(uri=uri if transport == "tcp" else None).status == 200, uri


DIVERSIONS = {
    # what the INVITE says of the call's way here: whose mailbox it is for
    "Diversion: <sip:2102@pbx.example.com>;reason=no-answer": "2102",
    "Diversion: \"C, \\\"Desk\\\"\" <sip:2102;phone-context=cdp.udp@pbx.example.com>;reason=\"user-busy\"": "2102",
    "Diversion: <tel:2102>;reason=no-answer;screen=no;privacy=off;counter=1": "2102",
    "DIVERSION:\r\n <sip:2102@pbx.example.com>\r\n ;reason=unconditional": "2102",
    "Diversion: sip:2102@pbx.example.com;reason=deflection": "2102",
    "History-info: <sip:2102@pbx.example.com?Reason=SIP%3Bcause%3D302>;index=1, <sip:3500@x>;index=1.1": "2102",
    "History-Info: <sip:2102@pbx.example.com>;index=1\r\nHistory-Info: <sip:3500@x>;index=1.1": "2102",
    "History-info: <sip:3500;phone-context=cdp.udp@um.example.com;user=phone>;index=1": "3500",
    "x-nt-ocn-id: <sip:2104;phone-context=cdp.udp@um.example.com;user=phone>": "2104",
    "X-NT-OCN-ID: sip:2104@um.example.com": "2104",
    "Diversion: <sip:2102@pbx.example.com>\r\nHistory-Info: <sip:2109@x>;index=1,<sip:3500@x>;index=1.1": "2102",
    "CC-Diversion: <sip:2102@pbx.example.com>;reason=no-answer": "2102",
    "Diversion:": "3500",
    "Diversion: ;;;": "3500",
}


def test_diversions(um):
    pbx = um.udp()
    for fields, number in DIVERSIONS.items():
        call = Call(pbx)
        assert call.invite(fields=fields + "\r\n").status == 200, fields
        call.ack()
        shown(um, call, "called", number, fields)
        assert call.bye().status == 200, fields


CALLERS = {
    # From: the caller's number
    "<sip:2101@pbx.example.com>": "2101",
    "sip:2101@pbx.example.com": "2101",
    "\"Example User A\" <sip:2101;phone-context=cdp.udp@um.example.com;user=phone>": "2101",
    "Example User A<sip:2101@pbx.example.com:5060;user=phone>": "2101",
    "\"2101, \\\"Desk\\\" <3>\"  <sip:2101@pbx.example.com>": "2101",
    "\"J\u00fcrgen\" <sip:2101@pbx.example.com>": "2101",
    "<tel:+31702101;phone-context=example.com>": "+31702101",
    "\"Anonymous\" <sip:anonymous@anonymous.invalid>": None,
    "<sip:c8oqz84zk7z@anonymous.invalid>": None,
    "Restricted <sip:restricted@pbx.example.com>": None,
    "<sip:pbx.example.com>": None,
}


def test_callers(um):
    pbx = um.udp()
    for sender, number in CALLERS.items():
        call = Call(pbx)
        plain = call.request
        call.request = lambda *a, sender=sender, plain=plain, call=call, **k: \
            plain(*a, **k).replace(f"From: <sip:2101@{pbx.ip}>", f"From: {sender}")
        assert call.invite().status == 200, sender
        call.ack()
        shown(um, call, "caller", number, sender)
        assert call.reinvite().status == 200, sender
        assert call.bye().status == 200, sender


IDENTITIES = {
    # what proxies and gateways say of the caller, besides From: 2101
    "P-Asserted-Identity: \"B, <Bob>\" <sip:2102@pbx.example.com;user=phone>": "2102",
    "P-Asserted-Identity: <sip:bob@pbx.example.com>, <tel:+31702102>": "+31702102",
    "P-Asserted-Identity: <sip:bob@pbx.example.com>\r\nP-Asserted-Identity: <tel:+31702102>": "+31702102",
    "P-Asserted-Identity: <sip:2102@pbx.example.com>\r\nPrivacy: none": "2102",
    "P-Asserted-Identity: <sip:2102@pbx.example.com>\r\nPrivacy: header ; id ; critical": None,
    "Privacy: user": None,
    "Privacy: history;session": "2101",
    "Remote-Party-ID: \"Bob\" <sip:2102@pbx.example.com>;party=calling;screen=yes;privacy=off": "2102",
    "Remote-Party-ID: <sip:3500@x>;party=called, <sip:2102@x>;party=calling": "2102",
    "Remote-Party-ID: <sip:3500@x>;party=called\r\nRemote-Party-ID: <sip:2102@x>;party=calling": "2102",
    "Remote-Party-ID: <sip:2102@x>;party=calling;privacy=name": "2102",
    "Remote-Party-ID: <sip:2102@x>;party=calling;privacy=full": None,
    "Remote-Party-ID: <sip:2102@x>;privacy=\"full-network\";party=calling": None,
    "Remote-Party-ID: <sip:2102@x>;party=calling; privacy = uri": None,
    "P-Asserted-Identity: <sip:unavailable@unknown.invalid>": None,
}


def test_identities(um):
    pbx = um.udp()
    for fields, number in IDENTITIES.items():
        call = Call(pbx)
        assert call.invite(fields=fields + "\r\n").status == 200, fields
        call.ack()
        shown(um, call, "caller", number, fields)
        assert call.bye().status == 200, fields


CONTACTS = [
    "<sip:2101@{ip}:{port};transport={t}>",
    "\"Desk, one\" <sip:2101;phone-context=cdp.udp@um.example.com:{port};maddr={ip};transport={t};user=phone>",
    "sip:2101@{ip}:{port};transport={t}",
    "<sip:2101@{ip}:{port};transport={T};gsid=80a3;epv=%3csip:2101%40example.com%3bgr%3dbbb5%3e>"
    ";+sip.instance=\"<urn:x>\"",
    "<sip:mod_sofia@{ip}:{port};transport={t}>;audio;automata",
    "<sip:{ip}:{port};transport={t}>",
]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_contacts(um, transport):
    """Our BYE has the Contact as its Request-URI and comes back by the way that it names."""
    pbx = getattr(um, transport)()
    um.wait_standby()
    calls = []
    for contact in CONTACTS:
        contact = contact.format(ip=pbx.ip, port=pbx.port, t=transport, T=transport.upper())
        call = Call(pbx)
        plain = call.request

        def request(*a, contact=contact, plain=plain, **k):
            text = plain(*a, **k)
            start = text.index("Contact: ")
            return text[:start] + f"Contact: {contact}" + text[text.index("\r\n", start):]
        call.request = request
        assert call.invite().status == 200, contact
        call.ack()
        calls.append((call, between(contact) if "<" in contact else contact.split(";")[0]))
    um.recycle("--now")
    for call, uri in calls:
        bye = call.hung_up(3)
        assert bye.uri.lower().startswith(uri.lower()), bye
