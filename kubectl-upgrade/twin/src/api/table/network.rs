//! Services and what stands behind and before them.

use serde_json::Value;

use super::print::{AGE, Column, NAME, labels, number, or};
use crate::json::{at, items, text};

/// `kubectl get services`
pub(super) const SERVICES: &[Column] = &[
    NAME,
    Column::text("Type", |service, _| or(service, "/spec/type", "ClusterIP").into()),
    Column::text("Cluster-IP", |service, _| or(service, "/spec/clusterIP", "<none>").into()),
    Column::text("External-IP", |service, _| external(service).into()),
    Column::text("Port(s)", |service, _| ports(service).into()),
    AGE,
    Column::text("Selector", |service, _| labels(service, "/spec/selector").into()).wide(),
];

/// `kubectl get endpoints`
pub(super) const ENDPOINTS: &[Column] = &[NAME, Column::text("Endpoints", |object, _| endpoints(object).into()), AGE];

/// `kubectl get endpointslices`
pub(super) const ENDPOINT_SLICES: &[Column] = &[
    NAME,
    Column::text("AddressType", |slice, _| text(slice, "/addressType").into()),
    Column::text("Ports", |slice, _| slice_ports(slice).into()),
    Column::text("Endpoints", |slice, _| slice_addresses(slice).into()),
    AGE,
];

/// `kubectl get ingresses`
pub(super) const INGRESSES: &[Column] = &[
    NAME,
    Column::text("Class", |ingress, _| or(ingress, "/spec/ingressClassName", "<none>").into()),
    Column::text("Hosts", |ingress, _| hosts(ingress).into()),
    Column::text("Address", |ingress, _| balanced(ingress).join(",").into()),
    Column::text("Ports", |ingress, _| if at(ingress, "/spec/tls").is_array() { "80, 443" } else { "80" }.into()),
    AGE,
];

/// The addresses that a load balancer gave.
fn balanced(object: &Value) -> Vec<&str> {
    let points = items(object, "/status/loadBalancer/ingress");
    points.map(|point| or(point, "/ip", text(point, "/hostname"))).filter(|address| !address.is_empty()).collect()
}

fn external(service: &Value) -> String {
    let given: Vec<&str> = items(service, "/spec/externalIPs").filter_map(Value::as_str).collect();
    let all: Vec<&str> = match text(service, "/spec/type") {
        "ExternalName" => vec![text(service, "/spec/externalName")],
        "LoadBalancer" => balanced(service).into_iter().chain(given).collect(),
        _ => given,
    };
    match (all.is_empty(), text(service, "/spec/type")) {
        (false, _) => all.join(","),
        (true, "LoadBalancer") => "<pending>".to_owned(),
        (true, _) => "<none>".to_owned(),
    }
}

fn ports(service: &Value) -> String {
    let ports: Vec<String> = items(service, "/spec/ports")
        .map(|port| {
            let protocol = or(port, "/protocol", "TCP");
            match number(port, "/nodePort") {
                0 => format!("{}/{protocol}", number(port, "/port")),
                node => format!("{}:{node}/{protocol}", number(port, "/port")),
            }
        })
        .collect();
    if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") }
}

/// At most three, and how many more.
fn few(all: &[String]) -> String {
    match all {
        [] => "<none>".to_owned(),
        [one, two, three, more @ ..] if !more.is_empty() => format!("{one},{two},{three} + {} more...", more.len()),
        few => few.join(","),
    }
}

fn endpoints(object: &Value) -> String {
    let mut all = Vec::new();
    for subset in items(object, "/subsets") {
        let ports: Vec<i64> = items(subset, "/ports").map(|port| number(port, "/port")).collect();
        for address in items(subset, "/addresses") {
            let ip = text(address, "/ip");
            match ports.as_slice() {
                [] => all.push(ip.to_owned()),
                ports => all.extend(ports.iter().map(|port| format!("{ip}:{port}"))),
            }
        }
    }
    few(&all)
}

fn slice_ports(slice: &Value) -> String {
    let ports: Vec<String> = items(slice, "/ports").map(|port| number(port, "/port").to_string()).collect();
    if ports.is_empty() { "<unset>".to_owned() } else { few(&ports) }
}

fn slice_addresses(slice: &Value) -> String {
    let all: Vec<String> = items(slice, "/endpoints")
        .flat_map(|endpoint| items(endpoint, "/addresses").filter_map(Value::as_str).map(str::to_owned))
        .collect();
    if all.is_empty() { "<unset>".to_owned() } else { few(&all) }
}

fn hosts(ingress: &Value) -> String {
    let hosts: Vec<String> = items(ingress, "/spec/rules")
        .map(|rule| text(rule, "/host").to_owned())
        .filter(|host| !host.is_empty())
        .collect();
    if hosts.is_empty() { "*".to_owned() } else { few(&hosts) }
}
