//! The one place that writes to the standard streams and asks the person at the keyboard.
//!
//! Data goes to standard output, everything else to standard error. Colour is removed where it does not belong, by the
//! stream.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use super::visible;

/// The width of text that no terminal limits.
const WIDEST: usize = 100;

/// The standard streams, as the flags want them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terminal {
    colour: ColorChoice,
}

impl Terminal {
    /// Streams with that choice of colour.
    pub(crate) const fn new(colour: ColorChoice) -> Self {
        Self { colour }
    }

    /// Writes data as it is: what machines read, and pages, which hold nothing that a terminal obeys. A reader that went away early is not an error: it has seen what it wanted.
    pub(crate) fn data(&self, text: &str) {
        let mut out = AutoStream::new(io::stdout(), self.choice(&io::stdout())).lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Writes a line for the person to standard error.
    pub(crate) fn note(&self, line: &str) {
        let mut out = AutoStream::new(io::stderr(), self.choice(&io::stderr())).lock();
        let _ = writeln!(out, "{}", visible::lines(line.trim_end_matches('\n')));
    }

    /// Clears a terminal before the same is shown again; elsewhere a line sets the two apart.
    pub(crate) fn clear(&self) {
        let term = console::Term::stdout();
        if term.is_term() {
            let _ = term.clear_screen();
        } else {
            self.data("\n");
        }
    }

    /// Whether a person watches standard error.
    pub(crate) fn interactive(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Whether standard error is coloured.
    pub(crate) fn coloured(&self) -> bool {
        self.choice(&io::stderr()) != ColorChoice::Never
    }

    /// Whether a person can answer.
    pub(crate) fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks; anything but `y` or `yes` is no.
    pub(crate) fn ask(&self, question: &str) -> bool {
        let mut out = AutoStream::new(io::stderr(), self.choice(&io::stderr())).lock();
        let _ = write!(out, "{} [y/N] ", visible::line(question)).and_then(|()| out.flush());
        let mut answer = String::new();
        match io::stdin().read_line(&mut answer) {
            Ok(_) => matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"),
            Err(_) => false,
        }
    }

    /// The columns text for standard output may take: those of its terminal, at most 100; 100 where there is none.
    pub(crate) fn columns(&self) -> usize {
        match console::Term::stdout().size_checked() {
            Some((_, columns)) if columns > 0 => usize::from(columns).min(WIDEST),
            _ => WIDEST,
        }
    }

    fn choice(&self, stream: &dyn RawStream) -> ColorChoice {
        match self.colour {
            ColorChoice::Auto => stream.automatic(),
            chosen @ (ColorChoice::Always | ColorChoice::AlwaysAnsi | ColorChoice::Never) => chosen,
        }
    }
}

/// What `auto` means for a stream: a terminal, `NO_COLOR` and the like.
trait RawStream {
    fn automatic(&self) -> ColorChoice;
}

impl RawStream for io::Stdout {
    fn automatic(&self) -> ColorChoice {
        AutoStream::choice(self)
    }
}

impl RawStream for io::Stderr {
    fn automatic(&self) -> ColorChoice {
        AutoStream::choice(self)
    }
}
