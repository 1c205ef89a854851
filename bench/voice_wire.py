"""WebSocket over asyncio streams with wsproto: what the load client and the bare relay share."""

import asyncio
from collections import deque

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage


class Closed(Exception):
    """The other side is gone, or refused."""


class Wire:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kind: ConnectionType) -> None:
        self._reader, self._writer = reader, writer
        self._ws = WSConnection(kind)
        self._texts: deque[str] = deque()
        self._partial = ""
        self.accepted = False

    @classmethod
    async def connect(cls, host: str, port: int, path: str, headers: dict[str, str]) -> "Wire":
        reader, writer = await asyncio.open_connection(host, port)
        wire = cls(reader, writer, ConnectionType.CLIENT)
        extra = [(name.encode(), value.encode()) for name, value in headers.items()]
        writer.write(wire._ws.send(Request(host=f"{host}:{port}", target=path, extra_headers=extra)))
        while not wire.accepted:
            await wire._more()
        return wire

    async def accept(self) -> None:
        while not self.accepted:
            await self._more()

    def send(self, text: str) -> None:
        self._writer.write(self._ws.send(TextMessage(data=text)))

    async def receive(self) -> str:
        while not self._texts:
            await self._more()
        return self._texts.popleft()

    def close(self) -> None:
        self._writer.close()

    async def _more(self) -> None:
        data = await self._reader.read(65536)
        if not data:
            raise Closed
        self._ws.receive_data(data)
        for event in self._ws.events():
            if isinstance(event, TextMessage):
                self._partial += event.data
                if event.message_finished:
                    self._texts.append(self._partial)
                    self._partial = ""
            elif isinstance(event, Request):
                self._writer.write(self._ws.send(AcceptConnection()))
                self.accepted = True
            elif isinstance(event, AcceptConnection):
                self.accepted = True
            elif isinstance(event, Ping):
                self._writer.write(self._ws.send(event.response()))
            elif isinstance(event, CloseConnection) or type(event).__name__ == "RejectConnection":
                raise Closed
