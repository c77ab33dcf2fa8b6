"""Random and derived tokens, their fingerprints, and comparing them in constant time."""

import base64
import hashlib
import hmac
import secrets

# No letter or digit that is mistaken for another when read aloud or copied by hand.
READABLE = "23456789abcdefghjkmnpqrstuvwxyz"

TOKEN_BYTES = 16
TOKEN_LENGTH = 22


def random_code(length: int = 6) -> str:
    """A short code people can type; not a secret by itself."""
    # Eight bytes more than needed: no letter is likelier than another by more than 2**-64.
    return _readable(int.from_bytes(secrets.token_bytes(length + 8)), length)


def random_token() -> str:
    """128 random bits as 22 characters that are safe in an address."""
    return _text(secrets.token_bytes(TOKEN_BYTES))


def derived_token(key: bytes, *parts: str) -> str:
    """The same 22 characters for the same key and parts, and nothing without the key."""
    return _text(mac(key, *parts)[:TOKEN_BYTES])


def derived_code(key: bytes, length: int, *parts: str) -> str:
    """The same characters people can type, for the same key and parts."""
    return _readable(int.from_bytes(mac(key, *parts), "big"), length)


def mac(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA-256 over the parts; each is preceded by its length so none can run into another."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.digest(key, message, "sha256")


def fingerprint(token: str) -> bytes:
    """What the database may hold of a token: enough to recognise it, not to rebuild it."""
    return hashlib.sha256(token.encode()).digest()


def same(left: str, right: str) -> bool:
    """Compare without telling by its duration how much agreed."""
    return hmac.compare_digest(left.encode(), right.encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _readable(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(READABLE))
        digits.append(READABLE[digit])
    return "".join(digits)
