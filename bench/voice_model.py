"""A model that answers at a fixed pace: 200 ms to the first token, then one every 20 ms.

`python -m bench.voice_model PORT`
"""

import asyncio
import json
import sys

FIRST_TOKEN_SECONDS = 0.2
TOKEN_SECONDS = 0.02
TOKENS = 20

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    event = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": [choice]}
    data = f"data: {json.dumps(event)}\n\n".encode()
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


_TOKENS = [_chunk({"role": "assistant", "content": "Yes"})] + [_chunk({"content": " word"}) for _ in range(TOKENS - 1)]
_END = _chunk({}, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
            )
            await reader.readexactly(length)
            begun = asyncio.get_running_loop().time()
            writer.write(_HEAD)
            for place, token in enumerate(_TOKENS):
                due = begun + FIRST_TOKEN_SECONDS + place * TOKEN_SECONDS
                await asyncio.sleep(max(due - asyncio.get_running_loop().time(), 0))
                writer.write(token)
            writer.write(_END)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main(port: int) -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
