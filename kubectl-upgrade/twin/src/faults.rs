//! Faults at the seams: where and how a simulated world fails on purpose.
//!
//! The API and the hosts ask at each call whether it is to fail. What is decided here depends on the plan of faults and
//! the seed alone.

use std::time::Duration;

use crate::random::Random;

/// How a request to the API server fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiFault {
    /// The connection is refused; nothing took effect.
    Refused,
    /// The answer comes late.
    Slow(Duration),
    /// An internal error; nothing took effect.
    Internal,
    /// Too many requests: come back after a second.
    TooMany,
    /// It took effect, and the answer was lost.
    LostAnswer,
    /// A watch ends at once, or in the middle.
    WatchCut,
}

/// How a command on a host fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostFault {
    /// The host does not answer; nothing took effect.
    Unreachable,
    /// The script ran to its end, and the answer was lost.
    LostAnswer,
    /// The connection breaks half-way: a script in the foreground is cut there, detached units go on.
    Dropped,
    /// The disk is full: writes fail.
    DiskFull,
}

/// How often each fault happens, and what must happen next whatever the odds. No faults by default.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Odds for each request to the API, mutating or not.
    pub api: Vec<(ApiFault, f64)>,
    /// Odds for each command on a host.
    pub host: Vec<(HostFault, f64)>,
    /// Odds that a package installation, a kubeadm command or a kubelet start fails, for each of them.
    pub command: f64,
    /// No more faults after so many; none for as many as come.
    pub at_most: Option<u32>,
}

impl Faults {
    /// Whether this request fails, and how.
    pub fn at_api(&mut self, random: &mut Random) -> Option<ApiFault> {
        let fault = draw(&self.api, random)?;
        self.spend().then_some(fault)
    }

    /// Whether this command on a host fails, and how.
    pub fn at_host(&mut self, random: &mut Random) -> Option<HostFault> {
        let fault = draw(&self.host, random)?;
        self.spend().then_some(fault)
    }

    /// Whether a program on a host fails.
    pub fn at_command(&mut self, random: &mut Random) -> bool {
        self.command > 0.0 && random.happens(self.command) && self.spend()
    }

    fn spend(&mut self) -> bool {
        match &mut self.at_most {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

fn draw<T: Copy>(odds: &[(T, f64)], random: &mut Random) -> Option<T> {
    odds.iter().find(|(_, odds)| random.happens(*odds)).map(|(fault, _)| *fault)
}
