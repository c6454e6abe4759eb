//! Rich text: markup of a short list of elements, and nothing that runs, loads from elsewhere or looks like the page around
//! it. What is kept is the sanitised markup; sanitising it again changes nothing.
//!
//! Pictures are uploads of this fair, by their own address; whether there is one, and whose, its record says.
//!
//! **Source**: SPEC 10 (detail 展品简介), D-02, D-03.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use storage::ids::UploadId;
use storage::text::compose;

use super::{Broken, text};

/// The longest markup, as it comes and as it is kept. **Units**: bytes.
pub const MARKUP_BYTES_MAX: usize = 32 * 1024;
/// Pictures inside one text.
pub const ILLUSTRATIONS_MAX: usize = 20;
/// Tags of one text: a parser repeats open ones behind each paragraph, so that many of both would be very many.
const TAGS_MAX: usize = 1_000;
/// Taking an element away may make others that the next parser reads otherwise: so often at most, until nothing changes.
const ROUNDS_MAX: usize = 8;
/// The longest address of a link. **Units**: bytes.
const LINK_BYTES_MAX: usize = 1_000;
/// The longest side that a picture is drawn with. **Units**: CSS pixels.
const SIDE_MAX: u16 = 4_096;
/// Cells of a table that one takes the place of.
const SPAN_MAX: u16 = 100;

