//! What the async client promises, against a server that misbehaves by script.
//!
//! Who runs the callbacks makes no difference to many promises: for these it is held to the tests of the blocking
//! client, with the same words.

#[path = "../promises/callbacks.rs"]
mod callbacks;
mod cancellation;
mod checkpoints;
mod concurrency;
mod draining;
mod drops;
#[path = "../promises/ends.rs"]
mod ends;
mod events;
#[path = "../promises/fatal_status.rs"]
mod fatal_status;
mod lifecycle;
#[path = "../promises/logs_show_no_secret.rs"]
mod logs_show_no_secret;
#[path = "../promises/other_events.rs"]
mod other_events;
#[path = "../promises/reconnects.rs"]
mod reconnects;
#[path = "../promises/redirects_keep_the_token_home.rs"]
mod redirects_keep_the_token_home;
#[path = "../promises/requests.rs"]
mod requests;
#[path = "../promises/resumes.rs"]
mod resumes;
#[path = "../promises/runs.rs"]
mod runs;
mod stage;
mod stopping;
mod support;
#[path = "../promises/what_it_turns_out_to_be.rs"]
mod what_it_turns_out_to_be;

use support::Client;
