"""A PBX that follows the 302 loses no call of 3,000 while the worker is recycled twenty times."""

from harness.load import CALLS, few_retransmissions, through_recycles


def test_no_call_is_lost(um):
    result = through_recycles(um, "redirect.xml", um.block.redirected)
    few_retransmissions(result)
    metrics = um.metrics()
    assert metrics["um_redirects_total"] >= CALLS
    assert metrics["um_redirects_unfollowed_total"] == 0
