"""The sandbox's model, over the wire with OpenAI's own library, and its manners in whole conversations."""

import json

import pytest
from openai import APIStatusError, AuthenticationError, OpenAI

from app.sandbox.model import rules
from app.sandbox.model.finding import answers
from app.sandbox.model.reading import tasks
from app.sandbox.people import FAILING_PHRASE, Respond, Says, callee_at, cooperative
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


def asked_about(*questions: str, said: tuple[tuple[str, str], ...]) -> str:
    """A call, and questions about it, as the hub shows them."""
    numbered = "\n".join(f"{number}. {question}" for number, question in enumerate(questions, 1))
    transcript = "\n".join(f"{role}: {text}" for role, text in said)
    return (
        f"<questions>\n{numbered}\n</questions>\n<instructions>\nCall.\n</instructions>\n"
        f"<transcript>\n{transcript}\n</transcript>"
    )


DEMO = (
    ("agent", "Hello! Do you want a demo?"),
    ("human", "Yes, I believe so. Anything else?"),
    ("agent", "When may we call back?"),
    ("human", "That will be on Friday at ten."),
    ("agent", "Thank you. Goodbye!"),
    ("human", "Thanks, goodbye!"),
)


def test_it_answers_questions_by_what_was_said(client: OpenAI) -> None:
    material = asked_about("Do they want a demo?", "When may we call back?", "Who decides?", said=DEMO)
    fields = {f"answer_{number}": {"type": "string"} for number in (1, 2, 3)}
    made = client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": material}],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "a", "schema": {"type": "object", "properties": fields}},
        },
    )
    assert json.loads(made.choices[0].message.content or "") == {
        "answer_1": "Yes, I believe so.",
        "answer_2": "That will be on Friday at ten.",
        "answer_3": "",
    }


@pytest.mark.parametrize(
    "material",
    ["", "no questions", asked_about("When?", said=()), asked_about("x" * 5000, "1. 2. 3.", said=DEMO * 500)],
)
def test_whatever_it_is_asked_about_it_answers(material: str) -> None:
    assert all(isinstance(text, str) for text in answers(material))


def test_questions_are_asked_on_the_call() -> None:
    instructions = "Offer a demo.\n\nYou are also to get the answers to these questions. Do they want one? Who decides?"
    assert tasks(instructions)[1:] == ["Do you want one?", "Who decides?"]


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
        ("Remind them that the bill is due.", ["I wanted to remind you that the bill is due."]),
        ("Tell them that Jane is late.", ["I wanted to let you know that Jane is late."]),
        (
            "Tell him to call back, and thank him for the gift.",
            ["Could you please call back?", "I wanted to thank you for the gift."],
        ),
        (
            "Ask for a large pepperoni pizza for pickup at 7pm. The name is Jane.",
            ["I'd like a large pepperoni pizza for pickup at 7pm, please. The name is Jane."],
        ),
        (
            "My name is Jane. Please try to reserve a room. Be polite. Don't pay more than $90.",
            ["I'd like to reserve a room, please. The name is Jane."],
        ),
        (
            "Ask for the total price and when it will be ready.",
            ["Could you tell me the total price and when it will be ready?"],
        ),
        ("Call Tom and Jerry's, and ask for the manager.", ["I'd like to ask for the manager, please."]),
        ("Do they have rooms? I want to book one.", ["Do you have rooms?", "I'd like to book one, please."]),
        ("Call Joe.", ["I'd like to talk with you for a moment."]),
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
    spoken = agents(conversation(instructions, cooperative))
    assert all(any(task in text for text in spoken) for task in tasks(instructions))
    assert len(spoken) == len(set(spoken))


def conversation(instructions: str, respond: Respond, first: str | None = None) -> list[dict[str, str]]:
    """The messages of a whole call, until one side ends it."""
    messages = [system(instructions)]
    text = first or rules.opening(messages).text
    for turn in range(16):
        messages.append({"role": "assistant", "content": text})
        reaction = respond(turn, text)
        if not isinstance(reaction, Says):
            return messages
        messages.append({"role": "user", "content": reaction.text})
        answer = rules.reply(messages, OFFERED)
        if answer.tools:
            return [*messages, {"role": "assistant", "content": answer.text}]
        text = answer.text
    pytest.fail(f"it never ended: {messages}")


def agents(messages: list[dict[str, str]]) -> list[str]:
    return [message["content"] for message in messages if message["role"] == "assistant"]


def test_the_order_of_the_demo_asks_for_nothing_that_was_said() -> None:
    messages = conversation(
        "Call Joe's and order a large pepperoni pizza for pickup at 7pm under the name Jane. "
        "Ask for the total price and when it will be ready.",
        cooperative,
        "Hi, I'd like to place an order for pickup, please.",
    )
    assert [message["content"] for message in messages[1:]] == [
        "Hi, I'd like to place an order for pickup, please.",
        "Sure, what can I get for you?",
        "I'd like to order a large pepperoni pizza for pickup at 7pm under the name Jane, please.",
        "Of course. I've put that down for 7pm. Anything else?",
        "Yes, please. Could you tell me the total price and when it will be ready?",
        "That comes to $18.50, and it will be ready on time.",
        "Just to confirm: that comes to $18.50, and it will be ready on time. Is that right?",
        "Yes, that's right.",
        "Thank you very much for your help. Goodbye!",
    ]


def test_a_menu_is_no_answer_and_the_person_behind_it_is_told_everything() -> None:
    menu = callee_at("+15550100008").greets
    order = "Ask for a large pizza. Ask for the price."
    begun = [system(order), {"role": "assistant", "content": rules.opening([system(order)]).text}]
    pressed = rules.reply([*begun, {"role": "user", "content": menu}], OFFERED)
    assert pressed.tools == [("press_keys", {"keys": "1"})]
    through = [*begun, {"role": "user", "content": menu}, {"role": "user", "content": "Hello, you're through to us."}]
    assert rules.reply(through, OFFERED).text == "I'd like a large pizza, please."
    facts = [*through, {"role": "assistant", "content": " ".join(tasks(order))}, {"role": "user", "content": "Okay."}]
    assert "press" not in rules.reply(facts, OFFERED).text


@pytest.mark.parametrize(
    "instructions",
    [
        "call" + " " * 4900 + "x",
        "call a" + " ,  " * 1200 + "x",
        "call " + "and " * 1240 + "x",
        "call " + "a to " * 990,
        "Ask " + "for the " * 620,
        "ask whether " * 410,
        "under the name " * 330,
        "<instructions>\n" * 330,
        "They are " * 550,
        "can " * 1240,
        "never call " * 450,
        "? " * 2500,
        "press 1 " * 600,
    ],
)
def test_no_instructions_keep_the_sandbox_busy(instructions: str) -> None:
    """Of those that a pattern could try in endless ways: each ends, or this test runs into its limit."""
    spoken = " ".join(agents(conversation(instructions, cooperative, instructions)))
    assert rules.summary(f"<instructions>\n{instructions}\n</instructions>\n<transcript>\nhuman: {instructions}")
    assert isinstance(cooperative(1, spoken), Says)
    assert rules.reply([system("Hi."), {"role": "user", "content": instructions}], OFFERED)
