"""Gauges of money: the server's caps, what counts against them, and what is set aside."""

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.clock import utc_now
from phantom.db.models import MICROS, LedgerEntry, RateWindow, Spending
from phantom.ledger.caps import ServerCaps


class MoneyGauges:
    """What the ledger and the usage limits tell at a glance."""

    def __init__(self, registry: CollectorRegistry, caps: ServerCaps) -> None:
        limits = Gauge(
            "phantom_cap_dollars", "What may be spent in a period", ["period"], registry=registry
        )
        for period, cap in (("day", caps.daily), ("month", caps.monthly)):
            if cap is not None:
                limits.labels(period).set(cap)
        self._counted = Gauge(
            "phantom_capped_dollars",
            "What counts against caps in a period, without what is set aside",
            ["period"],
            registry=registry,
        )
        self._open = Gauge(
            "phantom_reserved_open_dollars",
            "Money set aside for calls under way",
            registry=registry,
        )
        self._limited = Gauge(
            "phantom_agents_limited", "Agents that have used up their limit", registry=registry
        )

    async def read(self, session: AsyncSession) -> None:
        """Read all of them."""
        now = utc_now()
        for period, first in (("day", now.date()), ("month", now.date().replace(day=1))):
            counted = select(func.sum(Spending.micros)).where(Spending.day >= first)
            self._counted.labels(period).set(int(await session.scalar(counted) or 0) / MICROS)
        reserved = select(func.sum(LedgerEntry.amount_micros)).where(LedgerEntry.open == true())
        self._open.set(int(await session.scalar(reserved) or 0) / MICROS)
        limited = select(func.count()).where(RateWindow.resumes_at > now)
        self._limited.set(await session.scalar(limited) or 0)
