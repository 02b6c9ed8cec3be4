//! The kubelet's extra arguments in shell-like files.

/// The arguments that a file of `KUBELET_…ARGS="…"` lines gives the kubelet, in order.
pub(super) fn read(lines: &[&str]) -> Vec<String> {
    let assignments = lines.iter().filter_map(|line| line.trim().split_once('='));
    let arguments = assignments.filter(|(name, _)| name.starts_with("KUBELET_") && name.ends_with("_ARGS"));
    arguments.flat_map(|(_, value)| words(value)).collect()
}

/// Splits at blanks outside inner quotes; a pair of quotes around the whole value belongs to the file's syntax.
fn words(value: &str) -> Vec<String> {
    let value = value.trim();
    let quoted = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut open) = (String::new(), None);
    for char in value.chars() {
        match (char, open) {
            ('\\', _) => {}
            ('"' | '\'', None) => open = Some(char),
            (_, Some(quote)) if char == quote => open = None,
            (_, None) if char.is_whitespace() => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()))
            }
            (_, _) => word.push(char),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_from_either_file() {
        let flags = "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///run/c.sock --node-labels='a=b c'\"";
        assert_eq!(read(&[flags]), ["--container-runtime-endpoint=unix:///run/c.sock", "--node-labels=a=b c"]);
        assert_eq!(read(&["# KUBELET_EXTRA_ARGS=--x", "KUBELET_EXTRA_ARGS=", "OTHER_ARGS=--y"]), [""; 0]);
        assert_eq!(read(&["KUBELET_EXTRA_ARGS=--v=4"]), ["--v=4"]);
    }
}
