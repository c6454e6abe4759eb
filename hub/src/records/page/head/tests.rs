//! A head says what stands there, and nothing that was typed leaves its place in it.

use super::*;

fn said(title: &str, description: &str) -> Said {
    Said {
        title: title.to_owned(),
        description: description.to_owned(),
        path: "/booths/0abc".to_owned(),
        picture: Some(UploadId(5)),
        data: json!({ "name": title }),
    }
}

#[test]
fn a_head_names_its_title_text_picture_and_address() {
    let head = head(&said("云上展台", "服务\n贸易"), "https://fair.example.com", Locale::ZhCn);
    for part in [
        "<title>云上展台 · 服贸云展</title>",
        "<meta name=\"description\" content=\"服务 贸易\">",
        "<link rel=\"canonical\" href=\"https://fair.example.com/booths/0abc\">",
        "<meta property=\"og:image\" content=\"https://fair.example.com/v1/uploads/",
        "<link rel=\"preload\" as=\"image\" href=\"/v1/uploads/",
        "<script type=\"application/ld+json\">{\"name\":\"云上展台\"}</script>",
    ] {
        assert!(head.contains(part), "{part}: {head}");
    }
}

#[test]
fn what_was_typed_stays_text_in_every_place_of_a_head() {
    let typed = "</title><script>alert(1)</script>\" onload='x' </script><!--";
    let head = head(&said(typed, typed), "http://evil\"><script>", Locale::En);
    let scripts = head.matches("<script").count();
    assert_eq!((scripts, head.matches("</script").count()), (1, 1), "{head}");
    assert_eq!(head.matches("<!--").count(), 0, "{head}");
    for line in head.lines() {
        let quotes = line.matches('"').count();
        assert!(line.contains("ld+json") || quotes % 2 == 0, "{line}");
    }
}

#[test]
fn prices_are_yuan_with_two_places() {
    assert_eq!((yuan(0), yuan(5), yuan(123_450)), ("0.00".into(), "0.05".into(), "1234.50".into()));
}
