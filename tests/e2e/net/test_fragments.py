"""Messages larger than the wire takes: over UDP they come in fragments and are answered in fragments, over
a wire of 1500 bytes and a router in between with 1400."""

import re

import pytest

from harness.sip import Call
from harness.wait import until

US, PBX = "192.0.2.20", "203.0.113.10"
SIZES = [3000, 8000, 15000]


@pytest.fixture
def um(net, make_on):
    host, router, pbx = net.space("um"), net.space("router"), net.space("pbx")
    net.wire(host, f"{US}/24 2001:db8:1::20/64", router, "192.0.2.1/24 2001:db8:1::1/64")
    net.wire(router, "203.0.113.1/24 2001:db8:2::1/64", pbx, f"{PBX}/24 2001:db8:2::10/64",
             mtu=1400)
    router.forward()
    host.route("default", "192.0.2.1").route("default", "2001:db8:1::1")
    pbx.route("default", "203.0.113.1").route("default", "2001:db8:2::1")
    um = make_on(host, f"{US} 2001:db8:1::20", {
        "pbx": {"source": f"{PBX} 2001:db8:2::10", "mode": "proxy"}})
    um.pbx, um.router = pbx, router
    return um


def pbx_at(um, ip, us):
    """The PBX's socket.  IPv6 neighbours find each other at the second try: that is not what we look
    at."""
    pbx = um.pbx.udp(ip, (us, 5060))
    ping = Call(pbx)

    def answered():
        pbx.send(ping.request("OPTIONS"))
        try:
            return ping.final("OPTIONS", 0.1)
        except AssertionError:
            return None
    until("the PBX and we are in touch", 5, answered)
    pbx.waiting.clear()
    return pbx


def padded(call, size):
    """Fields that make the INVITE `size` bytes long, in parts a parser may hold."""
    room = size - len(call.request("INVITE", body=call.offer()))
    lines, serial = "", 0
    while room - len(lines) > 600:
        serial += 1
        lines += f"X-History-{serial}: {'h' * 480}\r\n"
    return lines + f"X-Rest: {'r' * (room - len(lines) - 10)}\r\n"


def reassembled(space, six):
    """How many datagrams this host has put together from fragments."""
    text = space.tell("cat", "/proc/net/snmp6" if six else "/proc/net/snmp")
    if six:
        return int(re.search(r"Ip6ReasmOKs\s+(\d+)", text).group(1))
    names, values = [line.split() for line in text.splitlines() if line.startswith("Ip:")]
    return int(values[names.index("ReasmOKs")])


@pytest.mark.parametrize("pbx_ip, us", [(PBX, US), ("2001:db8:2::10", "2001:db8:1::20")])
def test_large_invites(um, pbx_ip, us):
    pbx, six = pbx_at(um, pbx_ip, us), ":" in us
    for size in SIZES:
        call = Call(pbx)
        before = reassembled(um.space, six)
        fields = padded(call, size)
        call.open(fields=fields)
        assert abs(len(call.invite_text) - size) < 20
        assert reassembled(um.space, six) > before, "it came in one piece: the wire is too wide"
        assert call.bye().status == 200


@pytest.mark.parametrize("pbx_ip, us", [(PBX, US), ("2001:db8:2::10", "2001:db8:1::20")])
def test_large_answers(um, pbx_ip, us):
    """A dozen Vias and Record-Routes come back in every answer, and in no fewer pieces."""
    pbx, six = pbx_at(um, pbx_ip, us), ":" in us
    stack = "".join(f"Via: SIP/2.0/UDP hop{n}.example.com:5060;branch=z9hG4bK{'v' * 180}{n}\r\n"
                    f"Record-Route: <sip:hop{n}.example.com;lr;x={'r' * 180}>\r\n"
                    for n in range(12))
    # the topmost of the route set is where requests of ours would go: the PBX itself
    host = f"[{pbx_ip}]" if six else pbx_ip
    own = f"Record-Route: <sip:{host}:{pbx.port};lr>\r\n"
    before = reassembled(um.pbx, six)
    call = Call(pbx).open(fields=own + stack)
    assert len(call.ok.raw) > 4000
    assert len(call.ok.all("Via")) == 13 and len(call.ok.all("Record-Route")) == 13
    assert reassembled(um.pbx, six) > before
    before = reassembled(um.pbx, six)
    call.cseq += 1
    pbx.send(call.request("OPTIONS", fields=stack))
    assert call.final("OPTIONS").status == 200
    assert reassembled(um.pbx, six) > before, "the answer to OPTIONS came in one piece"
    assert call.bye().status == 200


