//! stub
/// stub
pub struct Right;
