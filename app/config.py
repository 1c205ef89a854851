"""Settings: the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from app.errors import AppError

Mode = Literal["live", "test"]
MODES: Final[tuple[Mode, ...]] = ("live", "test")


def mode_of(text: str) -> Mode:
    """The mode that a column holds."""
    return "live" if text == "live" else "test"


class ConfigurationError(AppError):
    """Names every setting that is missing or cannot be read, in one message."""

    code = "configuration"


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """One carrier account: Twilio's for live calls, the sandbox's for test calls.

    `callback_url` is our own address as the carrier reaches it, without a trailing slash; signatures of
    callbacks are computed over it.
    """

    base_url: str
    account_sid: str
    auth_token: str
    from_number: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """How the carrier speaks and listens: a BCP-47 language, and a voice by its provider's name for it."""

    language: str
    provider: str
    voice: str


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """One OpenAI-compatible API: `base_url` ends in /v1."""

    base_url: str
    api_key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of every process. The environment variable is the field's name in capitals."""

    database_url: str
    redis_url: str
    encryption_keys: str

    public_url: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_from_number: str = ""
    twilio_base_url: str = "https://api.twilio.com"
    speech_language: str = "en-US"
    speech_provider: str = "Google"
    speech_voice: str = "en-US-Journey-O"
    openai_api_key: str = ""
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-5.4-mini"

    sandbox_url: str = "http://127.0.0.1:8002"
    sandbox_callback_url: str = "http://127.0.0.1:8001"
    sandbox_account_sid: str = "AC" + "5a" * 16
    sandbox_auth_token: str = ""
    sandbox_from_number: str = "+15550100100"
    sandbox_speed: float = 1.0
    sandbox_real_model: bool = False

    signup_credit_cents: int = 500
    tariff_cents_per_minute: int = 56
    max_call_seconds: int = 1800
    ring_seconds: int = 45
    silence_seconds: float = 20.0
    model_stall_seconds: float = 8.0

    requests_per_second: int = 100
    account_concurrent_calls: int = 20
    account_calls_per_second: int = 5
    carrier_concurrent_calls: int = 100
    carrier_calls_per_second: int = 1
    sandbox_calls_per_second: int = 50
    voice_max_calls: int = 100
    account_waiting_calls: int = 50_000
    account_daily_calls: int = 1000
    account_daily_spend_cents: int = 50_000
    callee_daily_calls: int = 10
    callable_prefixes: str = ""

    doubt_seconds: float = 60.0
    lease_seconds: float = 30.0
    silent_after_seconds: float = 120.0
    call_active_wait_seconds: float = 600.0
    past_call_at_seconds: float = 300.0

    webhook_allow_http_loopback: bool = False
    webhook_timeout_seconds: float = 10.0
    webhook_retry_scale: float = 1.0
    webhook_disable_span_seconds: int = 3600
    webhook_resume_seconds: int = 3 * 86400
    webhooks_per_account: int = 1000
    webhook_connections: int = 500
    webhook_in_flight: int = 10
    webhook_allowed_networks: str = ""

    api_public_url: str = ""
    hubspot_client_id: str = ""
    hubspot_client_secret: str = ""
    hubspot_app_id: str = ""
    hubspot_base_url: str = "https://api.hubapi.com"
    hubspot_authorize_url: str = "https://app.hubspot.com/oauth/authorize"
    salesforce_client_id: str = ""
    salesforce_client_secret: str = ""
    salesforce_private_key: str = ""
    salesforce_login_url: str = "https://login.salesforce.com"
    salesforce_sandbox_login_url: str = "https://test.salesforce.com"
    salesforce_hosts: str = ".salesforce.com"
    crm_timeout_seconds: float = 10.0
    crm_retry_scale: float = 1.0
    crm_in_flight: int = 8
    crm_connections_per_account: int = 100

    call_retention_days: int = 0
    event_retention_days: int = 30
    balance_low_cents: int = 100
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_from: str = ""
    smtp_security: str = "starttls"
    sign_up_open: bool = True
    session_days: int = 30
    trusted_proxies: int = 0
    stripe_secret_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_base_url: str = "https://api.stripe.com"
    stripe_checkout_host: str = "checkout.stripe.com"
    live_viewers: int = 500
    database_pool: int = 16
    database_pool_wait_seconds: float = 5.0
    api_processes: int = 1
    api_threads: int = 16
    log_level: str = "INFO"

    def carrier(self, mode: Mode) -> CarrierSettings | None:
        """The carrier for calls of this mode; None when it is not configured."""
        if mode == "test" and not self.sandbox_auth_token:
            return None
        if mode == "test":
            return CarrierSettings(
                base_url=self.sandbox_url,
                account_sid=self.sandbox_account_sid,
                auth_token=self.sandbox_auth_token,
                from_number=self.sandbox_from_number,
                callback_url=self.sandbox_callback_url.rstrip("/"),
            )
        if not self.live_ready:
            return None
        return CarrierSettings(
            base_url=self.twilio_base_url,
            account_sid=self.twilio_account_sid,
            auth_token=self.twilio_auth_token,
            from_number=self.twilio_from_number,
            callback_url=self.public_url.rstrip("/"),
        )

    @property
    def speech(self) -> SpeechSettings:
        return SpeechSettings(self.speech_language, self.speech_provider, self.speech_voice)

    def model(self, mode: Mode) -> ModelSettings | None:
        """The model that talks on calls of this mode; None when it is not configured."""
        if mode == "live" or (self.sandbox_real_model and self.openai_api_key):
            if not self.openai_api_key:
                return None
            return ModelSettings(self.openai_base_url.rstrip("/"), self.openai_api_key, self.openai_model)
        if not self.sandbox_auth_token:
            return None
        return ModelSettings(f"{self.sandbox_url.rstrip('/')}/v1", self.sandbox_auth_token, "sandbox")

    @property
    def live_ready(self) -> bool:
        """Whether an `sk_live_` key can ring a phone: the five settings of README are all there."""
        return all(
            (
                self.twilio_account_sid,
                self.twilio_auth_token,
                self.twilio_from_number,
                self.openai_api_key,
                self.public_url,
            )
        )

    @property
    def api_url(self) -> str:
        """Our API's address as CRMs and browsers reach it, without a trailing slash; "" where none is set."""
        return (self.api_public_url or self.public_url).rstrip("/")

    @property
    def crm_hosts(self) -> tuple[str, ...]:
        """The hosts that requests to CRMs may go to; one that begins with a dot stands for all that end so."""
        urls = (
            self.hubspot_base_url,
            self.hubspot_authorize_url,
            self.salesforce_login_url,
            self.salesforce_sandbox_login_url,
        )
        ends = [f".{end.strip().lower().lstrip('.')}" for end in self.salesforce_hosts.split(",") if end.strip()]
        return (*(host for url in urls if (host := urlsplit(url).hostname)), *ends)

    def calls_per_second(self, mode: Mode) -> int:
        return self.carrier_calls_per_second if mode == "live" else self.sandbox_calls_per_second


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment (or from `environ`). Raises ConfigurationError naming all that is wrong."""
    source = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for field in fields(Settings):
        name = field.name.upper()
        text = source.get(name, "").strip()
        if not text:
            if field.default is MISSING:
                wrong.append(f"{name} is not set")
            continue
        try:
            values[field.name] = _read(text, field.default)
        except ValueError:
            wrong.append(f"{name}={text!r} is not {_kind(field.default)}")
    if wrong:
        raise ConfigurationError("Settings cannot be used: " + "; ".join(wrong) + ". See README, Settings.")
    return Settings(**values)


def _read(text: str, default: object) -> object:
    if isinstance(default, bool):
        if text.lower() not in ("0", "1", "true", "false", "yes", "no"):
            raise ValueError(text)
        return text.lower() in ("1", "true", "yes")
    if isinstance(default, int | float):
        return type(default)(text)
    return text


def _kind(default: object) -> str:
    if isinstance(default, bool):
        return "0 or 1"
    return "a whole number" if isinstance(default, int) else "a number"
