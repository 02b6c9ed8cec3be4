//! Lets the cluster's time pass: at once, at a chosen speed, or at a chosen speed beside real sockets.
//!
//! On the runtime made here tokio's clock stands still while anything can be done, and jumps to the next timer when
//! nothing can. A story told on it must not wait for anything real meanwhile: the clock would jump over its time limits.

use std::io;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::speed::{Factor, Speed};

/// How often real time is compared with the cluster's: often enough for the eye to see it flow.
const TICK: Duration = Duration::from_millis(20);

/// Time beside sockets moves on by no more than this at once, so that what is due happens nearly when it is due.
const STRIDE: Duration = Duration::from_millis(100);

/// A runtime of one thread in virtual time.
///
/// # Errors
/// When the system has no room for one.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().start_paused(true).build()
}

/// Holds virtual time back to a speed for as long as it lives. The story stays the same at every speed, as nothing but
/// the pauses of the person's clock differs.
#[derive(Debug)]
pub struct Pacer(Option<JoinHandle<()>>);

impl Pacer {
    /// Must be called on a runtime made by [`runtime`], on which nothing waits for a socket or a child process.
    #[must_use]
    pub fn start(speed: Speed) -> Self {
        match speed {
            Speed::Max => Self(None),
            Speed::Times(factor) => Self(Some(tokio::spawn(hold_back(factor)))),
        }
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// Stops the only thread until the person's clock has caught up.
async fn hold_back(factor: Factor) {
    let (real, simulated) = (Instant::now(), tokio::time::Instant::now());
    let stride = factor.of_cluster(TICK).max(Duration::from_millis(1));
    loop {
        tokio::time::sleep(stride).await;
        std::thread::sleep(factor.of_person(simulated.elapsed()).saturating_sub(real.elapsed()));
    }
}

/// Lets time pass at a speed on a runtime made by [`runtime`] on which sockets are served; never returns. As fast as
/// possible is not possible here: nobody can tell when nothing more will come through a socket.
pub async fn serve_time(factor: Factor) {
    let (tick, mut ticks) = mpsc::channel(1);
    // The clock does not jump while a blocking task is under way.
    tokio::task::spawn_blocking(move || {
        while tick.blocking_send(()).is_ok() {
            std::thread::sleep(TICK);
        }
    });
    let mut last = Instant::now();
    while ticks.recv().await.is_some() {
        let now = Instant::now();
        let mut due = factor.of_cluster(now.duration_since(last));
        last = now;
        while !due.is_zero() {
            let stride = due.min(STRIDE);
            tokio::time::advance(stride).await;
            due = due.saturating_sub(stride);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(times: f64) -> Factor {
        Factor::new(times).unwrap()
    }

    #[test]
    fn virtual_time_takes_no_time_unless_it_is_paced() {
        let begun = Instant::now();
        runtime().unwrap().block_on(async { tokio::time::sleep(Duration::from_secs(86_400)).await });
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

        let begun = Instant::now();
        runtime().unwrap().block_on(async {
            let _pacer = Pacer::start(Speed::Times(factor(100.0)));
            tokio::time::sleep(Duration::from_secs(50)).await;
        });
        assert!((450..3_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    }

    #[test]
    fn time_beside_sockets_keeps_to_the_speed_and_jumps_over_nothing() {
        let begun = Instant::now();
        runtime().unwrap().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let silent = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(200));
                std::net::TcpStream::connect(address).unwrap();
            });
            tokio::select! {
                () = serve_time(factor(10.0)) => unreachable!("it never returns"),
                // 200 real milliseconds are two of the cluster's seconds; the limit would be jumped over without it.
                heard = tokio::time::timeout(Duration::from_secs(60), listener.accept()) => drop(heard.unwrap().unwrap()),
            }
            silent.join().unwrap();
        });
        assert!((190..5_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    }
}
