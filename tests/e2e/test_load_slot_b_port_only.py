"""A PBX that an administrator once pointed at 5067 by hand loses no call of 3,000 while the worker
is recycled twenty times, though the first worker never sat in that slot."""

from harness.load import few_retransmissions, through_recycles


def test_no_call_is_lost(um):
    few_retransmissions(through_recycles(um, "call.xml", um.block.proxied, to=5067))
