"""Delivery by SMTP, the whole way: a call, or a file put into the spool, and the real Postfix with its own
mailboxes."""

import re
import socketserver
import threading
import time

import pytest

from harness.evertrunk import SLOW
from harness.maildir import samples_of
from harness.postfix import Postfix
from harness.rtp import PCMU, decode, share_found
from harness.tls import Authority
from harness.voice import Caller
from harness.wait import until

MISSED = "MessageType : MissedCall\nCallerId : 2101\nRecipientAddress : {}\n"


@pytest.fixture
def smtp(post):
    """`post` set to deliver by SMTP; `postfix()` starts one and names it in smtp.hosts."""
    made = []
    um = post.um
    um.configure({"mail": {"delivery": "smtp"}, "smtp": {"tls": "never", "connect_timeout": "2s"}})

    def postfix(start=True, hosts=True, ip=40, **settings):
        made.append(Postfix(um.block.ip(ip), **settings))
        if hosts:
            um.configure({"smtp": {"hosts": " ".join(p.host for p in made)}})
        return made[-1].start() if start else made[-1]

    def missed(name, to="anna@example.com"):
        post.drop(name, MISSED.format(to))

    post.postfix, post.missed = postfix, missed
    yield post
    try:
        um.stop()
    finally:
        for p in made:
            p.close()


def gone(post, seconds=10):
    until("the spool is empty", seconds, lambda: not post.left())


def test_a_message(smtp):
    """A caller's words in Anna's mailbox, and how long Postfix's 250 took from the hang-up."""
    um = smtp.um
    postfix = smtp.postfix()
    people = um.folder / "mailboxes.csv"
    people.write_text("extension,name,address\n3500,Anna,anna@example.com\n")
    um.configure({"mailboxes": {"file": people}, "dialplan main": {"extension_length": 4},
                  "trunk proxied": {"dialplan": "main"}})
    um.start()
    took = []
    for n in range(5):
        caller = Caller(um, um.udp(), caller="2101", called="3500")
        said = caller.leave_message(seconds=2.0, seed=n)
        hung_up = time.monotonic()
        until("Postfix has it in its queue", 10, step=0.003,
              condition=lambda: postfix.log().count("from=<voicemail") > n)
        took.append(time.monotonic() - hung_up)
    mails = postfix.mail("anna", 5)
    (sound,) = [p for p in mails[-1].walk() if p.get_content_maintype() == "audio"]
    assert share_found(samples_of(sound.get_content()), decode(PCMU, said)) > 0.9
    assert mails[0]["Return-Path"] == "<voicemail@example.com>"
    assert mails[0]["Message-ID"].endswith("@example.com>")
    print("hang-up to Postfix's queue:", " ".join(f"{t * 1000:.0f} ms" for t in took))
    assert sorted(took)[2] < 0.150 * SLOW
    gone(smtp)


def test_one_connection_for_many(smtp):
    postfix = smtp.postfix()
    for n in range(50):
        smtp.missed(f"m{n}")
    smtp.um.start()
    gone(smtp)
    assert len({m["Message-ID"] for m in postfix.mail("anna", 50)}) == 50
    assert postfix.connections() == 1
    # and it is not kept for ever
    until("QUIT", 20, lambda: "quit=1" in postfix.log())


def test_an_unknown_user(smtp):
    smtp.postfix()
    smtp.um.start()
    smtp.missed("m", "nobody@example.com")
    until("it is bad", 10, smtp.bad)
    assert "550 5.1.1 <nobody@example.com>: Recipient address rejected" in smtp.bad()["m"]
    smtp.missed("n")
    gone(smtp)


def test_a_server_that_rests(smtp):
    """Stopped for a while: nothing is lost, nothing is bad; `queue retry` when it is back."""
    um = smtp.um
    postfix = smtp.postfix()
    um.start()
    postfix.stop()
    for n in range(3):
        smtp.missed(f"m{n}")
    until("a try", 10, lambda: "not delivered" in um.log)
    assert "Connection refused" in um.ctl("queue").text or "connect" in um.ctl("queue").text
    postfix.start()
    assert um.ctl("queue", "retry").status == 0
    gone(smtp)
    assert len(postfix.mail("anna", 3)) == 3 and not smtp.bad()


def test_greylisting(smtp):
    """A policy server that refuses each recipient once, as real ones do."""
    seen = set()

    class Policy(socketserver.StreamRequestHandler):
        def handle(self):
            asked = {}
            for line in self.rfile:
                key, _, value = line.decode().strip().partition("=")
                asked[key] = value
                if key:
                    continue
                known = asked.get("recipient") in seen
                seen.add(asked.get("recipient"))
                answer = "DUNNO" if known else "DEFER_IF_PERMIT Greylisted, come again"
                self.wfile.write(f"action={answer}\n\n".encode())
                asked = {}

    with socketserver.ThreadingTCPServer((smtp.um.block.ip(44), 10023), Policy) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        postfix = smtp.postfix(smtpd_recipient_restrictions="check_policy_service inet:"
                               f"{smtp.um.block.ip(44)}:10023")
        um = smtp.um.start()
        smtp.missed("m")
        smtp.missed("n", "bob@example.com")
        until("both are put off", 10, lambda: um.ctl("queue").text.count("Greylisted, come again") == 2)
        assert um.ctl("queue", "retry", "n").status == 0
        postfix.mail("bob")
        assert um.ctl("queue", "retry").status == 0
        postfix.mail("anna")
        gone(smtp)
        server.shutdown()


def test_hosts_in_order(smtp):
    smtp.postfix(start=False)
    second = smtp.postfix(ip=41)
    smtp.um.start()
    smtp.missed("m")
    second.mail("anna")
    gone(smtp)


