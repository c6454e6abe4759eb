use futures_util::future::join_all;
use image::{ImageFormat, Rgb, RgbImage};
use secrecy::SecretString;
use storage::faulty::{Faults, Faulty};
use storage::ids::{EnterpriseId, UserId};
use storage::{Clock, Hidden, Store};

use super::picture::SMALL_WIDTH;
use super::*;
use crate::kind::Kind;
use crate::table::{DueRows, UploadShares};
use crate::token::Keys;

pub(super) const TEAM: EnterpriseId = EnterpriseId(100);
pub(super) const OTHER: EnterpriseId = EnterpriseId(200);
pub(super) const REVIEWERS: EnterpriseId = EnterpriseId(300);
pub(super) const UPLOADER: Viewer = viewer(1, Kind::Enterprise, TEAM, false);
const CHIEF: Viewer = viewer(2, Kind::Enterprise, TEAM, true);
const COLLEAGUE: Viewer = viewer(3, Kind::Enterprise, TEAM, false);
const STRANGER: Viewer = viewer(4, Kind::Enterprise, OTHER, true);
const REVIEWER: Viewer = viewer(5, Kind::Institution, REVIEWERS, false);
const COMMITTEE: Viewer = viewer(6, Kind::Committee, EnterpriseId(400), false);
const DAY_MS: u32 = 24 * 60 * 60 * 1_000;

const fn viewer(user: i64, kind: Kind, enterprise: EnterpriseId, admin: bool) -> Viewer {
    Viewer { user: UserId(user), kind, enterprise: Some(enterprise), admin }
}

/// The uploads of a fair, and what they stand on.
pub(super) struct Fair {
    pub(super) uploads: Uploads,
    pub(super) files: Files,
    pub(super) store: Store,
    pub(super) clock: Clock,
}

fn limits(quota: Quota) -> Limits {
    Limits { quota, booth_video_bytes: 1 << 20, exhibit_video_bytes: 3 << 20 }
}

/// What no test takes by accident.
const PLENTY: Quota = Quota { bytes: 1 << 40, files: 1_000 };

pub(crate) fn limits_of_plenty() -> Limits {
    limits(PLENTY)
}

pub(super) fn fair() -> Fair {
    fair_of(PLENTY)
}

fn fair_of(quota: Quota) -> Fair {
    let clock = Clock::manual(Millis(1_600_000_000_000));
    fair_with(Store::model(clock.clone()), Files::memory(), clock, quota)
}

fn fair_over(store: Store, files: Files, clock: Clock) -> Fair {
    fair_with(store, files, clock, PLENTY)
}

fn fair_with(store: Store, files: Files, clock: Clock, quota: Quota) -> Fair {
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let accounts = Accounts::new(store.clone(), clock.clone(), keys);
    Fair { uploads: Uploads::new(accounts, files.clone(), limits(quota)), files, store, clock }
}

impl Fair {
    /// Does all that is due, as a hub would.
    pub(super) async fn sweep(&self) {
        let mut sweeps = self.uploads.due().sweeps();
        loop {
            let swept = sweeps.step().await.unwrap();
            for claimed in swept.claimed {
                assert_eq!(claimed.kind, DUE_KIND);
                // Every record has what it took.
                self.uploads.fall_due(&claimed.key).await.unwrap();
                self.uploads.due().done(&claimed).await.unwrap();
            }
            if !swept.more {
                return;
            }
        }
    }

    pub(super) async fn taken(&self) -> (u64, u64) {
        let (Quota { bytes, files }, _) = self.uploads.usage(Owner::Team(TEAM)).await.unwrap();
        (bytes, files)
    }

    /// Files, rows of uploads, shares but the sums.
    async fn left(&self) -> [usize; 3] {
        let rows = self.store.partitions::<UploadRows>(None, 1_000).await.unwrap().len();
        let mut shares = 0;
        for part in self.store.partitions::<UploadShares>(None, 1_000).await.unwrap() {
            let rows = self.store.scan::<UploadShares>(part, storage::Scan::first(1_000), Read::Serial).await.unwrap();
            shares += rows.iter().filter(|(key, _)| key.id != UploadId(0)).count();
        }
        [self.files.count().await.unwrap(), rows, shares]
    }
}

