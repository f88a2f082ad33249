"""What this package raises, below :class:`SdkError`."""

from __future__ import annotations

__all__ = ["SdkBufferFullError", "SdkConfigError", "SdkError", "SdkStatusError", "SdkUpstreamError"]


class SdkError(Exception):
    """Any error of this package."""


class SdkConfigError(SdkError, ValueError):
    """An argument is wrong: the message names it and says what to give. Nothing was started."""


class SdkUpstreamError(SdkError):
    """The connector could not be reached or refused: ``max_retries`` is spent, or trying again would not help."""


class SdkStatusError(SdkUpstreamError):
    """The connector answered with a status that is final: 401, 403 or 404.

    Attributes:
        status_code: The HTTP status.
        url: The URL that answered, without secrets.
    """

    status_code: int
    url: str

    def __init__(self, message: str, status_code: int, url: str) -> None:
        super().__init__(message, status_code, url)
        self.status_code = status_code
        self.url = url

    def __str__(self) -> str:
        return str(self.args[0])


class SdkBufferFullError(SdkError):
    """A buffer is full and takes no more events: whoever works them off is slower than they come."""
