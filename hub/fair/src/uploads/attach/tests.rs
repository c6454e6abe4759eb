use super::super::tests::{OTHER, TEAM, UPLOADER, body, fair, order, pdf, picture};
use super::*;

use image::ImageFormat;

fn to(record: &str) -> Attaching<'_> {
    Attaching { owner: Owner::Team(TEAM), used_for: Use::Picture, record, reader: None, at: "/pictures" }
}

fn wrong(code: &'static str) -> Error {
    Error::invalid("/pictures", code)
}

#[tokio::test]
async fn a_record_takes_what_is_its_owner_s_and_meant_for_it() {
    let fair = fair();
    let bytes = picture(20, 20, ImageFormat::Png);
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(fair.uploads.receive(order(Use::Picture), body(&bytes)).await.unwrap().id);
    }
    let plan = fair.uploads.receive(order(Use::Plan), body(&pdf(500))).await.unwrap().id;
    let foreign = super::super::Order { owner: Owner::Team(OTHER), ..order(Use::Picture) };
    let foreign = fair.uploads.receive(foreign, body(&bytes)).await.unwrap().id;

    assert_eq!(fair.uploads.attach(&ids, &to("booth/1")).await, Err(wrong("too_many")));
    for other in [plan, foreign, UploadId(1)] {
        assert_eq!(fair.uploads.attach(&[ids[0], other], &to("booth/1")).await, Err(wrong("unknown_upload")));
    }
    assert_eq!(fair.uploads.find(ids[0], &UPLOADER).await.unwrap().record, None, "all or none");
    for _ in 0..2 {
        let attached = fair.uploads.attach(&ids[..5], &to("booth/1")).await.unwrap();
        assert!(attached.iter().all(|upload| upload.record.as_deref() == Some("booth/1")));
    }
    assert_eq!(fair.uploads.attach(&[ids[5], ids[4]], &to("booth/2")).await, Err(wrong("in_use")));
    assert_eq!(fair.uploads.remove(ids[0], &UPLOADER).await, Err(Error::Conflict("a record has it")));

    fair.uploads.detach(&[ids[4]], "booth/2").await.unwrap();
    assert!(fair.uploads.find(ids[4], &UPLOADER).await.unwrap().record.is_some(), "another's does not leave");
    fair.uploads.detach(&[ids[4]], "booth/1").await.unwrap();
    fair.uploads.attach(&[ids[5], ids[4]], &to("booth/2")).await.unwrap();
}

#[tokio::test]
async fn what_is_being_removed_no_record_takes() {
    let fair = fair();
    let id = fair.uploads.receive(order(Use::Picture), body(&picture(20, 20, ImageFormat::Png))).await.unwrap().id;
    fair.uploads.remove(id, &UPLOADER).await.unwrap();
    assert_eq!(fair.uploads.attach(&[id], &to("booth/1")).await, Err(wrong("unknown_upload")));
    fair.uploads.detach(&[id], "booth/1").await.unwrap();
}
