use std::collections::HashSet;

use super::*;
use crate::uploads::picture::draw;
use crate::uploads::{Format, Use};

/// What the demo uploads stays small. **Units**: bytes.
const BYTES_MAX: usize = 60 * 1024;

#[test]
fn every_picture_is_within_the_limits_of_its_use_small_and_like_no_other() {
    let mut drawn = HashSet::new();
    for stand in super::super::stands::STANDS {
        let pictures = [Picture::Logo(stand.firm), Picture::DoorHead(stand.firm)];
        let wares = stand.wares.iter().map(|ware| Picture::Exhibit(ware.name, ware.category));
        for picture in pictures.into_iter().chain(wares) {
            let bytes = picture.draw().unwrap();
            let (used_for, format, sides) = match picture {
                Picture::Logo(_) => (Use::Logo, Format::Png, (260, 260)),
                Picture::DoorHead(_) => (Use::Picture, Format::Jpeg, (895, 285)),
                Picture::Exhibit(..) => (Use::Picture, Format::Jpeg, (480, 480)),
            };
            let rule = used_for.rule();
            assert!(rule.formats.contains(&format) && rule.bytes_max > BYTES_MAX as u64);
            assert!(bytes.len() <= BYTES_MAX, "{picture:?}: {} bytes", bytes.len());
            let kept = draw(&bytes, format).unwrap();
            assert_eq!((kept.width, kept.height), sides);
            assert!(kept.bytes.len() <= 2 * BYTES_MAX, "{picture:?}: {} bytes kept", kept.bytes.len());
            assert!(drawn.insert(bytes), "{picture:?} looks like another");
        }
    }
    assert!(drawn.len() > 100);
    let again = Picture::Logo("huaxin").draw().unwrap();
    assert!(drawn.contains(&again), "the same words, the same picture");
}
