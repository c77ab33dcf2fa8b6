"""The transport an installation has set up."""

from app.kit.mail import Transport, transport
from app.kit.mail.token import TokenClient
from app.kit.settings import Settings


def configured(settings: Settings) -> Transport | None:
    """The transport of these settings; None where mail is not set up."""
    if not settings.mail_url:
        return None
    token = TokenClient(
        settings.mail_token_url,
        settings.mail_token_client,
        settings.mail_token_secret,
        settings.mail_token_scope,
    )
    return transport(settings.mail_url, settings.mail_connections, token)
