"""A real name server on 127.0.0.1, over UDP, that answers as a test tells it to."""

import socket
import threading
from collections.abc import Callable, Sequence
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

# The addresses of a name, a code like SERVFAIL, or None for no answer at all.
Answer = Sequence[str] | dns.rcode.Rcode | None


class NameServer:
    """`answer` is asked for every IPv4 question; other kinds of records there are none of."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self.asked: list[str] = []
        self._answer = answer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                data, place = self._socket.recvfrom(4096)
            except OSError:
                return
            if (reply := self._reply(data)) is not None:
                self._socket.sendto(reply, place)

    def _reply(self, data: bytes) -> bytes | None:
        query = dns.message.from_wire(data)
        [question] = query.question
        name = question.name.to_text(omit_final_dot=True)
        self.asked.append(name)
        found = self._answer(name)
        if found is None:
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if isinstance(found, dns.rcode.Rcode):
            reply.set_rcode(found)
        else:
            kind = dns.rdatatype.to_text(question.rdtype)
            fitting = [address for address in found if (":" in address) == (kind == "AAAA")]
            if fitting and kind in ("A", "AAAA"):
                reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *fitting))
        return reply.to_wire()
