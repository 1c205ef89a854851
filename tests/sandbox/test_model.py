"""The sandbox's model, over the wire with OpenAI's own library, and its manners in whole conversations."""

import pytest
from openai import APIStatusError, AuthenticationError, OpenAI

from app.sandbox.model import rules
from app.sandbox.model.reading import tasks
from app.sandbox.people import FAILING_PHRASE, HangsUp, Says, cooperative
from tests.sandbox.conftest import TOKEN, Served

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}
    for name in ("end_call", "do_not_call", "press_keys")
]
OFFERED = {"end_call", "do_not_call", "press_keys"}


def system(instructions: str) -> dict[str, str]:
    return {"role": "system", "content": f"You are calling Joe.\n<instructions>\n{instructions}\n</instructions>"}


@pytest.fixture
def client(sandbox: Served) -> OpenAI:
    return OpenAI(api_key=TOKEN, base_url=f"{sandbox.url}/v1", max_retries=0)


def test_it_streams_and_does_not_stream_the_same(client: OpenAI) -> None:
    messages = [system("Order a pizza."), {"role": "user", "content": "Hello?"}]
    whole = client.chat.completions.create(model="m", messages=messages)  # type: ignore[arg-type]
    pieces = client.chat.completions.create(model="m", messages=messages, stream=True)  # type: ignore[arg-type]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in pieces)
    assert text == whole.choices[0].message.content == "I'd like to order a pizza, please."


def test_it_fills_the_schema_that_it_is_given(client: OpenAI) -> None:
    schema = {"type": "object", "properties": {"summary": {"type": "string"}}, "required": ["summary"]}
    material = "<instructions>\nOrder a pizza.\n</instructions>\n<transcript>\nhuman: That is $12.\n</transcript>"
    made = client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": material}],
        response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": schema}},
    )
    assert "order a pizza" in (made.choices[0].message.content or "")


def test_it_uses_only_tools_that_were_offered() -> None:
    messages = [system("Order a pizza."), {"role": "user", "content": "Never call me again!"}]
    assert [name for name, _ in rules.reply(messages, OFFERED).tools] == ["do_not_call"]
    assert [name for name, _ in rules.reply(messages, {"end_call"}).tools] == ["end_call"]
    assert rules.reply(messages, set()).tools == []


def test_a_wrong_key_is_refused(sandbox: Served) -> None:
    with pytest.raises(AuthenticationError):
        OpenAI(api_key="wrong", base_url=f"{sandbox.url}/v1", max_retries=0).models.list()


def test_it_breaks_down_on_its_phrase(client: OpenAI) -> None:
    with pytest.raises(APIStatusError) as failed:
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": FAILING_PHRASE}])
    assert failed.value.status_code == 500


def test_it_never_denies_being_an_ai() -> None:
    messages = [system("Order a pizza."), {"role": "user", "content": "Are you a robot?"}]
    assert "Yes, I'm an AI" in rules.reply(messages, OFFERED).text


@pytest.mark.parametrize(
    ("instructions", "sentences"),
    [
        ("Call Joe's and order a pizza.", ["I'd like to order a pizza, please."]),
        ("Ask the price.", ["Could you tell me the price?"]),
        ("Ask whether they are open on Sunday.", ["Could you tell me whether you are open on Sunday?"]),
        (
            "Book a table for two at 8pm and ask about parking.",
            ["I'd like to book a table for two at 8pm, please.", "Could you tell me about parking?"],
        ),
        ("Remind them that the bill is due.", ["I wanted to let you know: the bill is due."]),
    ],
)
def test_instructions_become_what_a_caller_says(instructions: str, sentences: list[str]) -> None:
    assert tasks(instructions) == sentences


@pytest.mark.parametrize(
    "instructions",
    [
        "Call Joe's Pizza and order a large pepperoni for pickup at 7pm under the name Jane.",
        "Ask whether they are open on Sunday and book a table for two at 8pm under the name Jane.",
        "Confirm the appointment on Monday at 10.",
        "Remind them that the invoice 4711 is due, and ask when it will be paid.",
        "Ask the price. Ask the opening hours. Ask for the manager's name.",
        "Frage nach den Öffnungszeiten.",
        'Find out whether "Deluxe" is in stock;\nthen order two.',
        "x" * 5000,
    ],
)
def test_every_conversation_says_all_its_tasks_once_and_ends(instructions: str) -> None:
    messages = [system(instructions)]
    spoken = [rules.opening(messages).text]
    for turn in range(16):
        messages.append({"role": "assistant", "content": spoken[-1]})
        reaction = cooperative(turn, spoken[-1])
        if isinstance(reaction, HangsUp):
            break
        assert isinstance(reaction, Says)
        messages.append({"role": "user", "content": reaction.text})
        answer = rules.reply(messages, OFFERED)
        spoken.append(answer.text)
        if answer.tools:
            break
    else:
        pytest.fail(f"it never ended: {spoken}")
    assert all(any(task in text for text in spoken) for task in tasks(instructions))
    assert len(spoken) == len(set(spoken))
