"""How many wrong tokens an address may send: ten per minute, then its tokens are not even read."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

MOST = RateLimitItemPerMinute(10)


class WrongTokens:
    """Those of the last minute, by address."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def too_many(self, address: str) -> bool:
        """Whether the address has to wait."""
        return not self._limiter.test(MOST, address)

    def count(self, address: str) -> None:
        """One more."""
        self._limiter.hit(MOST, address)
