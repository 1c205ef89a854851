"""The peer: twilio-agent-connect's real VoiceChannel on FastAPI, in a virtual environment of its own.

`PEER/bin/python bench/voice_peer.py PORT MODEL_PORT`, written after the peer's own getting-started example.
"""

import logging
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from openai import AsyncOpenAI
from tac import TAC, TACConfig
from tac.channels.voice import VoiceChannel
from tac.server.fastapi_server import FastAPIWebSocketAdapter

PORT, MODEL_PORT = int(sys.argv[1]), int(sys.argv[2])
SID = "AC" + "5a" * 16

logging.disable(logging.INFO)  # as ours runs
tac = TAC(
    config=TACConfig(
        account_sid=SID, auth_token="token", api_key="SK" + "1" * 32, api_secret="secret", phone_number="+15550100100"
    )
)
voice = VoiceChannel(tac)
model = AsyncOpenAI(api_key="key", base_url=f"http://127.0.0.1:{MODEL_PORT}/v1", max_retries=0)
history: dict[str, list[dict[str, str]]] = defaultdict(list)
app = FastAPI()


async def answer(user_message: str, context: Any, memory: Any) -> None:
    said = history[context.conversation_id]
    said.append({"role": "user", "content": user_message})

    async def tokens() -> AsyncGenerator[str, None]:
        text = ""
        stream = await model.chat.completions.create(model="fake", messages=said, stream=True)  # type: ignore[arg-type]
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                text += chunk.choices[0].delta.content
                yield chunk.choices[0].delta.content
        said.append({"role": "assistant", "content": text})

    await voice.send_response(context.conversation_id, tokens())


tac.on_message_ready(answer)


@app.websocket("/relay")
async def relay(websocket: WebSocket) -> None:
    await voice.handle_websocket(FastAPIWebSocketAdapter(websocket))


uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False)
