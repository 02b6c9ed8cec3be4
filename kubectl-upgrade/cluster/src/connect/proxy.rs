//! `NO_PROXY`, judged by the API server's host. kube judges it by the proxy's own.

use std::net::{IpAddr, Ipv4Addr};

/// Whether a proxy named by the environment is passed by for this host.
pub(super) fn bypassed(host: &str) -> bool {
    let list = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy")).unwrap_or_default();
    bypassed_by(&list, host)
}

/// Go's rules: `*`, names with their subdomains, addresses, IPv4 networks; this machine itself always.
pub(super) fn bypassed_by(list: &str, host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let entry = entry.to_ascii_lowercase();
        let name = entry.trim_start_matches('*').trim_start_matches('.');
        let inside = || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        match address {
            Some(address) => entry == "*" || address.to_string() == entry || in_network(&entry, address),
            None => entry == "*" || host == entry || (!name.is_empty() && inside()),
        }
    })
}

fn in_network(entry: &str, address: IpAddr) -> bool {
    let (Some((network, length)), IpAddr::V4(address)) = (entry.split_once('/'), address) else { return false };
    let (Ok(network), Ok(length @ 0..=32)) = (network.parse::<Ipv4Addr>(), length.parse::<u32>()) else { return false };
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    network.to_bits() & mask == address.to_bits() & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_as_go_reads_it() {
        for (list, host, expected) in [
            ("", "api.example.com", false),
            ("*", "api.example.com", true),
            ("example.com", "api.example.com", true),
            (".example.com", "api.example.com", true),
            ("ample.com", "api.example.com", false),
            ("other.org, api.example.com", "api.example.com", true),
            ("10.0.0.0/8", "10.99.1.11", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "11.0.0.1", true),
            ("10.99.1.11", "10.99.1.11", true),
            ("", "127.0.0.1", true),
            ("", "[::1]", true),
        ] {
            assert_eq!(bypassed_by(list, host), expected, "{list} {host}");
        }
    }
}
