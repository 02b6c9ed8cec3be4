//! The answer's form: `# name` begins a section, `| ` stands before every line of foreign output.

/// An answer, taken apart.
#[derive(Debug)]
pub(super) struct Sections<'a> {
    all: Vec<(&'a str, Vec<&'a str>)>,
}

impl<'a> Sections<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("# ") {
                all.push((name, Vec::new()));
            } else if let Some((_, lines)) = all.last_mut() {
                lines.push(line);
            }
        }
        Self { all }
    }

    /// The foreign lines of a section; none when it is not there.
    pub(super) fn foreign(&self, name: &str) -> Option<Vec<&'a str>> {
        let (_, lines) = self.all.iter().find(|(found, _)| *found == name)?;
        Some(lines.iter().filter_map(|line| line.strip_prefix("| ")).collect())
    }

    /// The first line that the script itself printed in a section.
    pub(super) fn own(&self, name: &str) -> Option<&'a str> {
        self.own_lines(name).next()
    }

    /// Every line that the script itself printed in all sections of that name.
    pub(super) fn own_lines(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let sections = self.all.iter().filter(move |(found, _)| *found == name);
        sections.flat_map(|(_, lines)| lines.iter().copied()).filter(|line| !line.starts_with('|'))
    }

    /// The lines that the script itself printed, of every section named `prefix` and something.
    pub(super) fn each_own(&self, prefix: &str) -> Vec<(&'a str, Vec<&'a str>)> {
        let of = |name: &'a str| name.strip_prefix(prefix)?.strip_prefix(' ');
        let lines = |lines: &[&'a str]| lines.iter().copied().filter(|line| !line.starts_with('|')).collect();
        self.all.iter().filter_map(|(name, found)| Some((of(name)?, lines(found)))).collect()
    }

    /// The foreign lines of every section named `prefix` and something: `source /etc/apt/sources.list`.
    pub(super) fn each(&self, prefix: &str) -> Vec<(&'a str, Vec<&'a str>)> {
        let of = |name: &'a str| name.strip_prefix(prefix)?.strip_prefix(' ');
        let lines = |lines: &[&'a str]| lines.iter().filter_map(|line| line.strip_prefix("| ")).collect();
        self.all.iter().filter_map(|(name, found)| Some((of(name)?, lines(found)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_output_cannot_pass_for_an_answer() {
        let sections = Sections::read("noise\n# os\n| # manager\n| ID=x\n# manager\napt\n# source /a b\n| l\n");
        assert_eq!(sections.foreign("os").unwrap(), ["# manager", "ID=x"]);
        assert_eq!(sections.own("manager"), Some("apt"));
        assert_eq!(sections.own("os"), None);
        assert_eq!(sections.foreign("nothing"), None);
        assert_eq!(sections.each("source"), [("/a b", vec!["l"])]);
    }
}
