//! A host's files: one tree shared by hosts of a kind, and what differs on this one.

mod entry;
mod path;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use entry::Errno;
pub use entry::{Entry, Kind};
pub(crate) use path::{base_name, join, parent};

/// Entries by absolute path.
pub(crate) type Tree = BTreeMap<String, Entry>;

/// How many links are followed.
const LINKS: u8 = 16;

/// The files of one host.
#[derive(Clone, Debug, Default)]
pub struct Files {
    base: Arc<Tree>,
    /// What differs; none where the base's entry is gone.
    own: BTreeMap<String, Option<Entry>>,
    /// No space is left.
    pub(crate) full: bool,
    /// The time that new entries carry, in seconds since 1970.
    pub(crate) now: i64,
    /// Something under the manifests' directory changed.
    pub(crate) manifests_touched: bool,
}

impl Files {
    pub(crate) fn of(base: Arc<Tree>, now: i64) -> Self {
        Self { base, own: BTreeMap::new(), full: false, now, manifests_touched: false }
    }

    /// The entry at an absolute path without links or dots in it.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        match self.own.get(path) {
            Some(own) => own.as_ref(),
            None => self.base.get(path),
        }
    }

    /// The path with links followed; the last part only where `last` says so.
    pub(crate) fn resolve(&self, path: &str, last: bool) -> Result<String, Errno> {
        self.resolve_at_most(path, last, LINKS)
    }

    fn resolve_at_most(&self, path: &str, last: bool, links: u8) -> Result<String, Errno> {
        let mut done = String::new();
        let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".").peekable();
        while let Some(part) = parts.next() {
            if part == ".." {
                done.truncate(done.rfind('/').unwrap_or_default());
                continue;
            }
            let place = format!("{done}/{part}");
            match self.entry(&place).map(|entry| &entry.kind) {
                Some(Kind::Link(to)) if last || parts.peek().is_some() => {
                    let links = links.checked_sub(1).ok_or(Errno::Loop)?;
                    let rest: Vec<&str> = parts.collect();
                    let target = join(if done.is_empty() { "/" } else { &done }, to);
                    let rest = if rest.is_empty() { target } else { format!("{target}/{}", rest.join("/")) };
                    return self.resolve_at_most(&rest, last, links);
                }
                Some(Kind::File(_)) if parts.peek().is_some() => return Err(Errno::NotDirectory),
                Some(_) | None => done = place,
            }
        }
        Ok(if done.is_empty() { "/".to_owned() } else { done })
    }

    /// The entry at a path, links followed.
    pub(crate) fn look(&self, path: &str) -> Result<&Entry, Errno> {
        let place = self.resolve(path, true)?;
        self.entry(&place).ok_or(Errno::NoEntry)
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> Result<Arc<String>, Errno> {
        match &self.look(path)?.kind {
            Kind::File(text) => Ok(Arc::clone(text)),
            Kind::Directory => Err(Errno::IsDirectory),
            Kind::Link(_) => Err(Errno::NoEntry),
        }
    }

    /// The text of a file; nothing where there is none.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Arc<String>> {
        self.read(path).ok()
    }

    /// Writes a file as a whole. An old one keeps its mode.
    pub(crate) fn write(&mut self, path: &str, text: impl Into<String>, mode: u32) -> Result<(), Errno> {
        let place = self.place_of_file(path)?;
        let text: String = text.into();
        if self.full && !text.is_empty() {
            return Err(Errno::NoSpace);
        }
        let mode = self.entry(&place).map_or(mode, |entry| entry.mode);
        self.put(place, Entry { kind: Kind::File(Arc::new(text)), mode, size: None, modified: self.now });
        Ok(())
    }

    /// Writes at the end of a file.
    pub(crate) fn append(&mut self, path: &str, text: &str, mode: u32) -> Result<(), Errno> {
        let place = self.place_of_file(path)?;
        if self.full && !text.is_empty() {
            return Err(Errno::NoSpace);
        }
        self.touch_manifests(&place);
        let now = self.now;
        if let Some(Some(Entry { kind: Kind::File(content), modified, .. })) = self.own.get_mut(&place) {
            Arc::make_mut(content).push_str(text);
            *modified = now;
            return Ok(());
        }
        let (mut content, mode) = match self.entry(&place) {
            Some(entry) => (entry.text().map(|text| (*text).clone()).unwrap_or_default(), entry.mode),
            None => (String::new(), mode),
        };
        content.push_str(text);
        self.put(place, Entry { kind: Kind::File(Arc::new(content)), mode, size: None, modified: now });
        Ok(())
    }

    fn place_of_file(&self, path: &str) -> Result<String, Errno> {
        let place = self.resolve(path, true)?;
        match self.entry(&place).map(|entry| &entry.kind) {
            Some(Kind::Directory) => return Err(Errno::IsDirectory),
            Some(Kind::File(_) | Kind::Link(_)) => return Ok(place),
            None => {}
        }
        self.needs_directory(parent(&place))?;
        Ok(place)
    }

    fn needs_directory(&self, path: &str) -> Result<(), Errno> {
        if path == "/" {
            return Ok(());
        }
        match self.entry(path).map(|entry| &entry.kind) {
            Some(Kind::Directory) => Ok(()),
            Some(Kind::File(_) | Kind::Link(_)) => Err(Errno::NotDirectory),
            None => Err(Errno::NoEntry),
        }
    }

    /// Makes a directory.
    pub(crate) fn make_dir(&mut self, path: &str, mode: u32) -> Result<(), Errno> {
        let place = self.resolve(path, true)?;
        if self.entry(&place).is_some() || place == "/" {
            return Err(Errno::Exists);
        }
        self.needs_directory(parent(&place))?;
        if self.full {
            return Err(Errno::NoSpace);
        }
        self.put(place, Entry::directory(mode, self.now));
        Ok(())
    }

    /// Makes a directory and those it is in, where they are missing.
    pub(crate) fn make_dirs(&mut self, path: &str, mode: u32) -> Result<(), Errno> {
        let place = self.resolve(path, true)?;
        match self.entry(&place).map(|entry| &entry.kind) {
            Some(Kind::Directory) => return Ok(()),
            Some(Kind::File(_) | Kind::Link(_)) => return Err(Errno::Exists),
            None if place == "/" => return Ok(()),
            None => {}
        }
        self.make_dirs(parent(&place), 0o755)?;
        self.make_dir(&place, mode)
    }

    /// Puts an entry at a path whose directory exists.
    pub(crate) fn put(&mut self, place: String, entry: Entry) {
        self.touch_manifests(&place);
        self.own.insert(place, Some(entry));
    }

    /// Puts an entry at a path as another name of it.
    pub(crate) fn link(&mut self, place: String, entry: Entry) -> Result<(), Errno> {
        self.needs_directory(parent(&place))?;
        self.put(place, entry);
        Ok(())
    }

    /// A file of the kernel's: there whatever room is left.
    pub(crate) fn appear(&mut self, path: &str, text: &str, mode: u32) {
        let mut directory = parent(path);
        while directory != "/" && self.entry(directory).is_none() {
            self.put(directory.to_owned(), Entry::directory(0o755, self.now));
            directory = parent(directory);
        }
        self.put(path.to_owned(), Entry::file(text, mode, self.now));
    }

    /// Puts an entry where there is none.
    pub(crate) fn put_where_none(&mut self, place: String, entry: Entry) {
        if self.entry(&place).is_none() {
            self.put(place, entry);
        }
    }

    /// Takes an entry away; of a directory only one that is empty.
    pub(crate) fn remove(&mut self, path: &str) -> Result<(), Errno> {
        let place = self.resolve(path, false)?;
        let entry = self.entry(&place).ok_or(Errno::NoEntry)?;
        if entry.is_directory() && !self.list(&place).is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.forget(&place);
        Ok(())
    }

    /// Takes an entry away and all that is in it.
    pub(crate) fn remove_all(&mut self, path: &str) -> Result<(), Errno> {
        let place = self.resolve(path, false)?;
        if self.entry(&place).is_none() {
            return Err(Errno::NoEntry);
        }
        for inside in self.below(&place) {
            self.forget(&inside);
        }
        self.forget(&place);
        Ok(())
    }

    fn forget(&mut self, place: &str) {
        self.touch_manifests(place);
        if self.base.contains_key(place) {
            self.own.insert(place.to_owned(), None);
        } else {
            self.own.remove(place);
        }
    }

    /// Moves an entry, over a file that is there.
    pub(crate) fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to) = (self.resolve(from, false)?, self.resolve(to, false)?);
        let entry = self.entry(&from).cloned().ok_or(Errno::NoEntry)?;
        self.needs_directory(parent(&to))?;
        match self.entry(&to) {
            Some(there) if there.is_directory() && !entry.is_directory() => return Err(Errno::IsDirectory),
            Some(there) if there.is_directory() && !self.list(&to).is_empty() => return Err(Errno::NotEmpty),
            Some(_) | None => {}
        }
        for inside in self.below(&from) {
            if let (Some(entry), Some(rest)) = (self.entry(&inside).cloned(), inside.strip_prefix(&from)) {
                self.put(format!("{to}{rest}"), entry);
                self.forget(&inside);
            }
        }
        self.forget(&from);
        self.put(to, entry);
        Ok(())
    }

    /// Changes the entry at a path, links followed.
    pub(crate) fn change(&mut self, path: &str, change: impl FnOnce(&mut Entry)) -> Result<(), Errno> {
        let place = self.resolve(path, true)?;
        let mut entry = self.entry(&place).cloned().ok_or(Errno::NoEntry)?;
        change(&mut entry);
        self.own.insert(place, Some(entry));
        Ok(())
    }

    /// The names in a directory, in order.
    #[must_use]
    pub fn list(&self, place: &str) -> Vec<String> {
        let prefix = if place == "/" { "/".to_owned() } else { format!("{place}/") };
        let mut names: Vec<String> = self
            .below(place)
            .filter_map(|path| {
                let rest = path.strip_prefix(&prefix)?;
                (!rest.contains('/')).then(|| rest.to_owned())
            })
            .collect();
        names.sort();
        names
    }

    /// Every path below a directory, in order.
    pub(crate) fn below(&self, place: &str) -> std::vec::IntoIter<String> {
        let prefix = if place == "/" { "/".to_owned() } else { format!("{place}/") };
        let base = self.base.range(prefix.clone()..).map(|(path, _)| path).take_while(|path| path.starts_with(&prefix));
        let own = self.own.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let mut paths: Vec<String> = base.filter(|path| !self.own.contains_key(*path)).cloned().collect();
        paths.extend(own.filter(|(_, entry)| entry.is_some()).map(|(path, _)| path.clone()));
        paths.sort();
        paths.into_iter()
    }

    fn touch_manifests(&mut self, place: &str) {
        self.manifests_touched |= place.starts_with("/etc/kubernetes/manifests/");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let tree = [("/etc", Entry::directory(0o755, 0)), ("/etc/a", Entry::file("x\n", 0o644, 0))];
        Files::of(Arc::new(tree.map(|(path, entry)| (path.to_owned(), entry)).into()), 5)
    }

    #[test]
    fn what_changes_here_changes_nowhere_else() {
        let first = files();
        let mut second = first.clone();
        second.write("/etc/a", "y\n", 0o600).unwrap();
        second.write("/etc/b", "z\n", 0o600).unwrap();
        assert_eq!(second.list("/etc"), ["a", "b"]);
        assert_eq!((second.text("/etc/a").unwrap().as_str(), second.look("/etc/a").unwrap().mode), ("y\n", 0o644));
        second.remove("/etc/a").unwrap();
        assert_eq!(second.list("/etc"), ["b"]);
        assert_eq!(second.read("/etc/a").unwrap_err(), Errno::NoEntry);
        assert_eq!(first.text("/etc/a").unwrap().as_str(), "x\n");
    }

    #[test]
    fn links_are_followed_and_directories_moved_whole() {
        let mut files = files();
        files.make_dirs("/var/lib/x", 0o700).unwrap();
        files.write("/var/lib/x/f", "1", 0o600).unwrap();
        files.put("/link".to_owned(), Entry::link("var/lib"));
        assert_eq!(files.resolve("/link/x/../x/./f", true).unwrap(), "/var/lib/x/f");
        files.rename("/link/x", "/var/y").unwrap();
        assert_eq!(files.text("/var/y/f").unwrap().as_str(), "1");
        assert_eq!(files.list("/var/lib"), [""; 0]);
        files.full = true;
        assert_eq!(files.append("/var/y/f", "2", 0o600), Err(Errno::NoSpace));
        assert_eq!(files.remove("/var/y"), Err(Errno::NotEmpty));
        files.remove_all("/var/y").unwrap();
        assert_eq!(files.write("/etc/a/b", "", 0o600), Err(Errno::NotDirectory));
    }
}
