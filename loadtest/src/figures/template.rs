//! Text with places that a report fills: `{runs.*.lost|,} lost; p50 {p50_ms|range1} ms`.
//!
//! Owns how a number is written, and knows no report.

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// Fills every place of the template.
///
/// # Errors
/// When a place names something that the report lacks, or that cannot be written so.
pub fn fill(template: &str, report: &Value) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let (place, after) = behind.split_once('}').with_context(|| format!("no }} behind {behind}"))?;
        let (path, form) = place.split_once('|').with_context(|| format!("{place} says no form"))?;
        text.push_str(before);
        text.push_str(&written(path, form, report).with_context(|| format!("in {{{place}}}"))?);
        rest = after;
    }
    Ok(text + rest)
}

/// The values at a path of names and numbers with dots between; `*` is each element of a list.
fn at<'a>(path: &str, report: &'a Value) -> anyhow::Result<Vec<&'a Value>> {
    let mut values = vec![report];
    for name in path.split('.') {
        let mut next = Vec::new();
        for value in values {
            match (name, value) {
                ("*", Value::Array(elements)) => next.extend(elements),
                (_, Value::Array(elements)) => next.extend(elements.get(name.parse::<usize>()?)),
                _ => next.extend(value.get(name)),
            }
        }
        values = next;
        ensure!(!values.is_empty(), "the report has no {name}");
    }
    Ok(values)
}

fn written(path: &str, form: &str, report: &Value) -> anyhow::Result<String> {
    let values = at(path, report)?;
    if form == "count" {
        let lengths = values.iter().map(|value| value.as_array().map_or(0, Vec::len));
        return Ok(lengths.sum::<usize>().to_string());
    }
    if let Some(digits) = form.strip_prefix("range") {
        let [value] = values.as_slice() else { bail!("a range is one value") };
        let end = |name: &str| value.get(name).and_then(Value::as_f64).with_context(|| format!("no {name}"));
        let (min, median, max) = (end("min")?, end("median")?, end("max")?);
        let digits = digits.parse()?;
        return Ok([min, median, max].map(|number| grouped(number, digits)).join(" - "));
    }
    let numbers = values.iter().map(|value| value.as_f64().with_context(|| format!("{value} is no number")));
    let sum: f64 = numbers.sum::<anyhow::Result<f64>>()?;
    Ok(match form {
        "M" => grouped(sum / 1e6, 2),
        "k" => grouped(sum / 1e3, 0),
        "MiB" => grouped(sum / 1_048_576.0, 0),
        "s" => grouped(sum / 1e3, 1),
        digits => grouped(sum, digits.parse().context("unknown form")?),
    })
}

/// With a comma between thousands.
fn grouped(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), ""), |(whole, fraction)| (whole, fraction));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut out = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if fraction.is_empty() { out } else { format!("{out}.{fraction}") }
}
