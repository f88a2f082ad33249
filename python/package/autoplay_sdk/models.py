"""The payloads, by the name of the module that older programs import them from."""

from autoplay_sdk.core.models import ActionsPayload, AnyPayload, SlimAction, SummaryPayload

__all__ = ["ActionsPayload", "AnyPayload", "SlimAction", "SummaryPayload"]
