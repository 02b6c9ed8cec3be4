//! Package lists: `apt-get update` and `apt-helper download-file`.

use std::collections::BTreeMap;

use crate::hosts::packages::{NAMES, Source, sources, sources_in};
use crate::hosts::programs::Call;
use crate::hosts::shell::Ran;
use crate::tempo::Span;

/// A quarter of what updating lists takes: asking one repository for one file.
fn one_file(span: Span) -> Span {
    Span::ms(span.low_ms / 4, span.typical_ms / 4, span.high_ms / 4)
}

pub(super) async fn update(call: &Call, options: &BTreeMap<String, String>) -> Ran {
    let file = options.get("Dir::Etc::sourcelist").cloned();
    let parts = options.get("Dir::Etc::sourceparts").is_none_or(|parts| parts != "-");
    let wanted: Vec<Source> = call.place.files(|files| match (&file, parts) {
        (None, _) => sources(files),
        (Some(file), true) => [sources_in(files, file), sources(files)].concat(),
        (Some(file), false) => sources_in(files, file),
    })?;
    let (time, fails) = call.place.world(|world| {
        let span = world.tempo.package_lists;
        (world.random.within(span), world.faults.at_command(&mut world.random))
    });
    call.place.sleep(time).await?;
    if call.place.files(|files| files.full)? {
        call.err("E: Write error - write (28: No space left on device)\n")?;
        return Ok(100);
    }
    call.place.note(&call.line())?;
    let strict = options.get("APT::Update::Error-Mode").is_some_and(|mode| mode == "any");
    let mut failed = false;
    for (at, source) in wanted.iter().enumerate() {
        let found = call.place.host(|host| host.packages.repositories.at(&source.url))?;
        let number = at + 1;
        match found.filter(|_| !fails) {
            Some(versions) => {
                call.out(&format!("Get:{number} {} {} InRelease [1490 B]\n", source.url, source.suite))?;
                call.place.host(|host| host.packages.lists.insert(source.url.clone(), versions))?;
            }
            None => {
                failed = true;
                let why = if fails { "Temporary failure resolving" } else { "404  Not Found" };
                call.out(&format!("Err:{number} {} {} Release\n  {why}\n", source.url, source.suite))?;
                let url = &source.url;
                let line = if fails && !strict {
                    format!(
                        "W: Failed to fetch {url}/InRelease  {why}\nW: Some index files failed to download. They have been ignored, or old ones used instead.\n"
                    )
                } else if fails {
                    format!(
                        "E: Failed to fetch {url}/InRelease  {why}\nE: Some index files failed to download. They have been ignored, or old ones used instead.\n"
                    )
                } else {
                    format!("E: The repository '{url} {} Release' does not have a Release file.\n", source.suite)
                };
                call.err(&line)?;
            }
        }
    }
    call.out("Reading package lists...\n")?;
    let missing_repository = failed && !fails;
    Ok(if (failed && strict) || missing_repository { 100 } else { 0 })
}

/// `apt-helper … download-file URL FILE`
pub(in crate::hosts::programs) async fn helper(call: &Call) -> Ran {
    let options = call.options(&["o:"])?;
    let [action, url, file] = options.operands.as_slice() else { return call.unsupported("these words") };
    if action != "download-file" {
        return call.unsupported(action);
    }
    let time = call.place.world(|world| {
        let span = one_file(world.tempo.package_lists);
        world.random.within(span)
    });
    call.place.sleep(time).await?;
    let list = url.strip_suffix("/Packages");
    let found = match list {
        Some(repository) => call.place.host(|host| host.packages.repositories.at(repository))?,
        None => None,
    };
    let Some(versions) = found else {
        call.err(&format!("E: Failed to fetch {url}  404  Not Found\nE: Download Failed\n"))?;
        return Ok(100);
    };
    let mut text = String::new();
    for name in NAMES {
        for version in &versions {
            text.push_str(&format!("Package: {name}\nVersion: {version}\nArchitecture: amd64\nSection: admin\n\n"));
        }
    }
    let path = call.path(file);
    match call.place.files(|files| files.write(&path, text, 0o644))? {
        Ok(()) => Ok(0),
        Err(error) => {
            call.err(&format!("E: Failed to fetch {url}  {error}\n"))?;
            Ok(100)
        }
    }
}
