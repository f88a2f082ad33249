//! The contract of every engine: one test per promise, run over all engines.

mod append;
mod close;
mod duplicates;
mod engine;
mod observe;
mod overload;
mod reopen;
mod state;
mod time;
mod waiting;

/// Makes a test of each promise for each engine; promises that need a file are for those that have one.
macro_rules! contract {
    (every engine: $($module:ident::{$($promise:ident),+ $(,)?}),+ ; with a file: $($d_module:ident::{$($d_promise:ident),+ $(,)?}),+ $(;)?) => {
        mod memory {
            $($(#[test] fn $promise() { crate::$module::$promise(&crate::engine::Memory); })+)+
        }
        mod sqlite {
            $($(#[test] fn $promise() { crate::$module::$promise(&crate::engine::Sqlite::new()); })+)+
            $($(#[test] fn $d_promise() { crate::$d_module::$d_promise(&crate::engine::Sqlite::new()); })+)+
        }
    };
}

contract! {
    every engine:
    append::{
        an_empty_log_answers_every_question,
        appended_events_get_rising_sequences_and_come_back_in_order,
        products_share_one_sequence_and_nothing_else,
        a_read_goes_on_after_any_position,
        a_read_stops_at_its_limit_and_gives_at_least_one_event,
        bodies_come_back_byte_for_byte,
        a_transaction_with_nothing_in_it_is_answered,
        one_transaction_changes_everything_at_once,
        any_text_is_a_good_name,
        a_log_has_its_own_epoch,
    },
    duplicates::{
        a_duplicate_is_found_within_a_request,
        a_duplicate_is_found_across_requests,
        a_duplicate_is_found_within_a_group,
        duplicates_belong_to_a_product,
        a_duplicate_leaves_nothing_behind,
        expired_memory_forgets,
        a_duplicate_does_not_renew_the_memory,
        a_clock_set_back_does_not_make_it_forget,
        the_memory_has_a_greatest_size,
        much_that_expires_at_once_is_forgotten_all_the_same,
    },
    waiting::{
        what_waits_is_given_in_order_of_arrival,
        settled_waiting_leaves_with_the_append,
        settling_what_does_not_wait_changes_nothing,
        a_waiting_number_is_not_given_twice,
        what_one_transaction_takes_in_it_can_settle,
    },
    state::{
        state_is_put_replaced_and_deleted,
        states_are_found_by_prefix_in_order_of_bytes,
        the_last_write_of_a_transaction_counts,
    },
    time::{
        a_position_by_time_gives_all_events_since,
        a_position_by_time_allows_for_clocks_that_were_set_back,
        a_position_by_time_finds_its_way_in_a_long_log,
    },
    observe::{
        the_observer_gets_everything_once_and_in_order,
        the_observer_sees_what_it_is_told_of_and_nobody_was_answered_before,
        readers_never_see_beyond_the_head,
        a_panicking_observer_ends_nothing,
    },
    overload::{
        overload_is_refused_at_once,
        what_was_taken_is_committed_although_nobody_waits_for_it,
        commits_take_effect_in_the_order_of_the_calls,
    },
    close::{
        after_closing_everything_is_closed,
        closing_finishes_what_was_taken,
        closing_twice_or_from_the_observer_is_allowed,
    };
    with a file:
    reopen::{
        everything_is_there_after_reopening,
        sequences_are_not_reused_after_reopening,
        a_duplicate_is_found_after_reopening,
        expired_memory_is_forgotten_after_reopening,
        dropping_the_log_releases_it,
        a_second_opener_is_refused,
        positions_by_time_survive_reopening,
    }
}