pub(crate) fn order(used_for: Use) -> Order {
    Order { owner: Owner::Team(TEAM), by: UPLOADER.user, used_for, name: None, media_type: None, bytes: None }
}

/// A body in pieces of a few hundred bytes.
pub(crate) fn body(bytes: &[u8]) -> impl futures_util::Stream<Item = Result<bytes::Bytes>> {
    let pieces: Vec<_> = bytes.chunks(300).map(bytes::Bytes::copy_from_slice).map(Ok).collect();
    stream::iter(pieces)
}

/// One that breaks off behind these bytes.
fn broken(bytes: &[u8]) -> impl futures_util::Stream<Item = Result<bytes::Bytes>> {
    body(bytes).chain(stream::once(std::future::ready(Err(Error::Unauthenticated))))
}

pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut state = 1_u32;
    let noise = RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        {
            let [high, low, ..] = state.to_be_bytes();
            Rgb([high / 4, low / 4, 90])
        }
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    noise.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(super) fn pdf(length: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.resize(length - 6, b' ');
    bytes.extend(b"%%EOF\n");
    bytes
}

pub(super) fn mp4(length: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    bytes.extend((bytes.len()..length).map(|at| (at / 3).to_le_bytes()[0]));
    bytes
}

async fn content(fair: &Fair, upload: &Upload) -> Vec<u8> {
    let pieces = fair.uploads.read(upload, 0..upload.bytes).await.unwrap();
    let pieces: Vec<_> = pieces.try_collect().await.unwrap();
    pieces.concat()
}

#[tokio::test]
async fn an_upload_is_stored_shown_and_counted() {
    let fair = fair();
    let video = mp4(900_000);
    let named = Order { name: Some(Hidden("展台.mp4".into())), bytes: Some(900_000), ..order(Use::BoothVideo) };
    let upload = fair.uploads.receive(named, body(&video)).await.unwrap();
    assert_eq!((upload.format, upload.bytes, upload.is_large), (Format::Mp4, 900_000, false));
    assert_eq!(upload.name, Some(Hidden("展台.mp4".into())));
    assert!(content(&fair, &upload).await == video);
    assert_eq!(fair.uploads.readable(upload.id, None).await.unwrap(), upload);
    assert_eq!(fair.taken().await, (900_000, 1));

    let photo = picture(40, 30, ImageFormat::Bmp);
    let upload = fair.uploads.receive(order(Use::Picture), body(&photo)).await.unwrap();
    assert_eq!((upload.format, upload.width, upload.height), (Format::Png, Some(40), Some(30)));
    assert_eq!(upload.bytes, content(&fair, &upload).await.len() as u64);
    assert_eq!(fair.taken().await, (900_000 + upload.bytes, 2), "what is stored counts, not what came");
}

#[tokio::test]
async fn a_wide_picture_comes_small_too_and_both_forms_go_together() {
    let fair = fair();
    let wide = picture(600, 90, ImageFormat::Jpeg);
    let upload = fair.uploads.receive(order(Use::Picture), body(&wide)).await.unwrap();
    let bytes = upload.small.unwrap();
    let small: Vec<_> = fair.uploads.read_small(&upload, 0..bytes).await.unwrap().try_collect().await.unwrap();
    let small = small.concat();
    assert_eq!(small.len() as u64, bytes);
    assert_eq!(image::load_from_memory(&small).unwrap().width(), SMALL_WIDTH);
    assert_eq!(fair.taken().await, (upload.bytes + bytes, 1), "both count");
    assert_eq!(fair.left().await, [2, 1, 1]);
    fair.uploads.remove(upload.id, &UPLOADER).await.unwrap();
    assert_eq!(fair.left().await, [0, 0, 0]);

    let narrow = picture(40, 30, ImageFormat::Png);
    let upload = fair.uploads.receive(order(Use::Picture), body(&narrow)).await.unwrap();
    assert_eq!(upload.small, None);
    let pieces = fair.uploads.read_small(&upload, 0..upload.bytes).await.unwrap();
    let pieces: Vec<_> = pieces.try_collect().await.unwrap();
    assert!(pieces.concat() == content(&fair, &upload).await, "its own form is small enough");
}

