//! Where EC2 is.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// The ends of names, by the beginnings of regions; the last is for all others. Source: botocore's `partitions.json` of
/// 2026-11, `dnsSuffix`.
const SUFFIXES: [(&str, &str); 7] = [
    ("cn-", "amazonaws.com.cn"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
    ("", "amazonaws.com"),
];

/// The endpoint given by name, as `AWS_ENDPOINT_URL_EC2` or in the profile, else the region's own.
pub(super) fn url(config: &SdkConfig, region: &str) -> String {
    let for_all = || config.endpoint_url().map(str::to_owned);
    let given = match config.get_origin("endpoint_url").is_client_config() {
        true => for_all(),
        false => own(config).or_else(for_all),
    };
    given.unwrap_or_else(|| of_region(region, config.use_fips().unwrap_or_default()))
}

fn own(config: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id("EC2").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    config.service_config()?.load_config(key.ok()?)
}

fn of_region(region: &str, fips: bool) -> String {
    let suffix = SUFFIXES.iter().find(|(begins, _)| region.starts_with(begins)).map_or("", |(_, suffix)| suffix);
    let name = if fips { "ec2-fips" } else { "ec2" };
    format!("https://{name}.{region}.{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_own() {
        for (region, fips, expected) in [
            ("eu-west-1", false, "https://ec2.eu-west-1.amazonaws.com"),
            ("us-east-1", true, "https://ec2-fips.us-east-1.amazonaws.com"),
            ("cn-north-1", false, "https://ec2.cn-north-1.amazonaws.com.cn"),
            ("us-isob-east-1", false, "https://ec2.us-isob-east-1.sc2s.sgov.gov"),
        ] {
            assert_eq!(of_region(region, fips), expected);
        }
    }
}
