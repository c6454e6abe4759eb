//! The headers that every answer carries, whoever gives it: a handler, the door, the HTTP stack itself. One list, one
//! function; it reads nothing of the answer but which of them it has already.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Nothing but our own files runs or loads, and scripts speak to nobody but this hub. `'self'` covers the sockets of the
/// same origin too (Content Security Policy 3, section 6.7.2.8; so do today's Chromium, Firefox and Safari), so no
/// `ws:` stands here, which would allow every socket server there is.
const POLICY: &str = "default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Two years of TLS only; said where TLS is spoken, since a browser believes it nowhere else.
const TLS_ONLY: &str = "max-age=63072000";

const ALWAYS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
];

fn hardening(is_tls: bool) -> impl Iterator<Item = (HeaderName, &'static str)> {
    let secure = is_tls.then_some((header::STRICT_TRANSPORT_SECURITY, TLS_ONLY));
    ALWAYS.into_iter().chain(secure)
}

/// Puts them on an answer; a policy of its own, which is stricter, stays, and what says nothing about being kept is not kept.
pub fn harden(headers: &mut HeaderMap, is_tls: bool) {
    for (name, value) in hardening(is_tls) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The same as lines of a head, for an answer that is bytes already.
#[must_use]
pub fn lines(is_tls: bool) -> String {
    let all = hardening(is_tls).chain([(header::CACHE_CONTROL, "no-store")]);
    all.map(|(name, value)| format!("{name}: {value}\r\n")).collect()
}
