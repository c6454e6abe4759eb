use super::super::tests::{body, fair, mp4, order};
use super::*;

#[test]
fn the_end_of_what_came_is_kept() {
    let mut tail = Vec::new();
    for piece in [vec![1; 10], vec![2; 5_000], vec![3; 1_000]] {
        keep_tail(&mut tail, &piece);
    }
    assert_eq!(tail, [vec![2; 24], vec![3; 1_000]].concat());
}

#[tokio::test]
async fn a_long_video_is_taken_with_a_warning() {
    let fair = fair();
    let upload = fair.uploads.receive(order(Use::ExhibitVideo), body(&mp4(2_000_000))).await.unwrap();
    assert!(!upload.is_large);
    let large = Use::ExhibitVideo.rule().warns_above.unwrap() + 1;
    let row = UploadRow {
        v: 1,
        owner: "team/a".into(),
        by: UserId(1),
        used_for: Use::ExhibitVideo,
        state: UploadState::Stored,
        since: fair.clock.now(),
        format: Some(Format::Mp4),
        bytes: i64::try_from(large).unwrap(),
        width: None,
        height: None,
        digest: None,
        name: None,
        record: None,
        reader: None,
        token: None,
        small: None,
    };
    assert!(Upload::of(UploadId(1), &row).unwrap().is_large);
}

#[tokio::test]
async fn only_so_many_are_received_at_once() {
    let fair = fair();
    let hold = fair.uploads.0.receiving.try_acquire_many(u32::try_from(super::super::RECEIVING_MAX).unwrap()).unwrap();
    let refused = fair.uploads.receive(order(Use::BoothVideo), body(&mp4(1_000))).await;
    assert_eq!(refused, Err(Error::Overloaded));
    drop(hold);
    fair.uploads.receive(order(Use::BoothVideo), body(&mp4(1_000))).await.unwrap();
}
