"""Where names are imported from, what importing costs, and what is said about names that are not there."""

from __future__ import annotations

import importlib
import inspect
import pydoc
import subprocess
import sys
import types
import typing

import autoplay_sdk
import pytest
from autoplay_sdk import _absent

PAYLOADS = ["ActionsPayload", "AnyPayload", "SlimAction", "SummaryPayload"]
EXCEPTIONS = ["SdkBufferFullError", "SdkConfigError", "SdkError", "SdkStatusError", "SdkUpstreamError"]
PATHS = {
    "autoplay_sdk": [*PAYLOADS, *EXCEPTIONS, "SdkMetricsHook", "RawEvent", "Gap", "__version__"],
    "autoplay_sdk.core": [*PAYLOADS, *EXCEPTIONS, "SdkMetricsHook"],
    "autoplay_sdk.core.models": PAYLOADS,
    "autoplay_sdk.core.exceptions": EXCEPTIONS,
    "autoplay_sdk.core.metrics": ["SdkMetricsHook"],
    "autoplay_sdk.models": PAYLOADS,
    "autoplay_sdk.exceptions": EXCEPTIONS,
}


@pytest.mark.parametrize("module", PATHS)
def test_names_are_where_programs_import_them_from(module: str) -> None:
    for name in PATHS[module]:
        found = getattr(importlib.import_module(module), name)
        assert found is getattr(autoplay_sdk, name)


def test_a_star_import_gives_everything_public() -> None:
    names: dict[str, object] = {}
    exec("from autoplay_sdk import *", names)
    assert set(autoplay_sdk.__all__) <= set(names)
    assert set(autoplay_sdk.__all__) <= set(dir(autoplay_sdk))


@pytest.mark.parametrize("name", sorted(_absent.NAMES))
def test_a_name_that_is_not_there_yet_is_explained(name: str) -> None:
    with pytest.raises(AttributeError, match=f"{name} is not in autoplay-sdk-rs"):
        getattr(autoplay_sdk, name)
    with pytest.raises(ImportError, match=f"{name} is not in autoplay-sdk-rs"):
        exec(f"from autoplay_sdk import {name}", {})
    assert not hasattr(autoplay_sdk, name)


@pytest.mark.parametrize("name", sorted(_absent.MODULES))
def test_a_module_that_is_not_there_yet_is_explained(name: str) -> None:
    for statement in (
        f"import autoplay_sdk.{name}",
        f"from autoplay_sdk import {name}",
        f"from autoplay_sdk.{name} import x",
    ):
        with pytest.raises(ModuleNotFoundError, match=f"{name} is not in autoplay-sdk-rs"):
            exec(statement, {})


def test_a_name_that_never_was_gets_the_usual_words() -> None:
    with pytest.raises(AttributeError, match="module 'autoplay_sdk' has no attribute 'nothing'"):
        _ = autoplay_sdk.nothing
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        exec("from autoplay_sdk import nothing", {})
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'autoplay_sdk[.]nothing'"):
        exec("import autoplay_sdk.nothing", {})


def test_importing_does_not_import_what_is_dear_and_may_not_be_needed() -> None:
    code = (
        "import sys; import autoplay_sdk; print(*{'asyncio', 'logging', 'typing', 'socket', 'json'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    if run.returncode:  # without site, an editable install is not on the path
        path = autoplay_sdk.__path__[0].rpartition("/")[0]
        code = f"import sys; sys.path.insert(0, {path!r}); {code}"
        run = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=True
        )
    assert run.stdout.split() == []


@pytest.mark.parametrize("name", ["ActionsPayload", "SummaryPayload", "SlimAction"])
def test_help_tells_what_there_is(name: str) -> None:
    text = pydoc.render_doc(getattr(autoplay_sdk, name), renderer=pydoc.plaintext)  # type: ignore[attr-defined]
    for words in ("to_text()", "from_dict(data", "to_dict(self)", "session_id"):
        assert words in text


@pytest.mark.parametrize("name", ["ConnectorClient", "AsyncConnectorClient", *PAYLOADS[:1], *PAYLOADS[2:]])
def test_tools_can_look_up_what_annotations_name(name: str) -> None:
    cls = getattr(autoplay_sdk, name)
    public = [getattr(cls, member, None) for member in dir(cls) if not member.startswith("_")]
    for function in [cls.__init__, *filter(inspect.isroutine, public)]:
        if not isinstance(function, types.MethodDescriptorType):
            typing.get_type_hints(function)


def test_completion_offers_what_is_public() -> None:
    offered = [name for name in dir(autoplay_sdk) if not name.startswith("__")]
    modules = ["async_client", "client", "core", "exceptions", "models"]
    assert offered == sorted({*autoplay_sdk.__all__, *modules} - {"__version__"})
