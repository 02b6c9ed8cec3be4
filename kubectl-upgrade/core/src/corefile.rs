//! Corefiles, as far as it takes to see what a later CoreDNS exits over.

use crate::facts::{Facts, RemovedDirective};
use crate::version::Version;

/// What the text says that CoreDNS of version `to` no longer knows, and that of `from` does; in words that say what to do.
#[must_use]
pub fn gone(text: &str, from: &Version, to: &Version, facts: &Facts) -> Vec<String> {
    let (mut depth, mut plugin, mut found) = (0_usize, "", Vec::new());
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let word = line.split_whitespace().next().unwrap_or_default();
        // A server's block holds plugins, and a plugin's its options.
        let option = (depth == 2).then_some(word);
        if depth == 1 {
            plugin = word;
        }
        let is_here =
            |row: &&RemovedDirective| (1..=2).contains(&depth) && row.plugin == plugin && row.option == option;
        for row in facts.directives_removed(from, to).filter(is_here) {
            let what = row.option.map_or(plugin.to_owned(), |option| format!("{option} of {plugin}"));
            found.push(format!("{what}, gone from CoreDNS {} on: {}", row.removed, row.remedy));
        }
        depth = (depth + line.matches('{').count()).saturating_sub(line.matches('}').count());
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const COREFILE: &str = ".:53 {\n  errors\n  kubernetes cluster.local {\n    pods insecure\n    upstream # of old\n    \
                            transfer to *\n  }\n  # proxy . 10.0.0.1\n  forward . /etc/resolv.conf\n}\n\
                            corp.local:53 {\n  proxy . 10.0.0.1 {\n    policy random\n  }\n}\n";

    fn between(text: &str, from: (u64, u64), to: (u64, u64)) -> Vec<String> {
        let version = |(minor, patch)| Version::new(1, u16::try_from(minor).unwrap(), u16::try_from(patch).unwrap());
        gone(text, &version(from), &version(to), &Facts::embedded())
    }

    #[test]
    fn what_a_later_release_exits_over_is_named_with_what_to_do() {
        let all = [
            "upstream of kubernetes, gone from CoreDNS 1.7.0 on: drop it",
            "transfer of kubernetes, gone from CoreDNS 1.8.0 on: use the plugin transfer instead",
            "proxy, gone from CoreDNS 1.5.0 on: use forward instead",
        ];
        assert_eq!(between(COREFILE, (3, 1), (8, 0)), all);
        assert_eq!(between(COREFILE, (6, 7), (7, 0)), all[..1]);
        assert_eq!(between(COREFILE, (12, 1), (13, 1)), Vec::<String>::new());
        assert_eq!(between("upstream\nproxy\n", (3, 1), (8, 0)), Vec::<String>::new());
    }
}
