//! The readers of versions, for fuzz targets alone.

use upgrade_core::version::Version;

use super::image;

/// The version an image reference names.
///
/// # Errors
/// When it names none; the reason in words.
pub fn image_version(image: &str) -> Result<Version, String> {
    image::version_of(image)
}

/// The version an etcd image names.
///
/// # Errors
/// As [`image_version`].
pub fn etcd_image_version(image: &str) -> Result<Version, String> {
    image::etcd_version_of(image)
}

/// The version in what a node reports.
#[must_use]
pub fn reported_version(text: &str) -> Option<Version> {
    image::lenient(text)
}
