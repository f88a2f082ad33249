//! What the client promises, one file per promise, against a server that misbehaves by script.

mod bad_input;
mod callbacks;
mod checkpoints;
mod draining;
mod drops_are_exact;
mod ends;
mod environment;
mod fatal_status;
mod kill;
mod lifecycle;
mod logs_show_no_secret;
mod other_events;
mod overflow;
mod reconnects;
mod redirects_keep_the_token_home;
mod requests;
mod resumes;
mod runs;
mod single_requests;
mod stop_is_prompt;
mod support;
mod what_it_turns_out_to_be;
mod workers;

use autoplay_sdk::ConnectorClient as Client;
