"""A proxied PBX on UDP loses no call of 3,000 while the worker is recycled twenty times."""

from harness.load import few_retransmissions, through_recycles


def test_no_call_is_lost(um):
    result = through_recycles(um, "call.xml", um.block.proxied)
    few_retransmissions(result)