/// Why an upload is refused: the rule, else `too_large`.
async fn refused(fair: &Fair, order: Order, bytes: &[u8]) -> Vec<(String, &'static str)> {
    let error = fair.uploads.receive(order, body(bytes)).await.unwrap_err();
    if error == Error::TooLarge {
        return vec![(String::new(), "too_large")];
    }
    let Error::Invalid(fields) = error else { panic!("{error}") };
    fields.into_iter().map(|field| (field.at.into_owned(), field.code)).collect()
}

#[tokio::test]
async fn what_is_not_as_its_use_says_is_refused_and_leaves_nothing() {
    let fair = fair();
    let (jpeg, png) = (picture(600, 800, ImageFormat::Jpeg), picture(30, 30, ImageFormat::Png));
    let one = |at: &str, code| vec![(at.to_owned(), code)];
    let named = |used_for, name: &str| Order { name: Some(Hidden(name.into())), ..order(used_for) };
    let cases = [
        (order(Use::Picture), b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), one("/file", "unsupported")),
        (order(Use::Picture), b"<!doctype html><script>".repeat(60), one("/file", "unsupported")),
        (order(Use::Picture), pdf(1_000), one("/file", "unsupported")),
        (order(Use::Plan), png.clone(), one("/file", "unsupported")),
        (order(Use::Poster), picture(30, 30, ImageFormat::Gif), one("/file", "unsupported")),
        (order(Use::Picture), Vec::new(), one("/file", "too_short")),
        (order(Use::IdPhoto), jpeg[..40_000].to_vec(), one("/file", "too_short")),
        (order(Use::IdPhoto), picture(600, 801, ImageFormat::Jpeg), one("/file", "pixels")),
        (order(Use::IdPhoto), picture(800, 600, ImageFormat::Jpeg), one("/file", "pixels")),
        (order(Use::IdPhoto), picture(400, 400, ImageFormat::Png), one("/file", "unsupported")),
        (order(Use::Picture), png[..png.len() / 2].to_vec(), one("/file", "damaged")),
        (order(Use::Plan), [pdf(1_000), vec![b' '; 2_000]].concat(), one("/file", "damaged")),
        (Order { bytes: Some(999), ..order(Use::Plan) }, pdf(1_000), one("/file", "damaged")),
        (named(Use::Picture, "a.jpg"), png.clone(), one("/name", "extension")),
        (named(Use::Picture, "a/b.png"), png.clone(), one("/name", "charset")),
        (named(Use::Picture, &"a".repeat(201)), png.clone(), one("/name", "too_long")),
        (
            Order { media_type: Some("image/svg+xml".into()), ..named(Use::Picture, "a.svg") },
            png.clone(),
            vec![("/name".to_owned(), "extension"), ("/Content-Type".to_owned(), "mismatch")],
        ),
        (order(Use::BoothVideo), mp4((1 << 20) + 1), one("", "too_large")),
        (Order { bytes: Some(2 << 20), ..order(Use::BoothVideo) }, Vec::new(), one("", "too_large")),
    ];
    for (order, bytes, why) in cases {
        let what = format!("{:?} {:?}", order.used_for, String::from_utf8_lossy(&bytes[..bytes.len().min(20)]));
        assert_eq!(refused(&fair, order, &bytes).await, why, "{what}");
        assert_eq!(fair.left().await, [0; 3], "{what}");
    }
    assert_eq!(fair.taken().await, (0, 0));
    fair.uploads.receive(order(Use::IdPhoto), body(&jpeg)).await.unwrap();
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing_whenever_it_does() {
    let fair = fair();
    for (used_for, bytes) in [(Use::BoothVideo, mp4(700_000)), (Use::Picture, picture(64, 64, ImageFormat::Png))] {
        for kept in [0, 1, 511, 512, 513, bytes.len() / 2, bytes.len()] {
            let received = fair.uploads.receive(order(used_for), broken(&bytes[..kept])).await;
            assert_eq!(received, Err(Error::Unauthenticated), "the body's own error");
            assert_eq!(fair.left().await, [0; 3], "{used_for:?}, {kept} bytes");
        }
    }
    assert_eq!(fair.taken().await, (0, 0));
}

