//! `cut`.

use std::ops::RangeInclusive;

use crate::hosts::programs::Call;
use crate::hosts::shell::Ran;

pub(super) fn cut(call: &Call) -> Ran {
    let options = call.options(&["d:", "f:", "c:", "b:", "s"])?;
    let delimiter = options.value("d").unwrap_or("\t");
    let list = options.value("f").or(options.value("c")).or(options.value("b"));
    let Some(ranges) = list.and_then(ranges) else { return call.unsupported("the list") };
    let (texts, all) = call.inputs(&options.operands)?;
    let mut printed = String::new();
    for line in texts.iter().flat_map(|(_, text)| text.lines()) {
        if options.value("f").is_some() {
            if !line.contains(delimiter) {
                if !options.has("s") {
                    printed.push_str(line);
                    printed.push('\n');
                }
                continue;
            }
            let fields: Vec<&str> = chosen(line.split(delimiter), &ranges);
            printed.push_str(&fields.join(delimiter));
        } else {
            printed.extend(chosen(line.chars(), &ranges));
        }
        printed.push('\n');
    }
    Ok(call.print(&printed)?.max(i32::from(!all)))
}

fn chosen<T>(items: impl Iterator<Item = T>, ranges: &[RangeInclusive<usize>]) -> Vec<T> {
    let numbered = items.enumerate().map(|(at, item)| (at + 1, item));
    numbered.filter(|(at, _)| ranges.iter().any(|range| range.contains(at))).map(|(_, item)| item).collect()
}

fn ranges(list: &str) -> Option<Vec<RangeInclusive<usize>>> {
    let range = |text: &str| match text.split_once('-') {
        None => text.parse().ok().map(|at: usize| at..=at),
        Some(("", to)) => to.parse().ok().map(|to| 1..=to),
        Some((from, "")) => from.parse().ok().map(|from| from..=usize::MAX),
        Some((from, to)) => Some(from.parse().ok()?..=to.parse().ok()?),
    };
    list.split(',').map(range).collect()
}
