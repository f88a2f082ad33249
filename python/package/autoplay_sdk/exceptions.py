"""The exceptions, by the name of the module that older programs import them from."""

from autoplay_sdk.core.exceptions import (
    SdkBufferFullError,
    SdkConfigError,
    SdkError,
    SdkStatusError,
    SdkUpstreamError,
)

__all__ = ["SdkBufferFullError", "SdkConfigError", "SdkError", "SdkStatusError", "SdkUpstreamError"]
