"""The exact XML: Twilio's builder takes any attribute, so a misspelt one would be silent."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from app.carriers import twiml
from app.config import SpeechSettings

RELAY = "wss://hub.example/carrier/live/calls/1/relay"
SPEECH = SpeechSettings("en-US", "Google", "en-US-Journey-O")
ENDED = "https://hub.example/carrier/live/calls/1/relay-ended"


def test_a_call_is_connected_to_the_relay() -> None:
    assert twiml.connect(RELAY, ENDED, "Hello!", SPEECH) == (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        '<Connect action="https://hub.example/carrier/live/calls/1/relay-ended">'
        '<ConversationRelay dtmfDetection="true" events="speaker-events tokens-played" ignoreBackchannel="true"'
        ' interruptSensitivity="high" interruptible="any" language="en-US" partialPromptOnHangup="true"'
        ' reportInputDuringAgentSpeech="any" speechModel="nova-3-general" transcriptionProvider="Deepgram"'
        ' ttsProvider="Google" url="wss://hub.example/carrier/live/calls/1/relay" voice="en-US-Journey-O"'
        ' welcomeGreeting="Hello!" welcomeGreetingInterruptible="any" /></Connect></Response>'
    )


def test_a_call_is_hung_up() -> None:
    assert twiml.hang_up() == '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup /></Response>'


def greeting_in(xml: str) -> str:
    session = ElementTree.fromstring(xml.encode()).find("Connect/ConversationRelay")
    assert session is not None
    return session.attrib["welcomeGreeting"]


def test_markup_in_a_greeting_is_only_text() -> None:
    greeting = "\"Tom\" & 'Ann' <Hangup/> ]]> 10 % café 👋"
    assert greeting_in(twiml.connect(RELAY, ENDED, greeting, SPEECH)) == greeting


def test_characters_that_xml_cannot_hold_become_spaces() -> None:
    assert greeting_in(twiml.connect(RELAY, ENDED, "a\x00b\x0bc\x1bd\ud800e\uffff", SPEECH)) == "a b c d e "


@given(st.text())
def test_every_greeting_makes_xml_that_can_be_read(greeting: str) -> None:
    assert len(greeting_in(twiml.connect(RELAY, ENDED, greeting, SPEECH))) == len(greeting)
