"""A PBX that an administrator once pointed at 5065 by hand loses no call of 3,000 while the worker
is recycled twenty times, though every other worker sits in the other slot."""

from harness.load import few_retransmissions, through_recycles


def test_no_call_is_lost(um):
    few_retransmissions(through_recycles(um, "call.xml", um.block.redirected, to=5065))
