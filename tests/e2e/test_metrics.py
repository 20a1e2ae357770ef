"""/metrics: every series there from the start with 0, counters survive a recycle, and calls started =
ended + active, always."""

import re
import threading

from harness.evertrunk import ROOT
from harness.sip import Call
from harness.wait import until


def table_rows():
    """The counter table of the program, as its source has it."""
    text = (ROOT / "supervisor/counters.h").read_text()
    rows = re.findall(r'X\(\w+,\s*"([a-z_]+)",\s*("(?:[^"\\]|\\.)*")', text)
    return [family + ("{" + labels[1:-1].replace('\\"', '"') + "}" if labels != '""' else "")
            for family, labels in rows]


def ended(metrics):
    return sum(v for k, v in metrics.items() if k.startswith("um_calls_ended_total"))


def test_every_series_from_the_start(um):
    metrics = um.metrics()
    rows = table_rows()
    assert len(rows) > 40
    for series in rows:
        assert series in metrics, f"{series} is missing"
    words = re.findall(r'X\(\w+, "(\w+)"\)', (ROOT / "ipc/messages.h").read_text())
    assert len(words) >= 9
    for word in words:
        assert metrics[f'um_calls_ended_total{{cause="{word}"}}'] == 0
    assert um.content_type.startswith("text/plain; version=0.0.4")


def test_text_is_well_formed(um):
    _status, text = um.http("/metrics")
    families, seen = set(), set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            family = line.split()[2]
            assert family not in families, f"{family} twice"
            families.add(family)
        elif not line.startswith("#"):
            assert re.fullmatch(r'[a-z_:][a-z0-9_:]*(\{[^{}]*\})? [-+0-9.eE]+(NaN|Inf)?', line), line
            series = line.rpartition(" ")[0]
            assert series not in seen, f"{series} twice"
            seen.add(series)
            name = series.partition("{")[0]
            assert name in families, f"{name} without TYPE"


def test_started_is_ended_plus_active_at_every_moment(um):
    um.wait_standby()
    wrong, stop = [], threading.Event()

    def watch():
        while not stop.is_set():
            m = um.metrics()
            if m["um_calls_started_total"] != ended(m) + m["um_calls_active"]:
                wrong.append(m)

    watcher = threading.Thread(target=watch)
    watcher.start()
    pbx = um.udp()
    for n in range(40):
        calls = [Call(pbx).open() for _ in range(3)]
        if n % 10 == 5:
            um.recycle()
        for call in calls:
            call.bye()
    stop.set()
    watcher.join()
    assert not wrong, wrong[0]
    until("all ended", 5, lambda: um.metrics()["um_calls_active"] == 0)
    m = um.metrics()
    assert m["um_calls_started_total"] == 120 == ended(m)
    assert m['um_calls_ended_total{cause="hangup"}'] == 120
    assert m['um_sip_requests_total{dir="in",method="INVITE"}'] == 120
    assert m['um_recycles_total{reason="operator",result="done"}'] >= 3
