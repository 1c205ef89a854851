"""The TwiML that a call is answered with. Twilio's builder passes any attribute on, so tests pin the XML."""

from typing import Final

from twilio.twiml.voice_response import Connect, VoiceResponse

CONTENT_TYPE: Final = "application/xml"


def connect(relay_url: str, action_url: str, greeting: str) -> str:
    """Hand the call to ConversationRelay: it speaks `greeting` at once, then exchanges text over `relay_url`."""
    response, session = VoiceResponse(), Connect(action=action_url)
    session.conversation_relay(
        url=relay_url,
        welcome_greeting=greeting,
        welcome_greeting_interruptible="speech",
        language="en-US",
        tts_provider="Google",
        voice="en-US-Journey-O",
        transcription_provider="Deepgram",
        speech_model="nova-3-general",
        interruptible="speech",
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
