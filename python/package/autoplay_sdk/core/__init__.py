"""Payloads, exceptions and the metrics protocol."""
