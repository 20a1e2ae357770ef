"""Our own certificate: what is said of it, what is refused, and how another takes its place while
connections live on."""

import json
import os
import shutil
import subprocess
import time

import pytest

from harness.evertrunk import BUILD
from harness.procs import no_quarantine, resident_bytes
from harness.sip import Call
from harness.tls import Pki, s_client, tls
from harness.wait import until


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    p = Pki(tmp_path_factory.mktemp("pki"))
    p.ca.issue("second", "DNS:um.example.com")
    p.ca.issue("third", "DNS:um.example.com")
    p.ca.issue("expired", "DNS:um.example.com", days=-1)
    p.ca.issue("soon", "DNS:um.example.com", days=20)
    p.ca.issue("wild", "DNS:*.example.com")
    return p


@pytest.fixture
def um(make, pki):
    return pki.setup(make()).start()


def subject(um):
    """The certificate that a new connection gets."""
    said = s_client(um, say="Q\n")
    return next(l for l in said.splitlines() if l.startswith("subject=")).split("CN = ")[1]


def options(endpoint):
    call = Call(endpoint)
    endpoint.send(call.request("OPTIONS"))
    return call.final("OPTIONS").status


def health(um):
    status, text = um.http("/health")
    assert status == 200
    return json.loads(text)["checks"]["tls:certificate"][0]


# -- at the start

