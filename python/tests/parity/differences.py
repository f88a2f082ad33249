"""Every difference between the SDK that users have today and this one that the scenarios show.

``topic`` is the row of docs/migrating.md that explains it.
"""

from __future__ import annotations

from typing import NamedTuple

NOT_THERE = "not there"


class Difference(NamedTuple):
    """What is seen in a scenario, with either package."""

    scenario: str
    seen: str
    today: object
    here: object
    topic: str


DIFFERENCES = [
    Difference(
        "made_before_a_fork", "a client that was made, in the child", "it came: True", "SdkError", "after `fork()`"
    ),
    Difference(
        "made_before_a_fork", "a client that was running, in the child", "it came: True", "SdkError", "after `fork()`"
    ),
    Difference("signature", "argument read_timeout_s", "None", "65.0", "`read_timeout_s`"),
    Difference("keyword_arguments_that_are_new", "overflow", NOT_THERE, "None", "further arguments"),
    Difference("keyword_arguments_that_are_new", "max_lag_s", NOT_THERE, "1.0", "further arguments"),
    Difference("keyword_arguments_that_are_new", "max_queue_bytes", NOT_THERE, "67108864", "further arguments"),
    Difference("keyword_arguments_that_are_new", "workers", NOT_THERE, "1", "further arguments"),
    Difference("keyword_arguments_that_are_new", "checkpoint", NOT_THERE, "None", "further arguments"),
    Difference("keyword_arguments_that_are_new", "max_event_bytes", NOT_THERE, "16777216", "further arguments"),
    Difference("keyword_arguments_that_are_new", "drain_timeout", NOT_THERE, "10.0", "further arguments"),
    Difference("keyword_arguments_that_are_new", "ca_file", NOT_THERE, "None", "further arguments"),
    Difference("keyword_arguments_that_are_new", "proxy", NOT_THERE, "None", "further arguments"),
    Difference("methods_that_are_new", "from_env", NOT_THERE, "is there", "further methods"),
    Difference("methods_that_are_new", "on_event", NOT_THERE, "is there", "further methods"),
    Difference("methods_that_are_new", "on_gap", NOT_THERE, "is there", "further methods"),
    Difference("methods_that_are_new", "stats", NOT_THERE, "is there", "further methods"),
    Difference("methods_that_are_new", "wait_until_connected", NOT_THERE, "is there", "further methods"),
    Difference(
        "arguments_that_are_wrong",
        "max_queue_size out of range",
        ["ValueError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "arguments_that_are_wrong",
        "connect_timeout out of range",
        ["ValueError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "arguments_that_are_wrong",
        "initial_backoff_s out of range",
        ["ValueError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "arguments_that_are_wrong",
        "max_backoff_s out of range",
        ["ValueError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "arguments_that_are_wrong",
        "max_retries out of range",
        ["ValueError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "arguments_that_are_wrong",
        "read_timeout_s out of range",
        [],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "arguments_that_are_wrong",
        "max_queue_size no number",
        ["TypeError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "an argument of a wrong type",
    ),
    Difference(
        "arguments_that_are_wrong",
        "url empty",
        [],
        ["SdkConfigError", "SdkError", "ValueError"],
        "a wrong `url` or `token`",
    ),
    Difference(
        "arguments_that_are_wrong",
        "url relative",
        [],
        ["SdkConfigError", "SdkError", "ValueError"],
        "a wrong `url` or `token`",
    ),
    Difference(
        "arguments_that_are_wrong",
        "url neither http nor https",
        [],
        ["SdkConfigError", "SdkError", "ValueError"],
        "a wrong `url` or `token`",
    ),
    Difference(
        "arguments_that_are_wrong",
        "url with a password",
        [],
        ["SdkConfigError", "SdkError", "ValueError"],
        "a wrong `url` or `token`",
    ),
    Difference(
        "arguments_that_are_wrong",
        "token with a line's end",
        [],
        ["SdkConfigError", "SdkError", "ValueError"],
        "a wrong `url` or `token`",
    ),
    Difference(
        "arguments_that_are_wrong", "on_connect can't be called", [], ["TypeError"], "a callback that can't be called"
    ),
    Difference(
        "arguments_that_are_wrong", "on_actions can't be called", [], ["TypeError"], "a callback that can't be called"
    ),
    Difference("leaving_with", "the thread has ended", False, True, "`stop()`"),
    Difference("runs_in_the_foreground", "after stop() in a callback, run()", "went on", "returned", "`stop()`"),
    Difference("stops_while_nothing_comes", "run()", "went on", "returned", "`stop()`"),
    Difference("stops_while_it_waits_to_reconnect", "run()", "went on", "returned", "`stop()`"),
    Difference("runs_twice_at_once", "the second run()", "went on", "raised SdkError", "running twice at once"),
    Difference("runs_twice_at_once", "classes", [], ["SdkError"], "running twice at once"),
    Difference("runs_again_after_its_end", "last-event-id", [], ["2"], "running again"),
    Difference("ctrl_c", "run()", "returned", "raised KeyboardInterrupt", "Ctrl-C"),
    Difference(
        "refused",
        "401",
        ["went on", "many requests", "on_connect was called"],
        [
            "raised SdkStatusError",
            "SdkStatusError",
            "SdkUpstreamError",
            "SdkError",
            "one request",
            "on_connect was not called",
        ],
        "401, 403, 404",
    ),
    Difference(
        "refused",
        "403",
        ["went on", "many requests", "on_connect was called"],
        [
            "raised SdkStatusError",
            "SdkStatusError",
            "SdkUpstreamError",
            "SdkError",
            "one request",
            "on_connect was not called",
        ],
        "401, 403, 404",
    ),
    Difference(
        "refused",
        "404",
        ["went on", "many requests", "on_connect was called"],
        [
            "raised SdkStatusError",
            "SdkStatusError",
            "SdkUpstreamError",
            "SdkError",
            "one request",
            "on_connect was not called",
        ],
        "401, 403, 404",
    ),
    Difference("refused_in_the_background", "the thread has ended", False, True, "401, 403, 404"),
    Difference("refused_in_the_background", "threading.excepthook saw", [], ["autoplay-sdk-main"], "401, 403, 404"),
    Difference("retries_are_spent", "run()", "went on", "raised SdkUpstreamError", "`max_retries`"),
    Difference("retries_are_spent", "classes", [], ["SdkUpstreamError", "SdkError"], "`max_retries`"),
    Difference("retries_are_spent", "requests", "many", "three", "`max_retries`"),
    Difference("request_that_is_sent", "cache-control", "no-store", "no-cache", "the request"),
    Difference("request_that_is_sent", "user-agent", "python-httpx", "autoplay-sdk-rust", "the request"),
    Difference(
        "fails_and_recovers",
        "told",
        ["on_connect", "on_disconnect", "on_connect", "on_disconnect", "on_connect", "on_actions"],
        ["on_connect", "on_actions"],
        "any other status but 200",
    ),
    Difference(
        "goes_on_after_a_lost_connection",
        "told",
        ["on_connect", 0, 1, "on_connect", 2, 3],
        ["on_connect", 0, 1, "on_disconnect", "on_connect", 2, 3],
        "`on_disconnect`",
    ),
    Difference("goes_on_after_a_lost_connection", "last-event-id", [], ["1"], "a lost connection"),
    Difference("follows_a_redirect", "it came", False, True, "redirects"),
    Difference("answers_that_are_no_streams", "204: run()", "went on", "returned", "answers that are no event stream"),
    Difference("answers_that_are_no_streams", "204: told", ["on_connect"], [], "answers that are no event stream"),
    Difference(
        "answers_that_are_no_streams", "a page of HTML: told", ["on_connect"], [], "answers that are no event stream"
    ),
    Difference(
        "answers_that_are_no_streams",
        "an event stream with status 500: told",
        ["on_actions", "on_connect"],
        [],
        "answers that are no event stream",
    ),
    Difference("frames_of_all_kinds", "after a byte order mark", False, True, "a byte order mark"),
    Difference(
        "events_that_are_odd",
        "a list",
        ["the next", "after a reconnect"],
        ["the next"],
        "JSON that is no object, or nested too deep",
    ),
    Difference(
        "events_that_are_odd",
        "null",
        ["the next", "after a reconnect"],
        ["the next"],
        "JSON that is no object, or nested too deep",
    ),
    Difference(
        "events_that_are_odd",
        "a number",
        ["the next", "after a reconnect"],
        ["the next"],
        "JSON that is no object, or nested too deep",
    ),
    Difference(
        "events_that_are_odd",
        "the type in the name of the event",
        ["the next"],
        ["x", "the next"],
        "the type of an event",
    ),
    Difference(
        "events_that_are_odd",
        "an action that is no object",
        ["the next"],
        ["Session unknown \\u2014 1 actions\n[0] click:  \\u2014 ", "the next"],
        "fields of a wrong type",
    ),
    Difference(
        "events_that_are_odd",
        "a number for a text",
        ["to_text() raises AttributeError", "the next"],
        ["7", "the next"],
        "fields of a wrong type",
    ),
    Difference(
        "events_that_are_odd",
        "a list for a text",
        ["to_text() raises AttributeError", "the next"],
        ["", "the next"],
        "JSON that is no object, or nested too deep",
    ),
    Difference(
        "events_that_are_odd",
        "half of a pair of surrogates",
        ["\\ud83d", "the next"],
        ["\\ufffd", "the next"],
        "half a pair of surrogates",
    ),
    Difference(
        "events_that_are_odd",
        "nested 100,000 deep",
        ["the next", "after a reconnect"],
        ["the next"],
        "JSON that is no object, or nested too deep",
    ),
    Difference(
        "a_full_queue",
        "the thread of on_drop",
        ["autoplay-sdk-main"],
        ["autoplay-sdk-drops"],
        "the thread of `on_drop`",
    ),
    Difference("a_burst_on_a_small_queue", "all came", False, True, "a burst"),
    Difference("a_burst_on_a_small_queue", "dropped", True, False, "a burst"),
    Difference("events_that_nobody_wants", "what is wanted comes", False, True, "events that nobody wants"),
    Difference(
        "callbacks_that_raise", "the next come after SystemExit", False, True, "a callback that raises `SystemExit`"
    ),
    Difference("callbacks_that_are_coroutines", "on_connect", False, True, "`async def` for `on_connect`"),
    Difference(
        "logs",
        "an event that is no JSON",
        ["autoplay_sdk.client", "WARNING", "url", True],
        ["autoplay_sdk.client", "WARNING", "url", False],
        "the log of malformed data",
    ),
    Difference("logs", "an e-mail address", True, False, "the log of malformed data"),
    Difference(
        "logs_of_failures",
        "a status of 500",
        [],
        ["autoplay_sdk.client", "WARNING", "url", False],
        "any other status but 200",
    ),
    Difference(
        "logs_of_failures",
        "retries that are spent",
        ["autoplay_sdk.client", "CRITICAL", "url", False],
        ["autoplay_sdk.client", "ERROR", "url", False],
        "the log of `max_retries`",
    ),
    Difference("async_methods_that_are_new", "dropped_count", NOT_THERE, "is there", "further methods"),
    Difference("async_methods_that_are_new", "events", NOT_THERE, "is there", "further methods"),
    Difference("async_methods_that_are_new", "from_env", NOT_THERE, "is there", "further methods"),
    Difference("async_methods_that_are_new", "on_drop", NOT_THERE, "is there", "further methods"),
    Difference("async_methods_that_are_new", "on_event", NOT_THERE, "is there", "further methods"),
    Difference("async_methods_that_are_new", "on_gap", NOT_THERE, "is there", "further methods"),
    Difference("async_methods_that_are_new", "queue_size", NOT_THERE, "is there", "further methods"),
    Difference("async_methods_that_are_new", "stats", NOT_THERE, "is there", "further methods"),
    Difference("async_methods_that_are_new", "wait_until_connected", NOT_THERE, "is there", "further methods"),
    Difference(
        "async_arguments_that_are_wrong",
        "session_concurrency=0",
        ["ValueError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "async_arguments_that_are_wrong",
        "connect_timeout=0",
        ["ValueError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "async_arguments_that_are_wrong",
        "max_retries=-1",
        ["ValueError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "async_arguments_that_are_wrong",
        "initial_backoff_s=0",
        ["ValueError"],
        ["SdkConfigError", "SdkError", "ValueError"],
        "numbers out of range",
    ),
    Difference(
        "async_arguments_that_are_wrong",
        "url=''",
        [],
        ["SdkConfigError", "SdkError", "ValueError"],
        "a wrong `url` or `token`",
    ),
    Difference(
        "async_arguments_that_are_wrong",
        "a callback that can't be called",
        [],
        ["TypeError"],
        "a callback that can't be called",
    ),
    Difference("async_with", "the task", "went on", "returned", "`stop()`"),
    Difference("async_stops_while_it_waits_to_reconnect", "the task", "went on", "returned", "`stop()`"),
    Difference("async_is_cancelled", "the task", "returned", "was cancelled", "cancelling"),
    Difference(
        "async_is_cancelled", "asyncio.wait_for(client.run(), 0.3)", "returned", "raised TimeoutError", "cancelling"
    ),
    Difference(
        "async_refused",
        "401",
        ["went on"],
        ["raised SdkStatusError", "SdkStatusError", "SdkUpstreamError", "SdkError"],
        "401, 403, 404",
    ),
    Difference(
        "async_refused",
        "403",
        ["went on"],
        ["raised SdkStatusError", "SdkStatusError", "SdkUpstreamError", "SdkError"],
        "401, 403, 404",
    ),
    Difference(
        "async_refused",
        "404",
        ["went on"],
        ["raised SdkStatusError", "SdkStatusError", "SdkUpstreamError", "SdkError"],
        "401, 403, 404",
    ),
    Difference("async_retries_are_spent", "the task", "went on", "raised SdkUpstreamError", "`max_retries`"),
    Difference(
        "async_sessions_do_not_wait_for_each_other", "while the slow one waits", [], ["fast"], "sessions on asyncio"
    ),
    Difference("async_session_concurrency", "callbacks of one session at a time", 1, 3, "`session_concurrency`"),
    Difference(
        "async_fails_and_recovers",
        "told",
        ["on_connect", "on_actions", "on_connect", "on_actions"],
        ["on_connect", "on_actions", "on_disconnect", "on_connect", "on_actions"],
        "`on_disconnect`",
    ),
    Difference("async_fails_and_recovers", "last-event-id", False, True, "a lost connection"),
    Difference(
        "async_odd_events",
        "a list",
        ["the next", "after a reconnect"],
        ["the next"],
        "JSON that is no object, or nested too deep",
    ),
    Difference(
        "async_odd_events",
        "an action that is no object",
        ["the next"],
        ["Session unknown — 0 actions", "the next"],
        "fields of a wrong type",
    ),
    Difference("async_logs", "an e-mail address", True, False, "the log of malformed data"),
]
