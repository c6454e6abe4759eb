//! The page's files as they travel: compressed for who takes that. Never decides which file it is.
//!
//! **Source**: RFC 9110, 8.4.1.3 (gzip) and 12.5.3 (what a client takes).

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write as _;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Files;

/// Made once, at the first request for any: there are as many as files in the binary.
static PACKED: LazyLock<HashMap<Cow<'static, str>, Bytes>> = LazyLock::new(|| Files::iter().filter_map(pair).collect());

/// The file compressed; none where that makes it no smaller.
pub(super) fn packed(path: &str) -> Option<Bytes> {
    PACKED.get(path).cloned()
}

fn pair(path: Cow<'static, str>) -> Option<(Cow<'static, str>, Bytes)> {
    let file = Files::get(&path)?;
    let small = gzip(&file.data).filter(|small| small.len() < file.data.len())?;
    Some((path, small))
}

pub(super) fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).ok()?;
    out.finish().ok().map(Bytes::from)
}

/// Whether a client takes gzip: named and not refused.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        is_gzip && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}
