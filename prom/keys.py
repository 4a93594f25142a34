"""Keys, all derived from PROM_SECRET_KEY (one or several, newest first), one for each purpose.

The newest key makes; every key reads. A key is known by a short fingerprint that tells nothing of it,
so that a stored link or number hash says which key made it. Keys never stand in the database.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TOKEN_LENGTH = 22  # 62^22 is 2^130.99: at least 128 bits (OWASP ASVS 5.0, 7.2.3)


class Keys:
    """The keys of one installation. Holds no state but the secrets it was given."""

    def __init__(self, secrets: tuple[str, ...]):
        self._link = {_fingerprint(secret): _derive(secret, "link") for secret in secrets}
        self._number = [_derive(secret, "number") for secret in secrets]
        self._seal = MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(secret, "seal"))) for secret in secrets])
        self.newest = _fingerprint(secrets[0])
        self.forms = _derive(secrets[0], "forms").hex()

    def token(self, visit_id: str, generation: int, key_id: str) -> str:
        """The 22 letters and digits of a visit's link; the same for the same three values.

        Raises KeyError when the key that made the link is no longer in PROM_SECRET_KEY.
        """
        text = f"{visit_id}/{generation}".encode()
        number = int.from_bytes(hmac.digest(self._link[key_id], text, "sha256"), "big")
        letters = []
        for _ in range(TOKEN_LENGTH):
            number, place = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[place])
        return "".join(letters)

    def seal(self, text: str) -> str:
        """Encrypt what must not be read from a stolen database."""
        return self._seal.encrypt(text.encode()).decode()

    def open(self, sealed: str | None) -> str:
        """Decrypt; "" for nothing. Raises UnknownKey when no present key fits."""
        if not sealed:
            return ""
        try:
            return self._seal.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise UnknownKey from None

    def number_hash(self, number: str) -> str:
        """The keyed hash under which a phone number (E.164) is stored and found."""
        return hmac.digest(self._number[0], number.encode(), "sha256").hex()

    def number_hashes(self, number: str) -> tuple[str, ...]:
        """The hashes of a number under every present key, newest first: a number stored before a key
        was changed is still found."""
        return tuple(hmac.digest(key, number.encode(), "sha256").hex() for key in self._number)


class UnknownKey(Exception):
    """Sealed with a key that is not in PROM_SECRET_KEY: put the older key back at the end of the list."""


def fresh_token() -> str:
    """22 random letters and digits, as in a link, but kept nowhere and derived from nothing."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LENGTH))


def token_hash(token: str) -> str:
    """What the database holds of a link, a pass or a session: the SHA-256 of 128 random bits or more."""
    return hashlib.sha256(token.encode()).hexdigest()


def _derive(secret: str, label: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"prom/{label}".encode()).derive(secret.encode())


def _fingerprint(secret: str) -> str:
    return _derive(secret, "fingerprint")[:4].hex()
