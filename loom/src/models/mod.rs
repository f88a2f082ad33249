//! One promise each.

mod handing_over;
mod keeping_the_place;
mod telling;

use crate::raw;

/// Every model, with the promise that it tries to break.
pub(crate) const ALL: [(&str, fn()); 14] = [
    ("what is put in comes out, in order and once, though there is room for one", handing_over::comes_out),
    ("two workers get their own", handing_over::two_workers),
    ("a reader without room is woken", handing_over::reader_is_woken),
    ("a large event gets room", handing_over::large_event_gets_room),
    ("what a cut leaves is counted", handing_over::cut_is_counted),
    ("events wait for their connection", handing_over::held_back),
    ("every notice is told before the end", telling::notices),
    ("no notice is told after the end", telling::no_notice_after_the_end),
    ("a stop, from two threads at once, ends the wait", telling::stop_ends_the_wait),
    ("raw items come in order, and then the error, once", raw::items_and_then_the_error),
    ("who waits for raw items hears of a stop", raw::stop_reaches_the_consumer),
    ("a thread that waits for the connection hears of it", telling::connection_to_a_thread),
    ("a task that waits for the connection hears of it", telling::connection_to_a_task),
    ("the last place is written", keeping_the_place::last_is_written),
];
