//! Whole-system tests: the real binary, real sockets, real files, real kills. One file per promise.

mod support;

mod accepted_events_survive_kill_9;
mod bad_input_gets_a_clear_answer;
mod every_recorded_action_arrives_once_and_in_order;
mod resume_continues_exactly_after_the_last_id;
mod the_command_line_does_what_it_says;
mod the_readme_tells_the_truth;
mod wrong_keys_are_refused_at_once;
