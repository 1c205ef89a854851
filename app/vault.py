"""Secrets at rest: Fernet encryption with keys that can be rotated (cryptography's MultiFernet).

`python -m app.vault` prints a new key: put it first in ENCRYPTION_KEYS, and keep the old ones behind it until
`flask --app wsgi reseal` has run and the stored answers of seven days are over.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.config import ConfigurationError


class Vault:
    """Seals with the first of the comma-separated `keys`, opens with any of them. Raises ConfigurationError."""

    def __init__(self, keys: str) -> None:
        try:
            self._box = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])
        except ValueError as error:
            raise ConfigurationError(
                "ENCRYPTION_KEYS must be Fernet keys (32 bytes in URL-safe base64), separated by commas."
                " Make one with: python -m app.vault"
            ) from error

    def seal(self, secret: bytes) -> bytes:
        return self._box.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """Raises ConfigurationError when none of the keys fits: a key was dropped too early."""
        try:
            return self._box.decrypt(bytes(sealed))
        except InvalidToken as error:
            raise ConfigurationError(
                "A stored secret fits none of ENCRYPTION_KEYS: add the key it was made with."
            ) from error

    def reseal(self, sealed: bytes) -> bytes:
        """The same secret, sealed with the first key. Raises ConfigurationError as `open` does."""
        return self.seal(self.open(sealed))


if __name__ == "__main__":
    print(Fernet.generate_key().decode())
