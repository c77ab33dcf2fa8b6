"""Settings from the environment, from NAME_FILE, or from a `.env` in the working directory; then frozen."""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.kit import key_file
from app.kit.mail.address import is_loopback, parsed
from app.kit.mail.message import BadMail, mailbox

PREFIX = "SELARAS_"
PLACEHOLDERS = ("changeme", "change-me", "change_me", "placeholder", "replace-me", "your-secret")
SHORTEST_SECRET = 32
SHORTEST_TOKEN = 16
# Random text of that length has far more; "xxxx...", "0123012301..." do not.
FEWEST_CHARACTERS = 10
SMALLEST_GROUP = 4
HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


class BadSettings(Exception):
    """A setting is missing or wrong; the text names it and the remedy."""


class Settings(BaseSettings):
    """What an installation may set; every one is explained in docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Path("data")
    database_url: str = Field(default="", repr=False)
    base_url: str = "http://127.0.0.1:8000"
    secret_key: str = Field(default="", repr=False)
    mail_url: str = Field(default="", repr=False)
    mail_token_url: str = ""
    mail_token_client: str = ""
    mail_token_secret: str = Field(default="", repr=False)
    mail_token_scope: str = ""
    mail_from: str = "selaras@localhost"
    mail_return_path: str = ""
    mail_per_minute: int = Field(default=600, ge=1, le=100_000)
    mail_per_domain: int = Field(default=0, ge=0, le=100_000)
    mail_connections: int = Field(default=1, ge=1, le=32)
    contact: str = ""
    organisation: str = ""
    language: Literal["en", "ms"] = "en"
    timezone: str = "Asia/Kuala_Lumpur"
    min_group: int = Field(default=5, ge=SMALLEST_GROUP, le=1000)
    trusted_hosts: str = ""
    trusted_proxies: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = Field(default="", repr=False)
    oidc_name: str = "OpenID Connect"
    oidc_trust_email: bool = False
    backup_dir: str = ""
    backups_kept: int = Field(default=14, ge=0, le=366)
    webhook_networks: str = ""
    metrics_token: str = Field(default="", repr=False)
    log_format: Literal["text", "json"] = "text"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _NamedFiles(settings_cls), dotenv_settings

    @field_validator("base_url")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must begin with http:// or https:// and name a host")
        if parts.query or parts.fragment or not value.isprintable() or " " in value:
            raise ValueError("must be an address alone, such as https://survey.example.com")
        return value.rstrip("/")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("is not a time zone; use a name such as Asia/Kuala_Lumpur") from None
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_line(cls, value: str) -> str:
        try:
            mailbox("it", value)
        except BadMail:
            raise ValueError("must be one address, such as survey@example.com") from None
        return value

    @field_validator("mail_return_path")
    @classmethod
    def _bare_address(cls, value: str) -> str:
        try:
            bare = not value or (mailbox("it", value).address == value and "+" not in value)
        except BadMail:
            bare = False
        if not bare:
            raise ValueError(
                "must be one address without a name or a +, such as bounces@example.com"
            )
        return value

    @field_validator("mail_url")
    @classmethod
    def _known_mail(cls, value: str) -> str:
        if value:
            parsed(value)
        return value

    @field_validator("secret_key")
    @classmethod
    def _real_secret(cls, value: str) -> str:
        # A file of keys, one a line, may stand for the setting.
        parts = [one.strip() for one in value.replace("\n", ",").split(",")] if value else []
        for secret in parts:
            placeholder = any(word in secret.lower() for word in PLACEHOLDERS)
            if placeholder or len(set(secret)) < FEWEST_CHARACTERS or len(secret) < SHORTEST_SECRET:
                raise ValueError(
                    f"must be at least {SHORTEST_SECRET} random characters and no placeholder"
                )
        return ",".join(parts)

    @field_validator("metrics_token")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < SHORTEST_TOKEN:
            raise ValueError(f"must be at least {SHORTEST_TOKEN} random characters")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value:
            return value
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        if not _database_named(value):
            raise ValueError("must name a file (sqlite:///data/selaras.db) or a database")
        return value

    @field_validator("trusted_hosts")
    @classmethod
    def _names(cls, value: str) -> str:
        for name in filter(None, (part.strip() for part in value.split(","))):
            if not HOST_NAME.fullmatch(name):
                raise ValueError("must be names such as survey.example.com with commas between")
        return value

    @field_validator("trusted_proxies", "webhook_networks")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for proxy in filter(None, (part.strip() for part in value.split(","))):
            try:
                ip_network(proxy, strict=False)
            except ValueError:
                raise ValueError("must be IP addresses or networks with commas between") from None
        return value

    @model_validator(mode="after")
    def _secret_where_many_read(self) -> "Settings":
        if self.database_url.startswith("postgresql://") and not self.secret_key:
            raise ValueError(
                "SELARAS_SECRET_KEY is required with PostgreSQL, the same for every process"
            )
        return self

    @model_validator(mode="after")
    def _token_where_no_password(self) -> "Settings":
        if not self.mail_url.startswith("smtp+xoauth2:"):
            return self
        parts = urlsplit(self.mail_token_url)
        secure = parts.scheme == "https" or (
            parts.scheme == "http" and is_loopback(parts.hostname or "")
        )
        if not secure or not parts.hostname:
            raise ValueError(
                "SELARAS_MAIL_TOKEN_URL must be the https:// address that gives tokens"
            )
        if not self.mail_token_client or not self.mail_token_secret:
            raise ValueError(
                "SELARAS_MAIL_TOKEN_CLIENT and SELARAS_MAIL_TOKEN_SECRET are required with smtp+xoauth2://"
            )
        return self

    @model_validator(mode="after")
    def _whole_provider(self) -> "Settings":
        parts = urlsplit(self.oidc_issuer)
        local = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if self.oidc_issuer and not (parts.hostname and (parts.scheme == "https" or local)):
            raise ValueError("SELARAS_OIDC_ISSUER must be the provider's https:// address")
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            raise ValueError(
                "SELARAS_OIDC_CLIENT_ID and SELARAS_OIDC_CLIENT_SECRET are required with "
                "SELARAS_OIDC_ISSUER"
            )
        return self

    @property
    def database(self) -> str:
        """The database's address, SQLite inside the data directory unless set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'selaras.db'}"

    @property
    def backup_folder(self) -> Path:
        """Where the nightly backups go."""
        return Path(self.backup_dir) if self.backup_dir else self.data_dir / "backups"

    @property
    def embedded(self) -> bool:
        return self.database.startswith("sqlite:")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def server_secrets(self) -> tuple[str, ...]:
        """The server's secrets, newest first; made once in the data directory where none is set."""
        if self.secret_key:
            return tuple(self.secret_key.split(","))
        kept = key_file.read(self.key_path)
        if not kept or min(map(len, kept)) < SHORTEST_SECRET:
            raise BadSettings(
                f"{self.key_path} holds no secret: restore it, or nothing sealed can be opened"
            )
        return kept

    @property
    def key_path(self) -> Path:
        """The file that holds the server's secrets where no setting does."""
        return self.data_dir / key_file.NAME


class _NamedFiles(PydanticBaseSettingsSource):
    """SELARAS_X_FILE=/path holds the value of SELARAS_X: how containers hand over secrets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            raise BadSettings(f"{variable}: {path} cannot be read ({error.strerror})") from error
        except UnicodeDecodeError:
            raise BadSettings(f"{variable}: {path} is not UTF-8 text") from None

    def __call__(self) -> dict[str, Any]:
        values = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in values.items() if value is not None}


def load(**given: Any) -> Settings:
    """Read the settings once; raises BadSettings with one sentence a problem."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise BadSettings("; ".join(_sentence(problem) for problem in error.errors())) from None


def _sentence(problem: Any) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    where = "".join(PREFIX + str(part).upper() for part in problem["loc"][:1])
    return f"{where}: {message}" if where else message


def _database_named(url: str) -> bool:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        # Its own error would repeat a part of the password.
        database = make_url(url).database
    except (ArgumentError, ValueError):
        return False
    return bool(database) and database != ":memory:"