def answer_of(size, pbx):
    """Fields that make the answer to an OPTIONS `size` bytes long: a Via that comes back, as long as
    what is missing in the answer to one without."""
    call = Call(pbx)
    pbx.send(call.request("OPTIONS"))
    via = "Via: SIP/2.0/UDP h.example.com;branch=z9hG4bK{}\r\n"
    missing = size - len(call.final("OPTIONS", 1).raw) - len(via.format(""))
    return via.format("v" * missing)


@pytest.mark.parametrize("pbx_ip, us, size", [
    (PBX, US, 1440), (PBX, US, 3000), ("2001:db8:2::10", "2001:db8:1::20", 3000)])
def test_a_path_that_takes_less_than_our_wire(um, pbx_ip, us, size):
    """What fits our wire of 1500 bytes does not fit the router's.  The answer arrives at the first
    try, though nobody tells us: firewalls swallow the ICMP that would."""
    um.router.nft("table inet f { chain c { type filter hook output priority 0; "
                  "icmp type destination-unreachable drop; icmpv6 type packet-too-big drop; }; }")
    pbx = pbx_at(um, pbx_ip, us)
    call = Call(pbx)
    pbx.send(call.request("OPTIONS", fields=answer_of(size, pbx)))
    answer = call.final("OPTIONS", 1)
    assert abs(len(answer.raw) - size) < 8, len(answer.raw)


def test_an_ipv6_path_is_learned(um):
    """Linux does not cut what fits the first wire: then the router's word is believed, and what the
    PBX repeats for want of an answer is answered."""
    pbx = pbx_at(um, "2001:db8:2::10", "2001:db8:1::20")
    call = Call(pbx)
    text = call.request("OPTIONS", fields=answer_of(1440, pbx))
    pbx.send(text)
    pbx.silent(0.5, call.mine())
    pbx.send(text)
    assert abs(len(call.final("OPTIONS", 1).raw) - 1440) < 8


@pytest.mark.parametrize("pbx_ip, us", [(PBX, US), ("2001:db8:2::10", "2001:db8:1::20")])
def test_many_answers_of_one_size_on_a_small_path(um, pbx_ip, us):
    """What leaves as one run and is cut by the kernel must fit the path, where that is known."""
    via, net = ("2001:db8:1::1", "2001:db8:2::/64") if ":" in us else ("192.0.2.1", "203.0.113.0/24")
    um.space.ip(f"route add {net} via {via} mtu 1300")
    pbx = pbx_at(um, pbx_ip, us)
    calls, fields = [Call(pbx) for _ in range(16)], answer_of(1350, pbx)
    for call in calls:
        pbx.send(call.request("OPTIONS", fields=fields))
    sizes = {len(call.final("OPTIONS", 2).raw) for call in calls}
    assert min(sizes) > 1272 and max(sizes) < 1400, sizes
    assert um.metrics()['um_dropped_total{why="send"}'] == 0


def test_lost_fragments_are_no_message(um):
    """Half a datagram never becomes one; the PBX sends again."""
    pbx = pbx_at(um, PBX, US)
    call = Call(pbx)
    text = call.request("INVITE", body=call.offer(), fields=padded(call, 8000))
    um.router.nft("table ip f { chain c { type filter hook forward priority 0; "
                  "ip frag-off & 0x1fff > 200 drop; }; }")
    pbx.send(text)
    pbx.silent(0.5, call.mine())
    um.router.nft("delete table ip f")
    pbx.send(text)
    answer = call.final("INVITE")
    assert answer.status == 200
    call.confirm(answer)
    call.ack()
    assert call.bye().status == 200
