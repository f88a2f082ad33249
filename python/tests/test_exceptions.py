"""What is raised, and what may be caught as what."""

from __future__ import annotations

import copy
import pickle

import pytest
from autoplay_sdk import SdkBufferFullError, SdkConfigError, SdkError, SdkMetricsHook, SdkStatusError, SdkUpstreamError


def test_the_tree_is_the_one_that_programs_catch() -> None:
    assert SdkConfigError.__bases__ == (SdkError, ValueError)
    assert SdkUpstreamError.__bases__ == (SdkError,)
    assert SdkStatusError.__bases__ == (SdkUpstreamError,)
    assert SdkBufferFullError.__bases__ == (SdkError,)
    assert SdkError.__bases__ == (Exception,)


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_status_error_keeps_what_it_carries(again: object) -> None:
    error = again(SdkStatusError("refused", 401, "https://taskboat.test/stream/p"))  # type: ignore[operator]
    assert (str(error), error.status_code, error.url) == ("refused", 401, "https://taskboat.test/stream/p")


def test_a_hook_is_recognised_by_its_methods() -> None:
    class Hook:
        def record_event_dropped(self) -> None: ...
        def record_queue_depth(self) -> None: ...
        def record_summarizer_latency(self) -> None: ...
        def record_redis_operation(self) -> None: ...
        def record_semaphore_timeout(self) -> None: ...

    assert isinstance(Hook(), SdkMetricsHook)
    assert not isinstance(object(), SdkMetricsHook)
