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
# Letters of codes that people type. Without I L O S B Z (they pass for 1 1 0 5 8 2), G and Q (for C and O), and vowels:
# so no code is a word of any kind, least of all one that opts the number out, such as CANCEL or REVOKE.
CODE_LETTERS = "CDFHJKMNPRTVWXY"
CODE_LENGTH = 6  # 15^6: eleven million


class Keys:
    """The keys of one installation. Holds no state but the secrets it was given."""

    def __init__(self, secrets: tuple[str, ...]):
        self._link = {_fingerprint(secret): _derive(secret, "link") for secret in secrets}
        self._number = [_derive(secret, "number") for secret in secrets]
        self._code = [_derive(secret, "code") for secret in secrets]
        self._seal = MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(secret, "seal"))) for secret in secrets])
        self.newest = _fingerprint(secrets[0])
        self.several = len(secrets) > 1
        self.forms = _derive(secrets[0], "forms").hex()

    def token(self, visit_id: str, generation: int, key_id: str) -> str:
        """The 22 letters and digits of a visit's link; the same for the same three values.

        Raises KeyError when the key that made the link is no longer in PROM_SECRET_KEY.
        """
        return _written(self._link[key_id], f"{visit_id}/{generation}", _ALPHABET, TOKEN_LENGTH)

    def codes(self, message_id: str, number: str) -> tuple[str, ...]:
        """The code that goes with one message to one number, under every present key; the newest, which comes first, is
        the one to write. Derived anew each time, stored nowhere; from any other number it does not fit."""
        return tuple(_written(key, f"{message_id}/{number}", CODE_LETTERS, CODE_LENGTH) for key in self._code)

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


def _written(key: bytes, text: str, alphabet: str, length: int) -> str:
    """The keyed hash of a text as so many letters of an alphabet."""
    number = int.from_bytes(hmac.digest(key, text.encode(), "sha256"), "big")
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(alphabet))
        letters.append(alphabet[place])
    return "".join(letters)


def _derive(secret: str, label: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"prom/{label}".encode()).derive(secret.encode())


def _fingerprint(secret: str) -> str:
    return _derive(secret, "fingerprint")[:4].hex()
