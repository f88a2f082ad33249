//! Any text is a chain of elements to somebody: it gives some elements, and a page name and a URL something as well.
#![no_main]

use autoplay_connector::elements::from_chain;
use autoplay_connector::page::{canonical_url, page_name};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let elements = from_chain(&text);
    assert!(elements.len() <= text.len());

    let url = canonical_url(&text);
    assert_eq!(canonical_url(&url), url, "a canonical URL is its own");
    if let Some(name) = page_name(&text) {
        assert!(!name.is_empty());
    }
});
