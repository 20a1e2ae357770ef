"""A proxied PBX with one single TCP connection loses no call of 3,000 while the worker is recycled
twenty times, and its connection is never closed by us."""

from harness.load import through_recycles


def test_no_call_is_lost_on_one_connection(um):
    through_recycles(um, "call.xml", um.block.proxied, transport="t1")
    metrics = um.metrics()
    assert metrics['um_connections_total{result="accepted"}'] == 1, "the PBX had to connect again"
