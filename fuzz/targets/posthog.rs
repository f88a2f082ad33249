//! The body of a request is a stranger's: it is read or refused, within its bound, and what is read can be stored.
#![no_main]

use autoplay_connector::browser_event::BrowserEvent;
use autoplay_connector::posthog::decode;
use libfuzzer_sys::fuzz_target;

const RECEIVED_MS: i64 = 1_795_516_030_000;

fuzz_target!(|body: &[u8]| {
    for query in ["", "compression=gzip-js&_=1795516029000&ver=1.96.1", "compression=base64"] {
        match decode(body, query, RECEIVED_MS, 64 * 1024) {
            Ok(request) => request.events.iter().flatten().for_each(survives_storage),
            Err(error) => assert!(!error.reason().is_empty()),
        }
    }
});

fn survives_storage(event: &BrowserEvent) {
    let stored = event.to_stored();
    let again = BrowserEvent::from_stored(&stored).expect("what was stored can be read");
    assert_eq!(again.to_stored(), stored);
    assert_eq!(again.fingerprint("p"), event.fingerprint("p"));
    assert_eq!(again.session_key(), event.session_key());
}