const ELEMENTS: &[&str] = &[
    "p",
    "br",
    "strong",
    "em",
    "u",
    "s",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "blockquote",
    "a",
    "img",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
];
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href"]),
    ("img", &["src", "alt", "width", "height"]),
    ("th", &["colspan", "rowspan"]),
    ("td", &["colspan", "rowspan"]),
];
const SCHEMES: &[&str] = &["http", "https", "mailto"];
/// What stands around the id in the address of an upload.
const UPLOAD: (&str, &str) = ("/v1/uploads/", "/content");

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let set = |words: &[&'static str]| words.iter().copied().collect::<HashSet<_>>();
    let attributes: HashMap<_, _> = ATTRIBUTES.iter().map(|(element, names)| (*element, set(names))).collect();
    let mut builder = Builder::empty();
    builder
        .tags(set(ELEMENTS))
        .clean_content_tags(set(&["script", "style", "title", "textarea", "noscript", "iframe", "svg", "math"]))
        .tag_attributes(attributes)
        .url_schemes(set(SCHEMES))
        // Judged by the filter.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("nofollow noopener"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("a", "href") => address(value).map(Cow::Owned),
            ("img", "src") => upload_at(value).map(|id| Cow::Owned(address_of(id))),
            ("img", "width" | "height") => number(value, SIDE_MAX),
            (_, "colspan" | "rowspan") => number(value, SPAN_MAX),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

/// A rich text as it is kept: at most `max` characters besides its markup.
///
/// # Errors
/// `too_long` (characters, bytes of markup, tags), `too_many` pictures, `charset` (what nobody sees), `format` for markup
/// that no parser reads twice alike.
pub fn rich(markup: &str, max: usize) -> Result<String, Broken> {
    let mut clean = markup.to_owned();
    for _ in 0..ROUNDS_MAX {
        if clean.len() > MARKUP_BYTES_MAX || clean.matches('<').count() > TAGS_MAX {
            return Err("too_long");
        }
        // Before it is sanitised: composing may join a bracket and what stands behind it.
        let composed = compose(clean.trim());
        clean = without_empty_pictures(&SANITISER.clean(&composed).to_string());
        if clean == composed {
            return judged(clean, max);
        }
    }
    Err("format")
}

fn judged(clean: String, max: usize) -> Result<String, Broken> {
    if !text::is_plain(&clean) {
        return Err("charset");
    }
    if chars(&clean) > max {
        return Err("too_long");
    }
    if illustrations(&clean).len() > ILLUSTRATIONS_MAX { Err("too_many") } else { Ok(clean) }
}

/// The pictures inside a rich text that is kept, each once, in their order.
#[must_use]
pub fn illustrations(clean: &str) -> Vec<UploadId> {
    let mut found = Vec::new();
    for id in parts(clean).filter_map(source_of).filter_map(upload_at) {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// A rich text that is kept, with other pictures in place of its own; those that have none go.
#[must_use]
pub fn with_illustrations(clean: &str, other: &HashMap<UploadId, UploadId>) -> String {
    let drawn = parts(clean).map(|part| match source_of(part).and_then(upload_at) {
        None => Cow::Borrowed(part.text()),
        Some(id) => match other.get(&id) {
            Some(other) => Cow::Owned(part.text().replace(&address_of(id), &address_of(*other))),
            None => Cow::Borrowed(""),
        },
    });
    drawn.collect()
}

/// What is counted: characters outside of tags; a run of blanks is one, as it is shown.
fn chars(clean: &str) -> usize {
    let texts = parts(clean).filter_map(|part| if let Part::Text(text) = part { Some(text) } else { None });
    let mut count = 0;
    let mut was_blank = true;
    for text in texts {
        let mut left = text;
        while let Some(c) = left.chars().next() {
            // The four that are written as entities.
            let entity = ["&amp;", "&lt;", "&gt;", "&nbsp;"].into_iter().find(|entity| left.starts_with(entity));
            left = left.get(entity.map_or(c.len_utf8(), str::len)..).unwrap_or_default();
            let is_blank = c.is_ascii_whitespace();
            count += usize::from(!(is_blank && was_blank));
            was_blank = is_blank;
        }
    }
    count
}

#[derive(Clone, Copy)]
enum Part<'a> {
    /// With its brackets.
    Tag(&'a str),
    Text(&'a str),
}

impl<'a> Part<'a> {
    const fn text(self) -> &'a str {
        let (Self::Tag(text) | Self::Text(text)) = self;
        text
    }
}

/// Sanitised markup: values of attributes stand in double quotes, and a text has no bracket.
fn parts(clean: &str) -> impl Iterator<Item = Part<'_>> {
    let mut left = clean;
    std::iter::from_fn(move || {
        let first = left.chars().next()?;
        let is_tag = first == '<';
        let length = if is_tag { end_of_tag(left) } else { left.find('<').unwrap_or(left.len()) };
        let (part, rest) = left.split_at_checked(length)?;
        left = rest;
        Some(if is_tag { Part::Tag(part) } else { Part::Text(part) })
    })
}

fn end_of_tag(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The address of a picture's tag. Its attributes are read one by one: a value may look like a name.
fn source_of(part: Part<'_>) -> Option<&str> {
    let Part::Tag(tag) = part else { return None };
    let mut left = tag.strip_prefix("<img ")?;
    loop {
        let (name, rest) = left.split_once("=\"")?;
        let (value, rest) = rest.split_once('"')?;
        if name.trim() == "src" {
            return Some(value);
        }
        left = rest;
    }
}

/// A picture whose address was taken away shows nothing.
fn without_empty_pictures(clean: &str) -> String {
    let is_empty = |part: &Part<'_>| part.text().starts_with("<img") && source_of(*part).is_none();
    parts(clean).filter(|part| !is_empty(part)).map(Part::text).collect()
}

/// The upload whose address it is.
fn upload_at(address: &str) -> Option<UploadId> {
    address.strip_prefix(UPLOAD.0)?.strip_suffix(UPLOAD.1)?.parse().ok()
}

fn address_of(id: UploadId) -> String {
    format!("{}{id}{}", UPLOAD.0, UPLOAD.1)
}

/// A link as its parser writes it: without the tabs and line ends that another parser would see.
fn address(value: &str) -> Option<String> {
    let url = url::Url::parse(value.trim()).ok()?;
    let is_open = url.username().is_empty() && url.password().is_none();
    let is_known = SCHEMES.contains(&url.scheme()) && (url.scheme() == "mailto" || url.has_host());
    let address = String::from(url);
    (is_open && is_known && address.len() <= LINK_BYTES_MAX).then_some(address)
}

fn number(value: &str, max: u16) -> Option<Cow<'_, str>> {
    let number: u16 = value.trim().parse().ok()?;
    (1..=max).contains(&number).then(|| Cow::Owned(number.to_string()))
}

#[cfg(test)]
mod tests;
