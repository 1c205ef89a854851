"""The TwiML that a call is answered with. Twilio's builder passes any attribute on, so tests pin the XML."""

import re
from typing import Final

from twilio.twiml.voice_response import Connect, VoiceResponse

from app.config import SpeechSettings

CONTENT_TYPE: Final = "application/xml"

# https://www.w3.org/TR/xml/#charsets: with any other character Twilio could not read the answer (error 12100)
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def connect(relay_url: str, action_url: str, greeting: str, speech: SpeechSettings) -> str:
    """Hand the call to ConversationRelay: it speaks `greeting` at once, then exchanges text over `relay_url`.

    Providers are named, because Twilio's defaults differ by the age of an account. Nothing here is a secret:
    Twilio treats none of it as sensitive. https://www.twilio.com/docs/voice/twiml/connect/conversationrelay
    """
    response, session = VoiceResponse(), Connect(action=action_url)
    session.conversation_relay(
        url=relay_url,
        welcome_greeting=_NOT_XML.sub(" ", greeting),
        welcome_greeting_interruptible="any",
        language=speech.language,
        tts_provider=speech.provider,
        voice=speech.voice,
        transcription_provider="Deepgram",
        speech_model="nova-3-general",
        interruptible="any",
        interrupt_sensitivity="high",
        ignoreBackchannel=True,
        report_input_during_agent_speech="any",
        dtmf_detection=True,
        partial_prompt_on_hangup=True,
        events="speaker-events tokens-played",
    )
    response.append(session)
    return str(response)


def hang_up() -> str:
    response = VoiceResponse()
    response.hangup()
    return str(response)
