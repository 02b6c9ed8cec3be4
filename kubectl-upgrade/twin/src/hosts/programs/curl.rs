//! `curl`: health endpoints of this host, and a mirror with programs of components.

use upgrade_core::component::Component;
use upgrade_core::version::Version;

use super::Call;
use crate::hosts::services::{self, Program};
use crate::hosts::shell::Ran;

const KNOWN: [&str; 17] = [
    "fail",
    "f",
    "silent",
    "s",
    "show-error",
    "S",
    "location",
    "L",
    "insecure",
    "k",
    "retry:",
    "retry-connrefused",
    "output:",
    "o:",
    "max-time:",
    "write-out:",
    "w:",
];

/// Whatever a mirror has below a folder of this name ends halfway; its checksum is that of the whole.
const CUT_SHORT: &str = "cut-short";

/// What an address answered.
enum Answer {
    /// Nobody listens there.
    Refused,
    /// A status and a body.
    Http(u16, String),
}

pub(super) async fn curl(call: &Call) -> Ran {
    let options = call.options(&KNOWN)?;
    let [url] = options.operands.as_slice() else { return call.unsupported("not one address") };
    let Some((host, port, path)) = parts(url) else { return call.unsupported("the address") };
    let (away, address) = call.place.host(|host| (host.registry_away, host.address().to_owned()))?;
    let here = ["127.0.0.1", "localhost", "[::1]"].contains(&host) || host == address;
    let answer = if here {
        local(call, port)?
    } else if away {
        call.err(&format!("curl: (6) Could not resolve host: {host}\n"))?;
        return Ok(6);
    } else {
        let span = call.place.world(|world| {
            let span = world.tempo.package_install;
            world.random.within(span)
        });
        call.place.sleep(span).await?;
        remote(call, url, path)?
    };
    let code = match &answer {
        Answer::Refused => 0,
        Answer::Http(code, _) => *code,
    };
    if let Some(format) = options.value("write-out").or(options.value("w")) {
        call.out(&format.replace("%{http_code}", &format!("{code:03}")))?;
    }
    let fails = options.has("fail") || options.has("f");
    match answer {
        Answer::Refused => {
            if options.has("show-error") || options.has("S") {
                call.err(&format!("curl: (7) Failed to connect to {host} port {port}: Connection refused\n"))?;
            }
            Ok(7)
        }
        Answer::Http(code, _) if code >= 400 && fails => {
            call.err(&format!("curl: (22) The requested URL returned error: {code}\n"))?;
            Ok(22)
        }
        Answer::Http(_, body) => save(call, options.value("output").or(options.value("o")), body),
    }
}

fn save(call: &Call, file: Option<&str>, body: String) -> Ran {
    let Some(file) = file else { return call.print(&body) };
    if file == "/dev/null" {
        return Ok(0);
    }
    let (path, mode) = (call.path(file), 0o666 & !call.umask);
    match call.place.files(|files| files.write(&path, body, mode))? {
        Ok(()) => Ok(0),
        Err(error) => {
            call.err(&format!("curl: (23) Failure writing output to destination: {error}\n"))?;
            Ok(23)
        }
    }
}

/// Host, port and path of an address.
fn parts(url: &str) -> Option<(&str, u16, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (server, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let usual = if scheme == "https" { 443 } else { 80 };
    match server.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']')) {
        Some((host, port)) => Some((host, port.parse().ok()?, path)),
        None => Some((server, usual, path)),
    }
}

/// The component that listens there.
fn local(call: &Call, port: u16) -> Ran<Answer> {
    let component = match port {
        10257 => Component::ControllerManager,
        10259 => Component::Scheduler,
        10248 => Component::Kubelet,
        10256 => Component::KubeProxy,
        _ => Component::ApiServer,
    };
    let there = call.place.host(|host| {
        let own = |arguments: Vec<String>| {
            let given = upgrade_core::components::flag(&arguments, "secure-port");
            component != Component::ApiServer || given.unwrap_or("6443") == port.to_string()
        };
        host.answering(component).is_some_and(own)
    })?;
    let stored = call.place.world(|world| world.control_plane.has_quorum());
    Ok(match (there, component) {
        (false, _) => Answer::Refused,
        (true, Component::ApiServer) if !stored => Answer::Http(500, "[-]etcd failed: reason withheld\n".to_owned()),
        (true, _) => Answer::Http(200, "ok".to_owned()),
    })
}

/// What a mirror has there: the program that the path names, or its checksum.
fn remote(call: &Call, url: &str, path: &str) -> Ran<Answer> {
    let missing = Answer::Http(404, "404 page not found\n".to_owned());
    if let Some(found) = call.place.host(|host| host.origin.fetched(url))? {
        return Ok(found.map_or(missing, |text| Answer::Http(200, text)));
    }
    let (path, sum) = path.strip_suffix(".sha256").map_or((path, false), |path| (path, true));
    let words: Vec<&str> = path.split('/').collect();
    let last = words.last().copied().unwrap_or_default();
    let component = Component::ON_HOSTS.into_iter().find(|component| component.name() == last);
    let version: Option<Version> = words.iter().find_map(|word| word.parse().ok());
    let arch = words.iter().find(|word| ["amd64", "arm64"].contains(*word));
    let (Some(component), Some(version), Some(arch)) = (component, version, arch) else { return Ok(missing) };
    let other = matches!(component, Component::Etcd | Component::CloudControllerManager);
    if !other && !call.place.host(|host| host.origin.offers(&version))? {
        return Ok(missing);
    }
    let text = Program::new(component, &version, arch).text();
    if !sum {
        let sent = if words.contains(&CUT_SHORT) { text.len() / 2 } else { text.len() };
        return Ok(Answer::Http(200, text.get(..sent).unwrap_or(&text).to_owned()));
    }
    Ok(Answer::Http(200, format!("{}\n", services::sum(&text))))
}
