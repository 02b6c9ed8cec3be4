//! The tools of container runtimes, as far as images go: one that is here can be laid open and a program of it started there.

use super::Call;
use super::binary;
use crate::hosts::services::program_in;
use crate::hosts::shell::Ran;

/// Where an image has its program.
const PROGRAMS: &str = "usr/local/bin";

/// `crictl inspecti` and `crictl pull`.
pub(super) async fn image(call: &Call, action: &str, image: &str) -> Ran {
    let there = call.place.host(|host| host.has_image(image))?;
    if action == "inspecti" {
        if there {
            return call.print(&format!("{{\"status\": {{\"repoTags\": [\"{image}\"]}}}}\n"));
        }
        call.err(&format!("FATA[0000] no such image \"{image}\" present\n"))?;
        return Ok(1);
    }
    let (away, time) = (
        call.place.host(|host| host.registry_away)?,
        call.place.world(|world| {
            let span = world.tempo.package_install;
            world.random.within(span)
        }),
    );
    call.place.note(&call.line())?;
    call.place.sleep(time).await?;
    if away || program_in(image).is_none() {
        call.err(&format!("E: failed to pull and unpack image \"{image}\": failed to resolve reference: not found\n"))?;
        return Ok(1);
    }
    call.place.host(|host| host.images.insert(image.to_owned()))?;
    call.print(&format!("Image is up to date for {image}\n"))
}

/// `ctr -n k8s.io images mount IMAGE DIRECTORY` and `… unmount --rm DIRECTORY`.
pub(super) fn ctr(call: &Call) -> Ran {
    let words: Vec<&str> = call.arguments().iter().map(String::as_str).collect();
    match words.as_slice() {
        ["-n", "k8s.io", "images", "mount", image, directory] => {
            let program = program_in(image).filter(|_| call.place.host(|host| host.has_image(image)).unwrap_or(false));
            let Some(program) = program else {
                call.err(&format!("ctr: image \"{image}\": not found\n"))?;
                return Ok(1);
            };
            let directory = format!("{}/{PROGRAMS}", call.path(directory));
            let path = format!("{directory}/{}", program.name());
            let laid = call.place.files(|files| {
                files.make_dirs(&directory, 0o755)?;
                files.write(&path, program.text(), 0o755)
            })?;
            match laid {
                Ok(()) => Ok(0),
                Err(error) => {
                    call.err(&format!("ctr: {error}\n"))?;
                    Ok(1)
                }
            }
        }
        ["-n", "k8s.io", "images", "unmount", "--rm", directory] => {
            let place = call.path(directory);
            let names = call.place.files(|files| files.list(&place))?;
            for name in names {
                // What was laid there is all there is.
                let _ = call.place.files(|files| files.remove_all(&format!("{place}/{name}")))?;
            }
            Ok(0)
        }
        _ => call.unsupported("these words"),
    }
}

/// `chroot DIRECTORY NAME ARGUMENTS`, for the program of an image.
pub(super) fn chroot(call: &Call) -> Ran {
    let [root, name, arguments @ ..] = call.arguments() else { return call.unsupported("no program") };
    let path = format!("{}/{PROGRAMS}/{name}", call.path(root));
    let argv = std::iter::once(path).chain(arguments.iter().cloned());
    match binary::run(&call.of(argv.collect()))? {
        Some(status) => Ok(status),
        None => {
            call.err(&format!("chroot: failed to run command '{name}': No such file or directory\n"))?;
            Ok(127)
        }
    }
}

/// `nsenter --target PID --mount --pid /proc/self/fd/0 ARGUMENTS`: the program that it reads, in the files of a pod, which
/// has those of the host at the same places.
pub(super) fn nsenter(call: &Call) -> Ran {
    let options = call.leading_options(&["target:", "mount", "pid"])?;
    match options.operands.as_slice() {
        [program, arguments @ ..] if program == "/proc/self/fd/0" => {
            binary::read(call, program, &call.io.stdin.rest(), arguments)
        }
        _ => call.unsupported("a program that is not read"),
    }
}
