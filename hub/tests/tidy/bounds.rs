//! Every bound that the code states, however it does: constants, defaults of options, rows of quotas.

use std::collections::BTreeSet;

use crate::rules::File;

/// Where, what and how much; the value without blanks and underscores.
pub(crate) type Bound = (String, String, String);

/// All bounds of the product's files.
pub(crate) fn bounds(files: &[File]) -> BTreeSet<Bound> {
    let of_product =
        |path: &str| path.contains("src/") && !path.starts_with("loadtest/") && !path.starts_with("hub/fuzz");
    let files = files.iter().filter(|file| file.path.ends_with(".rs") && of_product(&file.path) && !file.is_test());
    let mut bounds = BTreeSet::new();
    for file in files {
        let path = file.path.replace("src/", "").replace(".rs", "");
        let found = constants(&file.text).chain(defaults(&file.text)).chain(quotas(&file.text));
        bounds.extend(found.map(|(name, value)| (path.clone(), name, value.replace([' ', '_'], ""))));
    }
    bounds
}

/// `const NAME_MAX: usize = 1;`
fn constants(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let (name, rest) = line.split_once("const ")?.1.split_once(':')?;
        let value = rest.split_once('=')?.1.trim_end_matches(';');
        name.ends_with("_MAX").then(|| (name.to_owned(), value.to_owned()))
    })
}

/// The numbers in `impl Default for X`, as `X.field`; of those without a number the ones that are called a maximum.
fn defaults(text: &str) -> impl Iterator<Item = (String, String)> {
    let blocks = text.split("\nimpl Default for ").skip(1).filter_map(|block| {
        let (name, body) = block.split("\n}").next()?.split_once(" {")?;
        Some((name, body.rsplit_once("Self {")?.1))
    });
    blocks.flat_map(|(name, body)| {
        let field = move |line: &str| {
            let (field, value) = line.split_once(": ")?;
            let is_bound = field.ends_with("_max") || value.contains(|c: char| c.is_ascii_digit());
            let is_field = field.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
            (is_bound && is_field).then(|| (format!("{name}.{field}"), value.to_owned()))
        };
        let lines = body.split(['\n', '}']).flat_map(|line| line.split(", ")).map(|part| part.trim().trim_matches(','));
        lines.filter_map(field).collect::<Vec<_>>()
    })
}

/// `quota(Class::Write, By::Caller, 5, SECOND, 60),` as `Write by Caller`: so many in a time, so many at once.
fn quotas(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let cells: Vec<_> = line.trim().strip_prefix("quota(Class::")?.strip_suffix("),")?.split(", ").collect();
        let [class, by, count, per, burst] = cells.as_slice() else { return None };
        let by = by.strip_prefix("By::")?;
        Some((format!("{class} by {by}"), format!("{count}/{per}, {burst}")))
    })
}
