//! The guide's calendar at its ends, and the demo's around today.

use storage::ids::Millis;

use super::{WINDOWS, Window};
use crate::data::FairData;
use crate::day::moment;
use crate::error::Error;

fn at(text: &str) -> Millis {
    moment(text).unwrap()
}

#[test]
fn windows_of_2020_open_and_close_with_whole_days_of_shanghai() {
    let event = FairData::built_in().event("2020", at("2026-11-26T12:00:00+08:00")).unwrap();
    let rows = [
        (Window::OnlineRegistration, "2020-07-15", "2020-08-25", "2020-08-26"),
        (Window::OfflineRegistration, "2020-06-16", "2020-08-15", "2020-08-16"),
        (Window::Meetings, "2020-07-17", "2020-08-15", "2020-08-16"),
    ];
    for (window, first, last, behind) in rows {
        let first = at(&format!("{first}T00:00:00+08:00"));
        let (last, behind) = (at(&format!("{last}T23:59:59.999+08:00")), at(&format!("{behind}T00:00:00+08:00")));
        assert_eq!(event.window(window, first), Ok(()), "{window:?}");
        assert_eq!(event.window(window, last), Ok(()), "{window:?}");
        let closed = Err(Error::WindowClosed { opens_at: Some(first), closes_at: Some(behind) });
        assert_eq!(event.window(window, first.plus_ms(-1)), closed, "{window:?}");
        assert_eq!(event.window(window, behind), closed, "{window:?}");
    }
    for moment in ["1999-01-01T00:00:00Z", "2100-01-01T00:00:00Z"] {
        assert_eq!(event.window(Window::Booths, at(moment)), Ok(()), "booths have no end");
    }
}

#[test]
fn the_demo_is_open_today_whenever_that_is() {
    for today in ["2020-08-01T09:00:00+08:00", "2026-11-26T23:59:59+08:00", "2031-02-28T00:00:00+08:00"] {
        let event = FairData::built_in().event("demo", at(today)).unwrap();
        for window in WINDOWS {
            assert_eq!(event.window(window, at(today)), Ok(()), "{window:?}");
        }
        let later = at(today).plus_ms(41 * 86_400_000);
        assert!(event.window(Window::OnlineRegistration, later).is_err());
        assert!(event.window(Window::Meetings, at(today).plus_ms(-41 * 86_400_000)).is_err());
    }
}

#[test]
fn calendars_show_every_window_in_one_order() {
    for name in ["2020", "demo"] {
        let event = FairData::built_in().event(name, Millis(0)).unwrap();
        assert_eq!(event.windows().iter().map(|window| window.id).collect::<Vec<_>>(), WINDOWS);
    }
}
