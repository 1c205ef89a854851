"""The control: the thinnest relay that can be, without any framework. `python -m bench.voice_null PORT MODEL_PORT`"""

import asyncio
import json
import sys

from wsproto import ConnectionType

from bench.voice_wire import Closed, Wire

_free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []


async def _answer(wire: Wire, prompt: str, model_port: int) -> None:
    reader, writer = _free.pop() if _free else await asyncio.open_connection("127.0.0.1", model_port)
    body = json.dumps({"stream": True, "messages": [{"role": "user", "content": prompt}]}).encode()
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: m\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    await reader.readuntil(b"\r\n\r\n")
    while size := int(await reader.readline(), 16):
        data = await reader.readexactly(size + 2)
        for line in data.split(b"\n"):
            if line.startswith(b"data: {"):
                text = json.loads(line[6:])["choices"][0]["delta"].get("content")
                if text:
                    wire.send(json.dumps({"type": "text", "token": text, "last": False}))
    await reader.readline()
    _free.append((reader, writer))
    wire.send('{"type":"text","token":"","last":true}')


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, model_port: int) -> None:
    wire = Wire(reader, writer, ConnectionType.SERVER)
    try:
        await wire.accept()
        while True:
            frame = json.loads(await wire.receive())
            if frame["type"] == "prompt":
                await _answer(wire, frame["voicePrompt"], model_port)
    except (Closed, ConnectionError):
        writer.close()


async def _main(port: int, model_port: int) -> None:
    server = await asyncio.start_server(lambda r, w: _serve(r, w, model_port), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2])))
