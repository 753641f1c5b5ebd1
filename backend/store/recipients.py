"""How far each address has been told of what happened, and who tells it now.

A recipient has a cursor in the outbox (backend.store.notices): the last notice that it was told of.
Who wants to send takes a lease on the recipient with a token; nobody else sends to it until the
lease ends, which is longer than sending may take. What follows is fenced by the token. Functions do
not commit; `now` is the caller's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from backend.core.notice_kinds import NoticeKind
from backend.core.notify_addresses import Address
from backend.store import notices
from backend.store.tables import Notice, Recipient
from backend.store.upsert import insert_new

LEASE = timedelta(minutes=5)  # several times what sending may take
FIRST_RETRY, LAST_RETRY = timedelta(seconds=30), timedelta(hours=1)  # doubles from one to the other
GIVE_UP = timedelta(hours=24)  # an event that is older when a try fails is given up
FORGOTTEN = timedelta(hours=24)  # an address that no process has had for so long


@dataclass(frozen=True)
class Claim:
    """A recipient that this process sends to now: what it gets, and the fence of what follows."""

    name: str
    token: str
    up_to: int  # the last notice that it is told of
    first: Sequence[Notice]
    counts: dict[NoticeKind, int]  # of all, the first ones too

    @property
    def total(self) -> int:
        """How many notices there are."""
        return sum(self.counts.values())


def register(session: Session, addresses: Sequence[Address], now: datetime) -> None:
    """These are in a process's environment. One that is new is told of what happens from now on."""
    session.execute(delete(Recipient).where(Recipient.seen_at < now - FORGOTTEN))
    newest = notices.last_id(session)
    for address in addresses:
        seen = {"kinds": list(address.kinds), "seen_at": now}
        row = {"name": address.name, "cursor": newest, "failures": 0, "given_up": 0, **seen}
        if not insert_new(session, Recipient, row):
            session.execute(update(Recipient).where(Recipient.name == address.name).values(**seen))


def listing(session: Session) -> Sequence[Recipient]:
    """All, by name."""
    return session.scalars(select(Recipient).order_by(Recipient.name)).all()


def waiting(session: Session, recipient: Recipient) -> int:
    """How many notices it has not been told of."""
    query = select(func.count()).where(*_news(recipient.cursor, recipient.kinds))
    return session.scalar(query.select_from(Notice)) or 0


def is_due(session: Session, address: Address, now: datetime) -> bool:
    """Whether somebody should send to it now."""
    cursor = select(Recipient.cursor).where(*_free(address.name, now)).scalar_subquery()
    return bool(session.scalar(select(exists().where(*_news(cursor, address.kinds)))))


def claim(session: Session, address: Address, most: int, now: datetime) -> Claim | None:
    """Takes the lease, with at most `most` notices to be told one by one.

    A webhook is told of no more than these; others of all there are, in counts. None: somebody
    else sends, or there is nothing to send.
    """
    token = uuid4().hex
    row = session.execute(
        update(Recipient)
        .where(*_free(address.name, now))
        .values(token=token, leased_until=now + LEASE)
        .returning(Recipient.cursor),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if row is None:
        return None
    news = _news(row.cursor, address.kinds)
    first = session.scalars(select(Notice).where(*news).order_by(Notice.id).limit(most)).all()
    if not first:
        _release(session, address.name, token)
        return None
    last = (
        first[-1].id
        if address.webhook
        else session.scalar(select(func.max(Notice.id)).where(*news))
    )
    kinds = select(Notice.kind, func.count()).where(*news, Notice.id <= last).group_by(Notice.kind)
    counts = {NoticeKind(kind): count for kind, count in session.execute(kinds)}
    return Claim(address.name, token, last or first[-1].id, first, counts)


def sent(session: Session, claim: Claim, now: datetime) -> bool:
    """It was told. False: the lease had ended."""
    told = {"cursor": claim.up_to, "last_sent_at": now, "failures": 0}
    return _release(session, claim.name, claim.token, **told, next_try_at=None, last_error=None)


def failed(session: Session, claim: Claim, error: str, now: datetime) -> int:
    """It could not be told and is tried again later; how many notices are given up by that."""
    recipient = session.scalars(
        select(Recipient).where(Recipient.name == claim.name, Recipient.token == claim.token)
    ).one_or_none()
    if recipient is None:
        return 0
    failures = recipient.failures + 1
    pause = min(FIRST_RETRY * 2 ** min(failures - 1, 20), LAST_RETRY)
    values = {"failures": failures, "next_try_at": now + pause, "last_error": error}
    late = [*_news(recipient.cursor, recipient.kinds), Notice.created_at < now - GIVE_UP]
    count, last = session.execute(select(func.count(), func.max(Notice.id)).where(*late)).one()
    if count:
        values |= {"cursor": last, "given_up": recipient.given_up + count, "given_up_at": now}
    _release(session, claim.name, claim.token, **values)
    return count


def _release(session: Session, name: str, token: str, **values: object) -> bool:
    row = session.execute(
        update(Recipient)
        .where(Recipient.name == name, Recipient.token == token)
        .values(token=None, leased_until=None, **values)
        .returning(Recipient.name),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    return row is not None


def _free(name: str, now: datetime) -> list[ColumnElement[bool]]:
    """Nobody sends to it, and it need not be waited for."""
    return [
        Recipient.name == name,
        or_(Recipient.token.is_(None), Recipient.leased_until < now),
        or_(Recipient.next_try_at.is_(None), Recipient.next_try_at <= now),
    ]


def _news(cursor: object, kinds: Sequence[str]) -> list[ColumnElement[bool]]:
    return [and_(Notice.id > cursor, Notice.held.is_(False), Notice.kind.in_(kinds))]
