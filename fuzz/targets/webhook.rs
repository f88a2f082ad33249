//! The body of a webhook is configured by hand, and may be anything: it is read or refused, and what is read can be stored.
#![no_main]

use autoplay_connector::browser_event::BrowserEvent;
use autoplay_connector::webhook::decode;
use libfuzzer_sys::fuzz_target;

const RECEIVED_MS: i64 = 1_795_516_030_000;

fuzz_target!(|body: &[u8]| match decode(body, RECEIVED_MS) {
    Ok(events) => events.iter().flatten().for_each(survives_storage),
    Err(error) => assert!(!error.reason().is_empty()),
});

fn survives_storage(event: &BrowserEvent) {
    let stored = event.to_stored();
    let again = BrowserEvent::from_stored(&stored).expect("what was stored can be read");
    assert_eq!(again.to_stored(), stored);
    assert_eq!(again.fingerprint("p"), event.fingerprint("p"));
    assert_eq!(again.session_key(), event.session_key());
}
