"""A worker whose memory stays above recycle.memory for a while is replaced; a burst of calls is not taken
for a leak, so this takes three looks, 20 s apart."""

import time

from harness.sip import Call


def test_memory(make):
    # the smallest value that the configuration takes; with the sanitizers a worker is born larger
    um = make({"recycle": {"memory": "16M"}}).start()
    um.wait_standby()
    pbx, end = um.udp(), time.monotonic() + 110
    while time.monotonic() < end and not um.history():
        if um.active()["memory_bytes"] < 18 << 20:
            for _ in range(200):
                call = Call(pbx).open()
                assert call.bye().status == 200
        time.sleep(0.5)
    assert um.history()[0]["reason"] == "memory", um.history()
    assert "16M" in um.history()[0]["text"]
    assert um.active()["generation"] == um.history()[0]["new_generation"]
