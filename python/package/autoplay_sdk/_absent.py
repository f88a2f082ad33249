"""Names of the ``autoplay-sdk`` distribution that this package does not have, and what it says about them."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec

MODULES = frozenset(
    """
    admin agent_state api buffer chat context install_skills integrations observability proactive prompts providers rag
    skills storage stream_auth user_adoption_state webhook_receiver
    """.split()
)

NAMES = frozenset(
    """
    ActivityProvider AmplitudeProvider AsyncAgentContextWriter AsyncChatPipeline AsyncContextStore AsyncRagPipeline
    AsyncSessionSummarizer AutoplayChatbotManager AutoplayStorageAdapter BaseChatbotWriter BufferBackend
    ChatContextAssembly ChatMemoryProvider ChatWatermarkScope ContextStore ConversationEvent ConversationEventType
    ConversationLink ConversationWebhookEvent ConversationWriter DEFAULT_PROMPT EventBuffer
    InMemoryConversationLinkStore InMemoryInboundWatermarkStore InMemorySessionStateStore InMemoryStorageAdapter
    InboundWatermarkStore JourneyState KnowledgeBaseRetriever MasteryLevel PostHogProvider ProviderRegistrationBody
    RAG_SYSTEM_PROMPT REASONING_PROMPT RESPONSE_PROMPT RagChatProviders RagPipeline RagReplyInputs RedisEventBuffer
    RedisSessionStateStore RedisStorageAdapter SessionRef SessionSummarizer StorageManager UserAdoptionState
    UserSessionIndex WebhookReceiver WorkflowStatus agent_state_v2 assemble_rag_chat_context build_agent_context
    compose_chat_pipeline cutoff_for_delta_activity effective_inbound_timestamp format_chatbot_note_header
    format_rag_system_prompt format_reasoning_prompt format_response_prompt init_user_state link_conversation
    on_session_end on_session_start resolve_linked_conversation_id session_key user_state_key
    """.split()
)


def explain(name: str) -> str | None:
    """Return what to say to someone who asks for ``autoplay_sdk.<name>``; nothing if no version ever had it."""
    if name not in NAMES and name not in MODULES:
        return None
    return (
        f"autoplay_sdk.{name} is not in autoplay-sdk-rs, which has the clients, payloads and exceptions so far; "
        "to use it, install autoplay-sdk in an environment of its own"
    )


class _Finder:
    """Asked for modules that nobody else finds, ``from autoplay_sdk import …`` of an unknown name included."""

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        if package == "autoplay_sdk" and (message := explain(name)):
            # With its name set, the import system would put its own words in place of these.
            raise ModuleNotFoundError(message) if name in MODULES else ImportError(message)
        return None


def install() -> None:
    """Have ``import`` statements for absent names say so."""
    sys.meta_path.append(_Finder)
