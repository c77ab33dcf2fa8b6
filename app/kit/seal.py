"""Authenticated encryption of blocks, and the server's key that wraps every round's key."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from app.kit.tokens import mac

KEY_BYTES = 32


class SealBroken(Exception):
    """A block does not open: another key made it, or somebody changed or moved it."""


class UnknownServerKey(Exception):
    """Something is wrapped by a server key this installation no longer has."""


def new_key() -> bytes:
    """A fresh random key."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, content: bytes, place: str) -> bytes:
    """Encrypt `content` so that it opens only with `key` and only at the same `place`."""
    return bytes(Aead(key).encrypt(content, place.encode()))


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """Open what `seal` made; raises SealBroken."""
    try:
        return Aead(key).decrypt(sealed, place.encode())
    # Something cut so short that it holds no nonce raises ValueError.
    except (CryptoError, ValueError) as error:
        raise SealBroken(place) from error


@dataclass(frozen=True)
class Wrapped:
    """A key sealed by the server's key, and which server key that was."""

    server_key: str
    sealed: bytes


class Keyring:
    """The server's secrets: the first is used for new things, the others still open old ones.

    The secrets never reach the database or a backup; only their ids do. `again` reads the secrets
    once more where a key is asked for that was not there at the start.
    """

    def __init__(
        self, secrets_: tuple[str, ...], again: Callable[[], tuple[str, ...]] | None = None
    ) -> None:
        self._keys = _by_id(secrets_)
        self._again = again
        # A launch asks for the same one for each of its people.
        self._derived: dict[tuple[str, str], bytes] = {}
        self.current = key_id(secrets_[0])

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the current one first."""
        return tuple(self._keys)

    def derive(self, purpose: str, server_key: str | None = None) -> bytes:
        """A key for one purpose; raises UnknownServerKey."""
        which = purpose, server_key or self.current
        if which not in self._derived:
            self._derived[which] = mac(self._secret(which[1]), purpose)
        return self._derived[which]

    def wrap(self, key: bytes, place: str) -> Wrapped:
        return Wrapped(self.current, seal(self.derive("wrap"), key, place))

    def unwrap(self, wrapped: Wrapped, place: str) -> bytes:
        return unseal(self.derive("wrap", wrapped.server_key), wrapped.sealed, place)

    def knows(self, server_key: str) -> bool:
        return server_key in self._keys

    def _secret(self, server_key: str) -> bytes:
        if server_key not in self._keys and self._again is not None:
            # Somebody has rotated the key while this process runs.
            self._keys = {**_by_id(self._again()), **self._keys}
        try:
            return self._keys[server_key]
        except KeyError:
            raise UnknownServerKey(server_key) from None


def _by_id(secrets_: tuple[str, ...]) -> dict[str, bytes]:
    return {key_id(secret): secret.encode() for secret in secrets_}


def key_id(secret: str) -> str:
    """What a secret is known by: tells one from another and nothing of either."""
    return mac(secret.encode(), "server key id").hex()[:16]
