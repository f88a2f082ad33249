//! The raw layer's hand-over, of items that are numbers here, with its models: what they use is the layer's own.

#[path = "../../crates/autoplay-sdk/src/raw/outbox.rs"]
mod outbox;

use std::collections::VecDeque;

use loom::sync::Arc;
use loom::thread;

use crate::Error;
use outbox::Outbox;

#[derive(Debug, Default)]
pub(crate) struct Item(u64);

impl Item {
    fn size(&self) -> usize {
        1
    }
}

pub(crate) fn items_and_then_the_error() {
    let outbox = Arc::new(Outbox::new(1));
    let reader = {
        let outbox = Arc::clone(&outbox);
        thread::spawn(move || {
            for number in 1..=3 {
                outbox.put(Item(number));
                loom::future::block_on(outbox.room());
            }
            outbox.finish(Some(Error));
            outbox.finish(None);
        })
    };
    let (mut items, mut taken) = (VecDeque::new(), Vec::new());
    while outbox.take_all(&mut items).is_ok() {
        taken.extend(items.drain(..).map(|Item(number)| number));
    }
    assert_eq!(taken, [1, 2, 3]);
    assert!(outbox.take_all(&mut items).is_ok() && items.is_empty(), "the error comes once");
    reader.join().unwrap();
}

pub(crate) fn stop_reaches_the_consumer() {
    let outbox = Arc::new(Outbox::new(0));
    let consumer = {
        let outbox = Arc::clone(&outbox);
        thread::spawn(move || {
            let mut items = VecDeque::new();
            while outbox.take_all(&mut items).is_ok() && !items.is_empty() {
                items.clear();
            }
        })
    };
    outbox.put(Item(1));
    outbox.abandon();
    consumer.join().unwrap();
}
