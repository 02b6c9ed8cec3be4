//! The lines of a journal: `{"sum":"<16 hex digits>","record":{…}}`.

use sha2::{Digest, Sha256};
use upgrade_core::journal::Record;

const HEAD: &str = "{\"sum\":\"";
const MIDDLE: &str = "\",\"record\":";
const TAIL: &str = "}";

/// Hex digits of a checksum: damage, not malice, is what it must find.
const SUM_DIGITS: usize = 16;

/// What the first line's checksum is chained to; it changes with the format.
const SEED: &str = "kubectl-upgrade journal 1";

/// The checksum of the last line, which the next one is chained to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link(String);

impl Link {
    /// The link before the first line.
    pub(super) fn first() -> Self {
        Self(SEED.to_owned())
    }

    fn next(&self, record: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0.as_bytes());
        hash.update(b"\n");
        hash.update(record.as_bytes());
        let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self(digits.chars().take(SUM_DIGITS).collect())
    }
}

/// A journal as read.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Its records.
    pub(super) records: Vec<Record>,
    /// What the next line is chained to.
    pub(super) link: Link,
    /// How many bytes of the file are good; what follows was cut short by a crash.
    pub(super) good: usize,
    /// Whether only the line feed of the last line is missing.
    pub(super) unended: bool,
}

/// A line that is not what was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damage {
    /// The line, counted from 1.
    pub(super) line: usize,
    /// What should be there.
    pub(super) expected: &'static str,
    /// What is.
    pub(super) found: String,
}

/// One line, with its line feed, and the link to the next.
pub(super) fn render(record: &Record, link: &Link) -> Result<(String, Link), serde_json::Error> {
    let record = serde_json::to_string(record)?;
    let next = link.next(&record);
    Ok((format!("{HEAD}{}{MIDDLE}{record}{TAIL}\n", next.0), next))
}

/// Reads a whole journal.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, Damage> {
    let mut parsed = Parsed { records: Vec::new(), link: Link::first(), good: 0, unended: false };
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        match line.strip_suffix(b"\n") {
            Some(whole) => parsed.take(whole, line.len(), number)?,
            None => parsed.take_rest(line, number)?,
        }
    }
    Ok(parsed)
}

impl Parsed {
    fn take(&mut self, line: &[u8], length: usize, number: usize) -> Result<(), Damage> {
        let (record, link) = read_line(line, &self.link, number)?;
        self.records.push(record);
        self.link = link;
        self.good += length;
        Ok(())
    }

    /// Takes what follows the last line feed: a line cut short is left out. A line that is whole but for its line feed
    /// is a record; whole and followed by something else it was damaged.
    fn take_rest(&mut self, rest: &[u8], number: usize) -> Result<(), Damage> {
        if read_line(rest, &self.link, number).is_ok() {
            self.unended = true;
            return self.take(rest, rest.len(), number);
        }
        let whole = (1..rest.len()).rev().filter_map(|end| rest.get(..end)).filter(|start| start.ends_with(b"}"));
        for start in whole {
            if read_line(start, &self.link, number).is_ok() {
                let found = format!("{} more bytes", rest.len() - start.len());
                return Err(Damage { line: number, expected: "the end of the line after its record", found });
            }
        }
        Ok(())
    }
}

fn read_line(line: &[u8], link: &Link, number: usize) -> Result<(Record, Link), Damage> {
    let damage = |expected, found: &str| Damage { line: number, expected, found: found.to_owned() };
    let text = std::str::from_utf8(line).map_err(|_| damage("text", "bytes that are not UTF-8"))?;
    let parts = text.strip_prefix(HEAD).and_then(|rest| rest.split_once(MIDDLE));
    let parts = parts.and_then(|(sum, rest)| Some((sum, rest.strip_suffix(TAIL)?)));
    let (sum, record) = parts.ok_or_else(|| damage("a checksum and a record", "something else"))?;
    let next = link.next(record);
    if next.0 != sum {
        return Err(Damage { line: number, expected: "the record its checksum was made of", found: sum.to_owned() });
    }
    let record = serde_json::from_str(record).map_err(|error| damage("a record of this format", &error.to_string()))?;
    Ok((record, next))
}
