"""Under systemd: READY once a call would be answered, STATUS that tells, WATCHDOG fed, STOPPING said."""

import signal
import socket

from harness.wait import until


def notifications(um, watchdog=False):
    path = str(um.folder / "notify")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(path)
    sock.setblocking(False)
    um.closing.append(sock)
    said = []

    def take():
        try:
            while True:
                said.extend(sock.recv(4096).decode().split("\n"))
        except BlockingIOError:
            return said
    um.environment = {"NOTIFY_SOCKET": path}
    if watchdog:
        um.environment["WATCHDOG_USEC"] = "1000000"
    return take


def test_ready_status_stopping(make):
    um = make()
    said = notifications(um)
    um.start()
    until("READY=1", 5, lambda: "READY=1" in said())
    assert any(line.startswith("STATUS=") for line in said())
    um.process.send_signal(signal.SIGTERM)
    um.process.wait(15)
    assert "STOPPING=1" in said()


def test_not_ready_without_a_worker(make):
    um = make().own_program()
    um.fake_worker("exit 1")
    said = notifications(um)
    um.start(ready=False)
    until("alive", 5, lambda: um.http("/livez")[0] == 200)
    assert "READY=1" not in said()


def test_watchdog_is_fed_while_all_is_well(make):
    um = make()
    said = notifications(um, watchdog=True)
    um.start()
    until("three feeds", 5, lambda: said().count("WATCHDOG=1") >= 3)


def test_reload_is_announced(make):
    um = make()
    said = notifications(um)
    um.start()
    assert um.ctl("reload").status == 0
    until("RELOADING and READY", 3, lambda: "RELOADING=1" in said()
          and said().count("READY=1") >= 2)
