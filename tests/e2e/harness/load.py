"""The bar of the house: 3,000 calls at 50 a second through 20 recycles, none failed."""

import time

from .evertrunk import SLOW, Watch
from .sipp import Sipp
from .wait import until

CALLS, RATE, RECYCLES = 3000, 50, 20


def through_recycles(um, scenario, ip, to=5060, transport="u1", options=()):
    """Runs the load and the recycles side by side; gives sipp's result."""
    um.wait_standby()
    before = um.active()["generation"]
    watch = Watch(um, step=0.05)
    with watch, Sipp(um.folder / "sipp", scenario, ip, f"{um.block.door}:{to}", calls=CALLS,
                     rate=RATE, transport=transport, options=options) as sipp:
        start, pause = time.monotonic(), CALLS / RATE / (RECYCLES + 1)
        for n in range(1, RECYCLES + 1):
            time.sleep(max(0, start + n * pause - time.monotonic()))
            assert sipp.running(), f"sipp ended before recycle {n}: {sipp.wait(1)}"
            um.recycle("--reason", f"load {n}")
        result = sipp.wait(90)
    result.all_good(CALLS)
    assert watch.most <= 2, f"{watch.most} workers at once"
    assert um.active()["generation"] >= before + RECYCLES
    settled(um)
    for ledger in um.history()[:RECYCLES]:
        assert ledger["result"] == "done", ledger
        assert (ledger["cut"], ledger["lost"]) == (0, 0), ledger
    metrics = um.metrics()
    assert metrics["um_calls_started_total"] == CALLS, metrics
    return result


def settled(um, seconds=15):
    """Until every call has been reported as ended and the last drain is over."""
    until("all calls ended", seconds * SLOW, lambda: um.metrics()["um_calls_active"] == 0)
    until("the last old worker gone", seconds * SLOW,
          lambda: all(l["result"] != "draining" for l in um.history()))


def few_retransmissions(result):
    """Over UDP on loopback nothing is lost: a repeat means that somebody was asleep for 500 ms."""
    assert result.retransmissions <= CALLS // 100 * SLOW, str(result)
