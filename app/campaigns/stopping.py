"""Asking for no further mail of a round: by the link in a reminder, without an account."""

from sqlmodel import Session

from app.audit import log
from app.campaigns.invitations import CODE_LENGTH
from app.campaigns.models import Invitation, SurveyRound
from app.kit.seal import Keyring
from app.kit.tokens import TOKEN_LENGTH, derived_token, same

PATH = "/stop/"
LENGTH = CODE_LENGTH + 2 * TOKEN_LENGTH


class UnknownStop(Exception):
    """No reminder of ours holds this link; it may be cut off, or its round long over."""


def address(keyring: Keyring, row: SurveyRound, invitation_id: str) -> str:
    """Where somebody stops the mails of a round; it says nothing of the link they answer by."""
    return f"{PATH}{row.id}{invitation_id}{_proof(keyring, row, invitation_id)}"


def find(session: Session, keyring: Keyring, token: str) -> Invitation:
    """The invitation this link stops; changes nothing. Raises UnknownStop."""
    code, rest = token[:CODE_LENGTH], token[CODE_LENGTH:]
    invitation_id, proof = rest[:TOKEN_LENGTH], rest[TOKEN_LENGTH:]
    if len(token) != LENGTH or not token.isascii():
        raise UnknownStop
    row = session.get(SurveyRound, code)
    invitation = session.get(Invitation, (code, invitation_id))
    if row is None or invitation is None or not same(proof, _proof(keyring, row, invitation_id)):
        raise UnknownStop
    return invitation


def stop(session: Session, keyring: Keyring, token: str) -> Invitation:
    """Send no further mail of the round; done twice, it is still done once. Raises UnknownStop."""
    invitation = find(session, keyring, token)
    if not invitation.stopped:
        invitation.stopped = True
        session.add(invitation)
        # Without the person: in a confidential round only who is silent is reminded.
        log.record(session, "respondent", "round.mail_stopped", invitation.round_id)
    return invitation


def _proof(keyring: Keyring, row: SurveyRound, invitation_id: str) -> str:
    return derived_token(keyring.derive("stop", row.server_key), row.id, invitation_id)