def test_too_large(smtp):
    postfix = smtp.postfix(message_size_limit=800)
    smtp.um.start()
    smtp.missed("m")
    until("it is bad", 10, smtp.bad)
    assert re.search(r"too large: \d+ bytes, the server takes 800", smtp.bad()["m"])
    assert "from=" not in postfix.log()


# -- TLS and AUTH


@pytest.fixture
def pki(tmp_path):
    return Authority(tmp_path / "mail-pki")


def secured(smtp, pki, names="DNS:mx.example.com", level="may", **settings):
    ip = smtp.um.block.ip(40)
    pki.issue("mx", names or f"IP:{ip}")
    return smtp.postfix(smtpd_tls_cert_file=pki.folder / "mx.pem", smtpd_tls_key_file=pki.key("mx"),
                        smtpd_tls_security_level=level, smtpd_tls_loglevel=1, **settings)


def test_starttls(smtp, pki):
    um = smtp.um
    postfix = secured(smtp, pki, names=None, level="encrypt")
    um.configure({"smtp": {"tls": "required", "ca": pki.pem}})
    um.start()
    smtp.missed("m")
    postfix.mail("anna")
    assert "TLS connection established" in postfix.log()
    answer = um.ctl("test-mail", "bob@example.com")
    assert answer.status == 0, answer
    for words in ("> STARTTLS", "SSL connection using TLSv1.3", "subject: CN=mx", "issuer: CN=Root ca",
                  "> MAIL FROM:<voicemail@example.com>", "< 250 2.0.0 Ok: queued as"):
        assert words in answer.text, answer.text
    assert postfix.mail("bob")[0]["Subject"] == "Test of voice mail delivery"


@pytest.mark.parametrize("wrong", ["name", "authority", "none"])
def test_not_the_server_we_mean(smtp, pki, tmp_path, wrong):
    """Nothing goes to it, and the words say why; with tls = optional it would."""
    um = smtp.um
    if wrong == "none":
        postfix = smtp.postfix()
    else:
        postfix = secured(smtp, pki, names="DNS:other.example.com" if wrong == "name" else None)
    ca = Authority(tmp_path / "other").pem if wrong == "authority" else pki.pem
    um.configure({"smtp": {"tls": "required", "ca": ca}})
    um.start()
    smtp.missed("m")
    until("a try", 10, lambda: "not delivered" in um.log)
    why = {"name": "no alternative certificate subject name", "authority": "certificate problem",
           "none": "STARTTLS not supported"}[wrong]
    assert why in um.ctl("queue").text
    assert "from=" not in postfix.log() and not smtp.bad()
    before = um.active()
    um.configure({"smtp": {"tls": "optional"}})
    assert um.ctl("reload").status == 0  # the workers are replaced, the queue goes along
    until("a new worker", 20, lambda: um.active() != before)
    postfix.mail("anna")


def test_tls_from_the_first_byte(smtp, pki):
    postfix = secured(smtp, pki, names=None, level="encrypt", smtpd_tls_wrappermode="yes")
    smtp.um.configure({"smtp": {"tls": "implicit", "ca": pki.pem}})
    smtp.um.start()
    smtp.missed("m")
    postfix.mail("anna")


def login(smtp, pki, password, mode=0o600):
    um = smtp.um
    file = um.folder / "mail.password"
    file.write_text(f"{password}\n")
    file.chmod(mode)
    postfix = secured(smtp, pki, names=None, level="encrypt", smtpd_sasl_auth_enable="yes",
                      smtpd_sasl_path="smtpd", smtpd_sasl_local_domain="mx.example.com",
                      cyrus_sasl_config_path="{folder}/etc/sasl", smtpd_tls_auth_only="yes",
                      smtpd_client_restrictions="permit_sasl_authenticated,reject")
    postfix.user("um", "s3cret phrase")
    um.configure({"smtp": {"tls": "required", "ca": pki.pem, "user": "um", "password_file": file}})
    um.start()
    return um, postfix


def test_login(smtp, pki):
    um, postfix = login(smtp, pki, "s3cret phrase")
    smtp.missed("m")
    postfix.mail("anna")
    assert "sasl_username=um" in postfix.log()
    answer = um.ctl("test-mail", "bob@example.com")
    assert answer.status == 0 and "> AUTH PLAIN\n" in answer.text, answer
    for secret in ("s3cret", "AHVtAHMzY3JldCBwaHJhc2U="):
        assert secret not in answer.text + um.log


@pytest.mark.parametrize("what", ["password", "mode"])
def test_login_fails(smtp, pki, what):
    um, postfix = login(smtp, pki, "wr0ng" if what == "password" else "s3cret phrase",
                        0o644 if what == "mode" else 0o600)
    smtp.missed("m")
    until("a try", 10, lambda: "not delivered" in um.log)
    why = "535 5.7.8" if what == "password" else "may be read by others"
    assert why in um.ctl("queue").text
    assert not smtp.bad() and "from=" not in postfix.log()
    assert "wr0ng" not in um.log and "d3IwbmcA" not in um.log


# -- um-ctl test-mail


def test_test_mail_says_why_not(smtp):
    smtp.postfix()
    um = smtp.um.start()
    answer = um.ctl("test-mail", "nobody@example.com")
    assert answer.status == 1
    assert answer.text.startswith("um-ctl: not delivered: ") and "< 550 5.1.1 <nobody@example.com>" in answer.text
    assert um.ctl("test-mail", "no address").status == 1
    assert "no mail address" in um.ctl("test-mail", "x@y@z").text


def test_test_mail_into_a_maildir(post):
    um = post.um.start()
    answer = um.ctl("test-mail", "anna@example.com")
    assert answer.status == 0
    assert answer.text.startswith(f"delivered: written into {post.root}/anna")
    assert post.wait()
