//! The handle through which a twin is used, and the task that lets its time pass.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use crate::blueprint::{self, Blueprint, BlueprintError};
use crate::clock::TwinClock;
use crate::counter::{Changes, Counter};
use crate::world::World;

/// A simulated cluster. Copies are the same cluster; it ends with the last of them.
#[derive(Clone)]
pub struct Twin {
    inner: Arc<Inner>,
}

struct Inner {
    world: Mutex<World>,
    clock: TwinClock,
    /// An event may be due sooner than the driver thinks.
    sooner: Notify,
    /// The resource version of the latest change.
    version: Counter,
}

impl Twin {
    /// Builds the cluster and lets its time begin. Must be called inside a tokio runtime, which should be of one thread
    /// for the story to depend on the seed alone.
    ///
    /// # Errors
    /// When the blueprint contradicts itself.
    pub fn start(blueprint: &Blueprint, seed: u64) -> Result<Self, BlueprintError> {
        let mut world = World::empty(blueprint, seed);
        blueprint::build(blueprint, &mut world)?;
        Ok(Self::of(world))
    }

    fn of(world: World) -> Self {
        let (clock, version) = (world.clock(), Counter::new(world.store.version()));
        let inner = Arc::new(Inner { world: Mutex::new(world), clock, sooner: Notify::new(), version });
        tokio::spawn(drive(Arc::downgrade(&inner)));
        Self { inner }
    }

    /// The time in the twin.
    #[must_use]
    pub fn clock(&self) -> TwinClock {
        self.inner.clock
    }

    /// Looks at the world or changes it. Controllers hear of every change at once; nothing else happens meanwhile.
    pub fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.inner.with(look)
    }

    /// Tells of new resource versions as they come.
    #[must_use]
    pub fn versions(&self) -> Changes {
        self.inner.version.changes()
    }
}

impl Inner {
    fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let due = world.next_due();
        world.refresh();
        let seen = look(&mut world);
        world.catch_up();
        let version = world.store.version();
        let sooner = world.next_due() != due;
        drop(world);
        self.version.set(version);
        if sooner {
            self.sooner.notify_one();
        }
        seen
    }
}

/// Lets what is due happen, for as long as anyone holds the twin.
async fn drive(twin: Weak<Inner>) {
    loop {
        let Some(inner) = twin.upgrade() else { return };
        let due = inner.with(|world| {
            world.catch_up();
            world.next_due()
        });
        let moment = due.map(|due| inner.clock.moment(due));
        let sooner = inner.sooner.notified();
        tokio::select! {
            biased;
            () = sooner => {}
            () = sleep_until(moment) => {}
        }
    }
}

async fn sleep_until(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