#[tokio::test]
async fn a_private_one_is_shown_to_who_has_to_do_with_it() {
    let fair = fair();
    let photo = picture(600, 800, ImageFormat::Jpeg);
    let upload = fair.uploads.receive(order(Use::IdPhoto), body(&photo)).await.unwrap();
    let to = Attaching {
        owner: Owner::Team(TEAM),
        used_for: Use::IdPhoto,
        record: "user/1",
        reader: Some(REVIEWERS),
        at: "/photo",
    };
    let seen = async |viewer: Option<&Viewer>| fair.uploads.readable(upload.id, viewer).await.is_ok();
    assert!(!seen(Some(&REVIEWER)).await, "it is nothing of theirs yet");
    fair.uploads.attach(&[upload.id], &to).await.unwrap();
    for who in [&UPLOADER, &CHIEF, &REVIEWER, &COMMITTEE] {
        assert!(seen(Some(who)).await && fair.uploads.find(upload.id, who).await.is_ok(), "{who:?}");
    }
    for who in [&COLLEAGUE, &STRANGER] {
        assert!(!seen(Some(who)).await, "{who:?}");
        assert_eq!(fair.uploads.find(upload.id, who).await, Err(Error::NotFound));
        assert_eq!(fair.uploads.remove(upload.id, who).await, Err(Error::NotFound));
    }
    assert!(!seen(None).await);
    assert_eq!(fair.uploads.remove(upload.id, &COMMITTEE).await, Err(Error::NotFound), "seeing is not owning");
}

#[tokio::test]
async fn a_likeness_lies_sealed() {
    let fair = fair();
    let photo = picture(600, 800, ImageFormat::Jpeg);
    let upload = fair.uploads.receive(order(Use::IdPhoto), body(&photo)).await.unwrap();
    let lies = fair.files.read(upload.id, 0..upload.bytes + SEAL_BYTES).await.unwrap();
    let lies: Vec<_> = lies.try_collect().await.unwrap();
    assert_eq!(Format::sniff(&lies.concat()), None);
    let shown = content(&fair, &upload).await;
    assert_eq!(Format::sniff(&shown), Some(Format::Jpeg));
    let part: Vec<_> = fair.uploads.read(&upload, 5..9).await.unwrap().try_collect().await.unwrap();
    assert_eq!(part.concat(), shown[5..9]);
}

#[tokio::test]
async fn parallel_uploads_cannot_exceed_the_quota() {
    let fair = fair_of(Quota { bytes: 4 << 20, files: 40 });
    let video = mp4(1_000_000);
    let one = || Order { bytes: Some(1_000_000), ..order(Use::BoothVideo) };
    let received = join_all((0..32).map(|_| fair.uploads.receive(one(), body(&video)))).await;
    let quota = Error::invalid("/file", "quota");
    assert_eq!(received.iter().filter(|one| one.is_ok()).count(), 4);
    assert!(received.iter().flat_map(|one| one.as_ref().err()).all(|error| *error == quota));
    assert_eq!((fair.taken().await, fair.left().await), ((4_000_000, 4), [4; 3]));
    let other = Order { owner: Owner::Team(OTHER), ..one() };
    fair.uploads.receive(other, body(&video)).await.unwrap();
    let first = received.into_iter().find_map(Result::ok).unwrap();
    fair.uploads.remove(first.id, &CHIEF).await.unwrap();
    fair.uploads.receive(one(), body(&video)).await.unwrap();
}

