"""Personal links and the letters that carry them: made when they go out, and only to who stays."""

import base64
import quopri
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.campaigns import invitations, rounds
from app.campaigns.letters import Letter, invitation_letters
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.rounds import INVITE
from app.kit.jobs import Lease
from app.kit.language import language
from app.kit.mail import Envelope
from app.kit.posting import Impossible, NotNeeded
from app.kit.runtime import Runtime
from app.kit.seal import Keyring
from app.kit.tokens import fingerprint
from app.main import make_site
from app.people import organisation
from app.responses import submission
from app.web.emails import Invitations
from tests import cast
from tests.conftest import SECRET
from tests.people.files import csv, imported

Launched = Callable[..., SurveyRound]
BASE = "https://survey.example.com"


def leases(runtime: Runtime, row: SurveyRound) -> list[Lease]:
    with runtime.database.reading() as session:
        ids = session.exec(select(Invitation.id).where(Invitation.round_id == row.id)).all()
    return [Lease(row.id, INVITE, one, 1, "worker", {}) for one in sorted(ids)]


def letters(runtime: Runtime, row: SurveyRound) -> list[Letter | NotNeeded | Impossible]:
    with runtime.database.reading() as session:
        return invitation_letters(session, runtime.keyring, BASE, leases(runtime, row))


def test_everybody_gets_a_link_of_their_own_in_their_language(
    company: Runtime, launched: Launched
) -> None:
    written = letters(company, launched("Commercial", language="ms"))
    assert all(isinstance(one, Letter) for one in written)
    found = {one.to: one for one in written if isinstance(one, Letter)}
    assert len(found) == len({one.link for one in found.values()}) == 38
    assert (found[cast.CHONG].language, found[cast.SALMAH].language) == ("en", "ms")
    silent = next(one for one in cast.members(cast.MARKETING) if not one.language)
    assert found[silent.email].language == "ms", "the round's, where the file says nothing"


def test_links_are_stable_and_the_round_code_comes_first(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")
    first, again = letters(company, row), letters(company, row)
    assert first == again
    for one in first:
        assert isinstance(one, Letter)
        assert re.fullmatch(rf"{BASE}/s/{row.id}[A-Za-z0-9_-]{{22}}", one.link)
        assert one.link.count(row.id) == 1


def test_a_link_is_128_bits_that_only_this_server_can_make(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")
    token = invitations.link_token(company.keyring, row, "an invitation")
    assert token == invitations.link_token(Keyring((SECRET,)), row, "an invitation")
    assert len(base64.urlsafe_b64decode(token[6:] + "==")) == 16
    stranger = Keyring(("another-server-key-that-is-long-enough",))
    row.server_key = stranger.current
    assert invitations.link_token(stranger, row, "an invitation") != token


def test_a_new_server_key_leaves_the_links_of_an_open_round_alone(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")
    rotated = Keyring(("a-newer-server-key-that-is-long-enough", SECRET))
    assert rotated.current != row.server_key
    old = invitations.link_token(company.keyring, row, "an invitation")
    assert invitations.link_token(rotated, row, "an invitation") == old


def test_the_database_holds_the_fingerprint_only(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    tokens = {
        one.link.rpartition("/")[2] for one in letters(company, row) if isinstance(one, Letter)
    }
    with company.database.reading() as session:
        kept = {bytes(one) for one in session.exec(select(Invitation.token_hash)) if one}
    assert kept == {fingerprint(token) for token in tokens}


def test_who_left_gets_no_letter_and_is_asked_again_on_return(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")
    lines = cast.people_file().decode("utf-8-sig").splitlines()
    stay = csv(*[line for line in lines if cast.CHONG not in line])
    imported(company.database, stay, full=True, deactivate=1)
    stopped = [one for one in letters(company, row) if not isinstance(one, Letter)]
    assert stopped == [NotNeeded("the person has left")]
    imported(company.database, cast.people_file())
    assert all(isinstance(one, Letter) for one in letters(company, row))


def test_a_closed_round_sends_nothing(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    with company.database.writing() as session:
        rounds.close(session, row.id, "test")
    assert set(letters(company, row)) == {NotNeeded("the round has closed")}
    with company.database.reading() as session:
        waiting = session.connection().execute(
            text("SELECT count(*) FROM job WHERE kind = 'invite' AND state = 'waiting'")
        )
        assert waiting.scalar_one() == 0


def test_a_voided_round_sends_nothing(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    with company.database.writing() as session:
        submission.void(session, row.id, "test")
    assert not [one for one in letters(company, row) if isinstance(one, Letter)]


def test_an_address_that_was_mended_is_the_one_used(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    mended = cast.people_file().replace(cast.CHONG.encode(), b"wei.ling@contoh.example.com")
    imported(company.database, mended)
    sent = {one.to for one in letters(company, row) if isinstance(one, Letter)}
    assert "wei.ling@contoh.example.com" in sent
    assert cast.CHONG not in sent


def test_without_an_address_there_is_a_slip_and_no_mail(
    company: Runtime, launched: Launched
) -> None:
    without = cast.people_file().replace(cast.CHONG.encode(), b"")
    imported(company.database, without)
    row = launched("Commercial")
    impossible = [one for one in letters(company, row) if not isinstance(one, Letter)]
    assert impossible == [Impossible("no e-mail address")]
    with company.database.reading() as session:
        jobs = session.connection().execute(text("SELECT count(*) FROM job WHERE kind = 'invite'"))
        assert jobs.scalar_one() == 37


@pytest.mark.parametrize("cut", [0, 5, 27, 29])
def test_a_token_of_another_length_is_no_link(cut: int) -> None:
    with pytest.raises(invitations.UnknownLink):
        invitations.link_of("x" * cut)


def test_a_mail_kept_written_is_written_anew_once_what_it_says_has_changed(
    company: Runtime, launched: Launched
) -> None:
    site, row = make_site(company), launched("Commercial")
    prepare, (one, *_) = Invitations(site), leases(company, row)

    def written() -> str:
        (mail,) = prepare([one])
        assert isinstance(mail, Envelope)
        return quopri.decodestring(mail.content).decode()

    first = written()
    with company.database.writing() as session:
        until = row.closes_at + timedelta(days=30)
        rounds.extend(session, row.id, until, "test")
        organisation.change(session, name="Syarikat Baharu", colour="")
    site.pages.renew_look()
    reader = language("ms" if "Salam" in first else "en")
    zone = company.settings.zone
    second = written()
    assert reader.moment(row.closes_at, zone) in first
    assert reader.moment(until, zone) in second
    assert second.count("Syarikat Baharu") > first.count("Syarikat Baharu")
    asks = reader.text("{organisation} asks for your view: {title}.").partition(": ")[0]
    assert asks.replace("{organisation}", "Syarikat Baharu") in second
