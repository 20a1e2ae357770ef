"""Kamailio as the CS1000's proxy server (NRS/SPS): it record-routes, between a side of sipp gateways that write
what a CS1000 writes and ours; calls, holds, and BYE from both ends while workers are recycled."""

import time

import pytest

from harness.evertrunk import SLOW
from harness.kamailio import Kamailio
from harness.sipp import Sipp
from harness.wait import until

CALLS, RATE = 36, 24
SPS, GATEWAY = 11, 21


def gateway(um, scenario, transport, calls=CALLS):
    return Sipp(um.folder / "sipp", scenario, um.block.ip(GATEWAY), f"{um.block.ip(SPS)}:5060", calls=calls,
                rate=RATE, transport={"udp": "u1", "tcp": "t1"}[transport], port=5060)


def started(um, calls):
    until(f"{calls} calls are up", 15 * SLOW, lambda: um.metrics()["um_calls_active"] == calls, step=0.05)


def through_two_recycles(um, transport):
    um.wait_standby()
    with gateway(um, "cs1000.xml", transport) as sipp:
        until("calls", 10, lambda: um.metrics()["um_calls_active"] >= 5, step=0.02)
        um.recycle()
        time.sleep(CALLS / RATE / 2)
        um.ctl("recycle")  # may wait for the calls of before
        sipp.wait(30 * SLOW).all_good(CALLS)
    until("all calls ended", 10 * SLOW, lambda: um.metrics()["um_calls_active"] == 0)
    until("both recycles", 20 * SLOW, lambda: [l["result"] for l in um.history()] == ["done"] * 2)
    assert all((l["cut"], l["lost"]) == (0, 0) for l in um.history()), um.history()
    assert um.metrics()["um_calls_started_total"] == CALLS


@pytest.mark.parametrize("inside", ["udp", "tcp"])
@pytest.mark.parametrize("outside", ["udp", "tcp"])
def test_calls_through_recycles(um, outside, inside):
    """Between two transports there are two Record-Routes; the trunk's TCP connection is one for all."""
    Kamailio(um, um.block.ip(SPS), inside).start()
    through_two_recycles(um, outside)
    connections = um.metrics()['um_connections_total{result="accepted"}']
    assert connections <= (4 if inside == "tcp" else 0), "Kamailio had to connect again"


def test_the_number_in_its_record_route(um):
    """add_username: `<sip:3500;phone-context=cdp.udp@...;lr>` has to come back as it was."""
    Kamailio(um, um.block.ip(SPS), "tcp", username=True).start()
    through_two_recycles(um, "udp")


@pytest.mark.parametrize("port", [5065, 5067])
def test_aimed_at_a_worker_by_hand(um, port):
    """The workaround that the field used, which broke at the first recycle."""
    Kamailio(um, um.block.ip(SPS), "tcp", port=port).start()
    through_two_recycles(um, "tcp")


@pytest.mark.parametrize("style", ["ip", "nrs"])
def test_it_follows_the_302_itself(make, style):
    """By our address, and by the form that an NRS answers: the domain, and our address in maddr."""
    um = make()
    um.configure({"trunk proxied": {"mode": "redirect", "contact_style": style,
                                    "domain": "um.example.com"}})
    um.start()
    Kamailio(um, um.block.ip(SPS), "tcp", follow=True).start()
    through_two_recycles(um, "udp")
    assert um.metrics()["um_redirects_total"] == CALLS
    assert um.metrics()["um_redirects_unfollowed_total"] == 0


@pytest.mark.parametrize("inside", ["udp", "tcp"])
@pytest.mark.parametrize("outside", ["udp", "tcp"])
def test_we_hang_up(um, outside, inside):
    """The BYE of the old worker: to the SPS by its Record-Route, from there to the Contact's maddr."""
    Kamailio(um, um.block.ip(SPS), inside).start()
    um.wait_standby()
    with gateway(um, "cs1000_hung_up.xml", outside, 20) as sipp:
        started(um, 20)
        um.recycle("--now")
        sipp.wait(15 * SLOW).all_good(20)
    until("the ledger", 10 * SLOW, lambda: um.history()[0]["result"] == "done")
    assert um.history()[0]["cut"] == 20


def test_we_hang_up_after_it_was_restarted(um):
    """Its connection to us has gone with it: a new one is opened to where its Record-Route says."""
    sps = Kamailio(um, um.block.ip(SPS), "tcp").start()
    um.wait_standby()
    with gateway(um, "cs1000_hung_up.xml", "udp", 20) as sipp:
        started(um, 20)
        sps.restart()
        um.recycle("--now")
        sipp.wait(15 * SLOW).all_good(20)
    assert um.metrics()['um_connections_total{result="opened"}'] >= 1