#[tokio::test]
async fn what_no_record_takes_goes_after_a_day() {
    let fair = fair();
    let bytes = picture(64, 64, ImageFormat::Png);
    let [taken, left] = [0, 1].map(|_| fair.uploads.receive(order(Use::Picture), body(&bytes)));
    let (taken, left) = (taken.await.unwrap(), left.await.unwrap());
    let to = Attaching {
        owner: Owner::Team(TEAM),
        used_for: Use::Picture,
        record: "booth/1",
        reader: None,
        at: "/pictures",
    };
    fair.uploads.attach(&[taken.id], &to).await.unwrap();
    fair.clock.advance_ms(DAY_MS - 120_000);
    fair.sweep().await;
    assert_eq!(fair.left().await, [2; 3], "not yet");
    fair.clock.advance_ms(240_000);
    fair.sweep().await;
    assert_eq!((fair.left().await, fair.taken().await.1), ([1; 3], 1));
    assert_eq!(fair.uploads.readable(left.id, None).await, Err(Error::NotFound));

    fair.uploads.detach(&[taken.id], "booth/1").await.unwrap();
    fair.sweep().await;
    assert_eq!(fair.left().await, [1; 3], "it has a day again");
    fair.clock.advance_ms(DAY_MS + 120_000);
    fair.sweep().await;
    assert_eq!((fair.left().await, fair.taken().await), ([0; 3], (0, 0)));
    assert!(fair.store.partitions::<DueRows>(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_crash_at_any_write_leaves_nothing_for_good() {
    let (bytes, mut crashes) = (mp4(600_000), 0);
    for crash_at in 1.. {
        let clock = Clock::manual(Millis(1_600_000_000_000));
        let (store, files) = (Store::model(clock.clone()), Files::memory());
        let faulty = Faulty::new(store.clone(), 1, Faults::default());
        faulty.crash_at_write(crash_at);
        let dying = fair_over(Store::Faulty(faulty), files.clone(), clock.clone());
        let received = dying.uploads.receive(order(Use::BoothVideo), body(&bytes)).await;
        let fair = fair_over(store, files, clock);
        fair.clock.advance_ms(DAY_MS + 240_000);
        fair.sweep().await;
        assert_eq!((fair.left().await, fair.taken().await), ([0; 3], (0, 0)), "died at write {crash_at}");
        if received.is_ok() {
            break;
        }
        crashes = crash_at;
    }
    assert!(crashes >= 6, "only {crashes} writes");
}

#[tokio::test]
async fn lost_answers_neither_lose_nor_double_a_share() {
    for seed in 0..20 {
        let clock = Clock::manual(Millis(1_600_000_000_000));
        let (store, files) = (Store::model(clock.clone()), Files::memory());
        let faults = Faults { unknown_done: 0.15, unknown_lost: 0.15, ..Faults::default() };
        let vexed = fair_over(Store::Faulty(Faulty::new(store.clone(), seed, faults)), files.clone(), clock.clone());
        let mut there = Vec::new();
        for _ in 0..8 {
            there.extend(vexed.uploads.receive(order(Use::Plan), body(&pdf(1_000))).await);
        }
        let fair = fair_over(store, files, clock);
        let to = Attaching { owner: Owner::Team(TEAM), used_for: Use::Plan, record: "x/1", reader: None, at: "/plan" };
        for upload in &there {
            fair.uploads.attach(&[upload.id], &to).await.unwrap();
        }
        fair.clock.advance_ms(DAY_MS + 240_000);
        fair.sweep().await;
        let count = there.len();
        assert_eq!((fair.left().await, fair.taken().await.1), ([count; 3], count as u64), "seed {seed}");
        assert_eq!(fair.taken().await.0, 1_000 * count as u64, "seed {seed}");
    }
}

#[tokio::test]
async fn a_deadline_that_comes_early_is_put_off_and_a_wrong_one_is_nothing() {
    let fair = fair();
    let upload = fair.uploads.receive(order(Use::Plan), body(&pdf(1_000))).await.unwrap();
    fair.uploads.fall_due(&upload.id.to_string()).await.unwrap();
    fair.uploads.fall_due("no id").await.unwrap();
    fair.uploads.fall_due(&UploadId(1).to_string()).await.unwrap();
    assert_eq!(fair.left().await, [1; 3]);
}
