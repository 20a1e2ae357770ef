"""A caller with a voice: a SIP call and its RTP in one hand."""

import re
import time

from .evertrunk import GREETING_SECONDS, SLOW
from .rtp import Rtp
from .sip import Call, media_address, sdp_value
from .wait import until


class Caller:
    """`payloads` is the SDP's list of payload types; `codec` what we send."""

    def __init__(self, um, endpoint, codec=0, payloads="0 8 101", rtp=Rtp, **call):
        self.um, self.codec = um, codec
        self.rtp = rtp(endpoint.ip)
        um.closing.append(self.rtp)
        self.call = Call(endpoint, media_port=self.rtp.port, **call)
        self.payloads = payloads

    def dial(self, **how):
        """Calls and is answered; the media address is known then."""
        answer = self.call.invite(body=self.call.offer(payloads=self.payloads), **how)
        assert answer.status == 200, answer
        self.call.ack()
        self.rtp.to(media_address(answer))
        return self

    def listen_to_the_greeting(self):
        """Talks silence until greeting and tone are over: what is said next is recorded."""
        self.rtp.silence(GREETING_SECONDS + 0.2 + 0.5 * SLOW, self.codec)
        return self

    def hang_up(self):
        answer = self.call.bye()
        assert answer.status == 200, answer
        return answer

    def leave_message(self, seconds=2.0, seed=1):
        """A whole call with a message; gives what was said (G.711)."""
        from .rtp import speech
        self.dial().listen_to_the_greeting()
        said = speech(self.codec, seconds, seed)
        self.rtp.play(said, self.codec)
        self.rtp.silence(0.3, self.codec)
        self.hang_up()
        return said


def answered_codec(message):
    """First payload type of the answer."""
    return int(re.split(r"\s+", sdp_value(message.body.decode(), "m=audio "))[2])


def pause(seconds):
    time.sleep(seconds)


__all__ = ["Caller", "answered_codec", "pause", "until"]
