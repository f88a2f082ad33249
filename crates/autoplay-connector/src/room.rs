//! How much memory the bodies of requests may take together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So much of every body is taken whatever else is under way: no flood of large bodies keeps out one of the usual size.
const FREE: usize = 64 << 10;

/// What all bodies together may have beyond that.
const ROOM: usize = 256 << 20;

/// Room is given in pieces of this size.
const PIECE: usize = 64 << 10;

/// The room that all requests share.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

/// What one request has of it; gives it back when dropped.
#[derive(Debug, Default)]
pub(crate) struct Held(Option<OwnedSemaphorePermit>);

/// There is no more room at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl Room {
    /// Sees to it that `held` is enough for `bytes`.
    pub(crate) fn hold(&self, held: &mut Held, bytes: usize) -> Result<(), NoRoom> {
        let needed = bytes.saturating_sub(FREE).div_ceil(PIECE);
        let missing = needed.saturating_sub(held.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits));
        if missing == 0 {
            return Ok(());
        }
        let missing = u32::try_from(missing).map_err(|_| NoRoom)?;
        let more = Arc::clone(&self.0).try_acquire_many_owned(missing).map_err(|_| NoRoom)?;
        match &mut held.0 {
            Some(held) => held.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM / PIECE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_the_room_and_small_ones_need_none() {
        let room = Room::default();
        let mut large = Held::default();
        assert_eq!(room.hold(&mut large, ROOM / 2), Ok(()));
        assert_eq!(room.hold(&mut large, ROOM), Ok(()));
        assert_eq!(room.hold(&mut large, ROOM + FREE + 1), Err(NoRoom));
        let mut other = Held::default();
        assert_eq!(room.hold(&mut other, ROOM / 4), Err(NoRoom));
        assert_eq!(room.hold(&mut other, FREE), Ok(()));
        drop(large);
        assert_eq!(room.hold(&mut other, ROOM / 4), Ok(()));
    }
}
