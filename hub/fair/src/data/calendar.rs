//! A calendar's file. Its days are dates, or so many days from the one on which the hub starts (`today-40`), for a
//! demonstration that is always on.

use serde::Deserialize;

use super::Label;
use crate::day::Day;
use crate::event::{About, Event, Open, WINDOWS, Window};

/// The farthest from today that a window may begin or end. **Units**: days.
const DAYS_FROM_TODAY_MAX: i64 = 3_660;
/// Recommended browsers.
const BROWSERS_MAX: usize = 16;
/// The longest text that is no label. **Units**: bytes.
const TEXT_BYTES_MAX: usize = 200;

/// What the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    name: String,
    /// For readers of the file.
    #[serde(rename = "source")]
    _source: String,
    title: Label,
    hotline: String,
    site: String,
    browsers: Vec<String>,
    windows: Vec<RawWindow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWindow {
    id: Window,
    label: Label,
    from: Option<String>,
    to: Option<String>,
}

/// Checked.
#[derive(Debug)]
pub(super) struct Calendar {
    about: About,
    windows: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    id: Window,
    label: Label,
    from: Option<When>,
    to: Option<When>,
}

#[derive(Debug, Clone, Copy)]
enum When {
    On(Day),
    FromToday(i64),
}

impl When {
    fn parse(text: &str) -> Result<Self, String> {
        let days = text.strip_prefix("today").map(|days| if days.is_empty() { Some(0) } else { days.parse().ok() });
        let when = match days {
            Some(days) => days.filter(|days: &i64| days.abs() <= DAYS_FROM_TODAY_MAX).map(Self::FromToday),
            None => Day::parse(text).map(Self::On),
        };
        when.ok_or_else(|| format!("`{text}` is not like 2020-07-15, today-40 or today+40"))
    }

    const fn on(self, today: Day) -> Day {
        match self {
            Self::On(day) => day,
            Self::FromToday(days) => today.plus(days),
        }
    }
}

impl Calendar {
    /// The calendar of a file of this name.
    pub(super) fn checked(name: &str, raw: Raw) -> Result<Self, String> {
        let Raw { name: named, title, hotline, site, browsers, windows, .. } = raw;
        if named != name {
            return Err(format!("its name is `{named}`, its file's `{name}`"));
        }
        title.check().map_err(|what| format!("title: {what}"))?;
        let texts = [&hotline, &site].into_iter().chain(&browsers);
        if browsers.len() > BROWSERS_MAX || texts.into_iter().any(|text| text.len() > TEXT_BYTES_MAX) {
            return Err(format!("at most {BROWSERS_MAX} browsers, and texts of {TEXT_BYTES_MAX} bytes"));
        }
        let windows = WINDOWS.map(|id| planned(id, &windows));
        let windows = windows.into_iter().collect::<Result<_, _>>()?;
        Ok(Self { about: About { name: named, title, hotline, site, browsers }, windows })
    }

    /// As it lies when that day is today.
    pub(super) fn on(&self, today: Day) -> Event {
        let open = |planned: &Planned| Open {
            id: planned.id,
            label: planned.label.clone(),
            from: planned.from.map(|when| when.on(today)),
            to: planned.to.map(|when| when.on(today)),
        };
        Event::new(self.about.clone(), self.windows.iter().map(open).collect())
    }
}

fn planned(id: Window, windows: &[RawWindow]) -> Result<Planned, String> {
    let name = id.as_str();
    let mut found = windows.iter().filter(|window| window.id == id);
    let (Some(RawWindow { label, from, to, .. }), None) = (found.next(), found.next()) else {
        return Err(format!("window {name}: once, no more and no less"));
    };
    let in_window = |what: String| format!("window {name}: {what}");
    label.check().map_err(in_window)?;
    let when = |text: &Option<String>| text.as_deref().map(When::parse).transpose().map_err(in_window);
    let (from, to) = (when(from)?, when(to)?);
    let in_order = match (from, to) {
        (Some(When::On(from)), Some(When::On(to))) => from <= to,
        (Some(When::FromToday(from)), Some(When::FromToday(to))) => from <= to,
        _ => true,
    };
    if in_order {
        Ok(Planned { id, label: label.clone(), from, to })
    } else {
        Err(in_window("ends before it begins".into()))
    }
}
