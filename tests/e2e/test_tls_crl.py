"""tls.crl: whom an authority has taken back is not known by what he shows; and what is done with a list
that is old, bad, or missing for one of several authorities."""

import json
import ssl
import subprocess

import pytest

from harness.evertrunk import BUILD
from harness.sip import Call
from harness.tls import Authority, Pki, s_client, tls
from harness.wait import until

LONG_AGO = "20200101000000Z"


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    p = Pki(tmp_path_factory.mktemp("pki"))
    for name in ("pbx", "stolen"):
        p.ca.issue(name, "DNS:pbx.example.com")
    p.ca.issue("between", extensions="basicConstraints=critical,CA:TRUE")
    p.ca.issue("below", "DNS:pbx.example.com", issuer="between")
    (p.folder / "below.pem").write_text((p.folder / "below.pem").read_text()
                                        + (p.folder / "between.pem").read_text())
    p.other = Authority(p.folder / "other", "other")
    p.other.issue("elsewhere", "DNS:pbx.example.com")
    return p


def with_lists(make, pki, *revoked, **how):
    """An Evertrunk whose trunk must show pbx.example.com, and a list with these certificates."""
    um = make()
    um.configure({"trunk named": {"source": um.block.ip(21), "tls_name": "pbx.example.com",
                                  "mode": "proxy"}})
    pki.ca.crl(um.folder / "ca.crl", *revoked, **how)
    return pki.setup(um, crl=um.folder / "ca.crl")


def is_known(um, pki, certificate, folder=None, why="revoked"):
    """Whether a telephone system that shows this is answered; if not, the log says why."""
    context = pki.client(certificate if folder is None else None)
    if folder:
        context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
    line = f"which counts for nothing: {why}"
    before = um.log.count(line)
    try:
        pbx = tls(um, context, ip=um.block.ip(21))
        call = Call(pbx)
        pbx.send(call.request("OPTIONS"))
        return call.final("OPTIONS", 3).status == 200
    except (AssertionError, OSError, ssl.SSLError):
        until("the reason is told", 5, lambda: um.log.count(line) > before)
        return False


def health(um):
    status, text = um.http("/health")
    assert status == 200
    return json.loads(text)["checks"]["tls:certificate"][0]


def test_who_is_revoked(make, pki):
    um = with_lists(make, pki, "stolen").start()
    assert is_known(um, pki, "pbx")
    assert not is_known(um, pki, "stolen")
    assert "revoked:     1 certificate, in 1 list until 20" in um.ctl("status").text
    said = um.status()["certificate"]
    assert (said["revocation_lists"], said["revoked"], said["warnings"]) == (1, 1, [])
    assert um.metrics()["um_tls_crl_not_after_seconds"] > 0
    assert health(um)["status"] == "pass"


def test_an_authority_between_is_revoked(make, pki):
    um = with_lists(make, pki).start()
    assert is_known(um, pki, "below")
    pki.ca.crl(um.folder / "ca.crl", "between")
    assert um.ctl("reload-tls").status == 0
    assert not is_known(um, pki, "below")


def test_another_list_while_it_runs(make, pki):
    """By itself when the file changes; what is up is not asked again, a session is not resumed."""
    um = with_lists(make, pki).start()
    context = pki.client("stolen")
    pbx = tls(um, context, ip=um.block.ip(21))
    assert Call(pbx).open().bye().status == 200
    session = pbx.sock.session
    pki.ca.crl(um.folder / "ca.crl", "stolen")
    until("the list is read", 20, lambda: um.status()["certificate"]["revoked"] == 1, step=0.5)
    assert not is_known(um, pki, "stolen")
    with pytest.raises((AssertionError, OSError, ssl.SSLError)):
        again = tls(um, context, ip=um.block.ip(21), session=session)
        Call(again).open(seconds=3)
    assert Call(pbx).open().bye().status == 200


def test_a_session_of_another_list_is_not_resumed(make, pki, tmp_path):
    um = with_lists(make, pki).start()

    def resumed():
        said = s_client(um, "-tls1_2", "-cert", pki.folder / "pbx.pem", "-key", pki.folder / "pbx.key",
                        "-sess_in", tmp_path / "session", bind=um.block.ip(21), say="Q\n")
        return "Reused, TLSv1.2" in said

    s_client(um, "-tls1_2", "-cert", pki.folder / "pbx.pem", "-key", pki.folder / "pbx.key", "-sess_out",
             tmp_path / "session", bind=um.block.ip(21), say="Q\n")
    assert resumed()
    pki.ca.crl(um.folder / "ca.crl", "stolen")
    assert um.ctl("reload-tls").status == 0
    assert not resumed()


def test_a_list_that_is_out_of_date_still_counts(make, pki):
    um = with_lists(make, pki, "stolen", end=LONG_AGO).start()
    assert is_known(um, pki, "pbx"), "an old list must not end all calls"
    assert not is_known(um, pki, "stolen")
    um.wait_log("the revocation list of .* ended on 2020-01-01")
    um.wait_log("a revocation list in .*ca.crl is out of date")
    assert health(um)["status"] == "warn" and "tls.crl" in health(um)["output"]
    assert um.metrics()["um_tls_crl_not_after_seconds"] == 1577836800
    # that it is old must not hide what else is wrong with a certificate
    assert not is_known(um, pki, "elsewhere", pki.other.folder, why="signed by nobody that tls.ca knows")


def test_an_authority_without_a_list(make, pki):
    """Another one in tls.ca has none: nothing of its is revoked."""
    um = with_lists(make, pki, "stolen")
    (um.folder / "ca.pem").write_text(pki.ca.pem.read_text() + pki.other.pem.read_text())
    um.start()
    assert is_known(um, pki, "elsewhere", pki.other.folder)
    assert not is_known(um, pki, "stolen")


def test_bad_lists_are_kept_out(make, pki):
    um = with_lists(make, pki, "stolen").start()
    forged = Authority(um.folder / "forged")  # it bears the same name
    for make_bad, words in (
            (lambda p: p.write_text("nothing"), "holds no revocation list in PEM form"),
            (forged.crl, "is not signed by it"),
            (lambda p: p.unlink(), "No such file or directory")):
        make_bad(um.folder / "ca.crl")
        answer = um.ctl("reload-tls")
        assert answer.status == 1 and "tls.crl" in answer.text and words in answer.text, answer
        assert not is_known(um, pki, "stolen")
    assert is_known(um, pki, "pbx")


def test_a_list_of_nobody(make, pki):
    um = with_lists(make, pki)
    pki.other.crl(um.folder / "ca.crl", "elsewhere")
    um.start()
    um.wait_log("the revocation list of CN = Root other is of nobody in tls.ca")
    assert is_known(um, pki, "pbx")


def test_lists_need_authorities(make, pki):
    um = with_lists(make, pki)
    um.configure({"tls": {"ca": ""}})
    um.write()
    done = subprocess.run([BUILD / "um-supervisor", "-n", "-c", um.conf], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 1 and "tls.crl: lists can only be checked with tls.ca" in done.stderr