def cannot_start(um, words):
    done = subprocess.run([BUILD / "um-supervisor", "-c", um.conf], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 1
    last = [l for l in done.stderr.splitlines() if "cannot start" in l]
    assert len(last) == 1 and words in last[0], done.stderr


def test_what_it_does_not_start_with(make, pki):
    um = pki.setup(make())
    pki.ca.install("expired", um.folder)
    cannot_start(um, "um.pem: expired on 20")
    pki.ca.install("second", um.folder)
    shutil.copy(pki.ca.key("third"), um.folder / "um.key")
    cannot_start(um, "um.key: is not the key of the certificate in")
    (um.folder / "um.key").unlink()
    cannot_start(um, "um.key: No such file or directory")
    subprocess.run(["openssl", "ec", "-aes128", "-in", pki.ca.key("third"), "-out",
                    um.folder / "um.key", "-passout", "pass:secret"], check=True,
                   capture_output=True)
    cannot_start(um, "um.key: is protected by a passphrase")


def test_a_wildcard_is_warned_of(make, pki):
    """The case this all began with: calls in work, message waiting out does not."""
    um = pki.setup(make(), host="um.example.com voice.example.org")
    pki.ca.install("wild", um.folder)
    um.start()
    line = um.wait_log("has the wildcard \\*.example.com in its subjectAltName")
    assert "calls from them work, but what we send to them" in line
    um.wait_log("does not name tls.host voice.example.org, only dns:\\*.example.com")
    assert um.metrics()["um_tls_certificate_warnings"] == 2
    status = um.ctl("status").text
    assert "warning:     it has the wildcard" in status
    assert "certificate:   CN = wild until 20" in status
    assert um.status()["certificate"]["subject"] == "CN = wild"


def test_days_left(make, pki):
    um = pki.setup(make())
    pki.ca.install("soon", um.folder)
    um.start()
    left = um.metrics()["um_tls_certificate_not_after_seconds"] - time.time()
    assert 19 * 86400 < left < 21 * 86400
    assert health(um)["status"] == "warn"
    time.sleep(1.1)  # the second in which it was made is over: less than 20 days are left
    assert "the TLS certificate ends in 19 days" in health(um)["output"]
    um.wait_log("the certificate .*um.pem ends in (19|20) days")  # as it was when it was read
    pki.ca.install("second", um.folder)
    assert um.ctl("reload-tls").status == 0
    assert health(um)["status"] == "pass"


def test_no_tls_no_word_of_it(um, make):
    plain = make().start()
    answer = plain.ctl("reload-tls")
    assert answer.status == 1 and "listen.transports has no tls" in answer.text
    assert plain.metrics()["um_tls_certificate_not_after_seconds"] == 0
    assert "certificate" not in plain.ctl("status").text
    assert plain.status()["certificate"] is None


# -- another one

def test_by_command(um, pki):
    pbx = tls(um)
    call = Call(pbx).open()
    assert subject(um) == "um"
    pki.ca.install("second", um.folder)
    answer = um.ctl("reload-tls")
    assert answer.status == 0
    assert "certificate in use: CN = second (dns:um.example.com subject:second), 364 days left" \
        in answer.text
    assert subject(um) == "second"
    assert call.reinvite().status == 200, "the old connection lives on"
    assert call.bye().status == 200
    assert um.metrics()["um_tls_reloads_total"] == 1


def test_when_the_files_change(um, pki):
    """In place, and behind a symbolic link as certbot does it; the old connection lives on."""
    pbx = tls(um)
    assert options(pbx) == 200
    pki.ca.install("second", um.folder)
    until("the second is in use", 20, lambda: subject(um) == "second", step=0.5)
    live, archive = um.folder / "um.pem", um.folder / "archive"
    archive.mkdir()
    for name in ("second", "third"):
        shutil.copy(pki.folder / f"{name}.pem", archive / f"{name}.pem")
        shutil.copy(pki.ca.key(name), archive / f"{name}.key")
    for path, name in ((live, "second.pem"), (um.folder / "um.key", "second.key")):
        path.unlink()
        path.symlink_to(archive / name)
    before = um.metrics()["um_tls_reloads_total"]
    until("the links are noticed", 20, lambda: um.metrics()["um_tls_reloads_total"] > before,
          step=0.5)
    for path, name in ((live, "third.pem"), (um.folder / "um.key", "third.key")):
        new = path.with_suffix(".new")
        new.symlink_to(archive / name)
        new.rename(path)
    until("the third is in use", 20, lambda: subject(um) == "third", step=0.5)
    assert options(pbx) == 200
    assert um.metrics()["um_tls_reloads_refused_total"] == 0


def test_a_bad_pair_is_kept_out(um, pki):
    shutil.copy(pki.folder / "second.pem", um.folder / "um.pem")  # its key is not there yet
    answer = um.ctl("reload-tls")
    assert answer.status == 1
    assert "is not the key of the certificate in" in answer.text
    assert answer.text.endswith("; the one in use stays")
    assert subject(um) == "um"
    assert options(tls(um)) == 200
    assert health(um)["status"] == "warn"
    assert "the last TLS certificate was not taken over: tls.key" in health(um)["output"]
    metrics = um.metrics()
    assert metrics["um_tls_reload_refused"] == metrics["um_tls_reloads_refused_total"] == 1
    assert "not taken:   another at 20" in um.ctl("status").text
    shutil.copy(pki.ca.key("second"), um.folder / "um.key")
    until("the pair fits and is taken over", 20, lambda: subject(um) == "second", step=0.5)
    assert health(um)["status"] == "pass"
    assert um.metrics()["um_tls_reload_refused"] == 0


def test_a_bad_file_is_tried_once(um, pki):
    """Not again every few seconds."""
    (um.folder / "um.pem").write_text("nonsense")
    um.wait_log("certificate not taken over, the one in use stays: tls.certificate .*holds no", 20)
    time.sleep(8)
    assert um.metrics()["um_tls_reloads_refused_total"] == 1
    pki.ca.install("expired", um.folder)
    um.wait_log("certificate not taken over, the one in use stays: .*expired on", 20)
    assert subject(um) == "um"


def test_with_the_configuration(um, pki):
    other = um.folder / "other"
    other.mkdir()
    pki.ca.install("second", other)
    um.configure({"tls": {"certificate": other / "um.pem"}})
    answer = um.ctl("reload")
    assert answer.status == 1
    assert "the old configuration stays: tls.key" in answer.text, answer
    assert subject(um) == "um"
    assert um.metrics()["um_tls_reload_refused"] == 0
    um.configure({"tls": {"key": other / "um.key"}})
    assert um.ctl("reload").status == 0
    assert subject(um) == "second"


# -- a hundred of them

def test_a_hundred_under_load(make, pki):
    """Calls on lasting and on new connections all the while: none fails, and memory is as before."""
    um = no_quarantine(pki.setup(make())).start()
    names = ["second", "third"]
    steady = tls(um)

    def round_of_calls(n):
        pki.ca.install(names[n % 2], um.folder)
        answer = um.ctl("reload-tls")
        assert answer.status == 0, answer
        assert Call(steady).open().bye().status == 200
        fresh = tls(um)
        assert Call(fresh).open().bye().status == 200
        fresh.close()
        um.closing.remove(fresh)

    for n in range(20):
        round_of_calls(n)
    before = resident_bytes(um.pid)
    fds = len(os.listdir(f"/proc/{um.pid}/fd"))
    for n in range(100):
        round_of_calls(n)
    assert um.metrics()["um_tls_reloads_total"] == 120
    assert um.metrics()["um_calls_started_total"] == 240
    until("descriptors are back", 5, lambda: len(os.listdir(f"/proc/{um.pid}/fd")) <= fds)
    grown = resident_bytes(um.pid) - before
    assert grown <= 5 << 20, f"grown by {grown >> 10} KiB"
    assert um.metrics()['um_tls_handshakes_total{result="failed"}'] == 0
    assert subject(um) == "third"
