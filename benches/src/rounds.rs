//! Rivals take turns, so that whatever else the machine does meets all of them alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// One of those that are compared.
pub struct Rival<'a> {
    /// Who it is, in the tables.
    pub name: &'static str,
    /// Does the work once; what it gives keeps the work from being optimised away.
    pub work: Box<dyn FnMut() -> usize + 'a>,
}

impl<'a> Rival<'a> {
    /// A rival.
    pub fn new(name: &'static str, work: impl FnMut() -> usize + 'a) -> Self {
        Self { name, work: Box::new(work) }
    }
}

/// What one rival needed for its work: the CPU time of the thread, the median of all rounds.
#[derive(Debug, Clone, Copy)]
pub struct Needed {
    /// Who it was.
    pub name: &'static str,
    /// For doing it once.
    pub time: Duration,
}

/// Gives each rival its turn, round after round. A turn lasts at least `turn`; the work is repeated until then.
pub fn compare(rivals: &mut [Rival<'_>], rounds: usize, turn: Duration) -> Vec<Needed> {
    let mut times = vec![Vec::new(); rivals.len()];
    for rival in &mut *rivals {
        // Not measured: caches and the allocator warm up.
        black_box((rival.work)());
    }
    for _ in 0..rounds {
        for (rival, times) in rivals.iter_mut().zip(&mut times) {
            times.push(time_of(&mut *rival.work, turn));
        }
    }
    rivals.iter().zip(times).map(|(rival, times)| Needed { name: rival.name, time: median(times) }).collect()
}

/// The CPU time that the work needs once.
fn time_of(work: &mut dyn FnMut() -> usize, turn: Duration) -> Duration {
    let begun = Instant::now();
    let cpu = ThreadTime::now();
    let mut times = 0;
    while times == 0 || begun.elapsed() < turn {
        black_box(work());
        times += 1;
    }
    cpu.elapsed() / times
}

/// The middle one; of an even number, the lower of the two.
///
/// # Panics
///
/// If there is none.
pub fn median<T: PartialOrd>(mut values: Vec<T>) -> T {
    assert!(!values.is_empty(), "there is no median of nothing");
    let middle = (values.len() - 1) / 2;
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.swap_remove(middle)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Rival, compare, median};

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3, 1, 2]), 2);
        assert_eq!(median(vec![4, 1, 3, 2]), 2);
        assert!((median(vec![0.5]) - 0.5_f64).abs() < f64::EPSILON);
    }

    #[test]
    fn every_rival_gets_its_turn_in_every_round() {
        let calls = std::cell::Cell::new([0, 0]);
        let count = |index: usize| {
            let mut all = calls.get();
            all[index] += 1;
            calls.set(all);
            index
        };
        let mut rivals = [Rival::new("a", || count(0)), Rival::new("b", || count(1))];
        let needed = compare(&mut rivals, 3, Duration::ZERO);
        assert_eq!(needed.iter().map(|needed| needed.name).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(calls.get(), [4, 4]);
    }
}
