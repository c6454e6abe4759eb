//! What everybody sees over REST: told from memory, never after it has changed.

use axum::http::header;
use fair::showcase::Viewed;

use super::booths::{Stage, Thing};
use super::*;

impl Stage {
    async fn visit(&self, path: &str) -> Answer {
        self.app.ask(Method::GET, path, None, None).await
    }

    /// A document, by somebody who reads no scripts.
    async fn document(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path)
            .header("host", "fair.example.com")
            .extension(ConnectInfo("192.0.2.1:4242".parse::<SocketAddr>().unwrap()));
        let answer = self.app.router.clone().oneshot(request.body(HttpBody::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

fn shown(kind: &str, thing: &Thing) -> String {
    format!("/v1/showcase/{kind}/{}", text(&thing.body["id"]))
}

fn names(answer: &Answer) -> Vec<String> {
    answer.body["items"].as_array().unwrap().iter().map(|item| text(&item["name"])).collect()
}

#[tokio::test]
async fn what_everybody_sees_is_told_from_memory_until_a_step_changes_it() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let exhibit = stage.shown_exhibit(&booth).await;
    let page = shown("exhibits", &exhibit);
    let first = stage.visit(&page).await;
    assert_eq!((first.status, &first.body["name"]), (StatusCode::OK, &json!("影视后期")), "{}", first.body);
    assert_eq!((&first.body["booth"]["name"], &first.body["views"]), (&json!("顶点展台"), &json!(0)));
    assert_eq!(first.headers[header::CACHE_CONTROL], "no-cache");
    let again = stage.visit(&page).await;
    assert_eq!(again.headers[header::ETAG], first.headers[header::ETAG], "views alone make nothing anew at once");
    assert_eq!(names(&stage.visit("/v1/showcase/exhibits").await), ["影视后期"]);
    assert_eq!(names(&stage.visit("/v1/showcase/booths?zone=achievements").await), ["顶点展台"]);

    let revising = stage.change(&exhibit, json!({"name": "影视前期"})).await;
    assert_eq!(stage.visit(&page).await.body["name"], "影视后期", "as it was approved");
    let pending = stage.step(&revising, "submit", &stage.owner, None).await;
    assert_eq!(stage.visit(&page).await.status, StatusCode::NOT_FOUND, "hidden at once");
    assert!(names(&stage.visit("/v1/showcase/exhibits").await).is_empty());
    let approved = stage.step(&pending, "review/approve", &stage.desk, None).await;
    stage.step(&approved, "shelve", &stage.owner, None).await;
    assert_eq!(stage.visit(&page).await.body["name"], "影视前期");
    assert_eq!(names(&stage.visit("/v1/showcase/exhibits?category=business").await), ["影视前期"]);

    let revising = stage.change(&booth, json!({"business": "教育"})).await;
    stage.step(&revising, "submit", &stage.owner, Some(json!({"accept_rules": true}))).await;
    for gone in [&page, &shown("booths", &booth)] {
        assert_eq!(stage.visit(gone).await.status, StatusCode::NOT_FOUND, "{gone}: a booth takes its exhibits along");
    }
    assert!(names(&stage.visit("/v1/showcase/booths?zone=achievements").await).is_empty());
}

#[tokio::test]
async fn who_has_a_copy_is_told_so() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let path = shown("booths", &booth);
    let tag = stage.visit(&path).await.headers[header::ETAG].clone();
    let request = Request::get(&path)
        .header(header::IF_NONE_MATCH, tag)
        .extension(ConnectInfo("192.0.2.1:4242".parse::<SocketAddr>().unwrap()));
    let answer = stage.app.router.clone().oneshot(request.body(HttpBody::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn what_is_looked_at_most_comes_first_and_only_while_it_is_seen() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let quiet = stage.shown_exhibit(&booth).await;
    let hot = stage.shown_exhibit(&booth).await;
    let unseen = stage.visit("/v1/showcase/exhibits?sort=views").await;
    assert_eq!(unseen.body["total"], 0, "nobody has looked");
    for (thing, looks) in [(&quiet, 2), (&hot, 5)] {
        for _ in 0..looks {
            stage.visit(&shown("exhibits", thing)).await;
        }
    }
    stage.app.hub.front.look().await.unwrap();
    // Another page size is another list: the one above is still remembered.
    let listed = stage.visit("/v1/showcase/exhibits?sort=views&limit=10&category=business").await;
    let ids: Vec<_> = listed.body["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(ids, [hot.body["id"].clone(), quiet.body["id"].clone()]);
    assert_eq!(listed.body["items"][0]["views"], 5);
    stage.step(&hot, "unshelve", &stage.owner, None).await;
    stage.app.hub.front.look().await.unwrap();
    let listed = stage.visit("/v1/showcase/exhibits?sort=views&limit=10").await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_its_field() {
    let stage = Stage::new().await;
    for (query, at, code) in [
        ("booths?zone=nowhere", "/zone", "not_an_option"),
        ("booths?category=x", "/category", "not_an_option"),
        ("booths?sort=views&category=business", "/category", "not_applicable"),
        ("booths?sort=views&cursor=abc", "/cursor", "not_applicable"),
        ("exhibits?booth=1", "/booth", "format"),
    ] {
        let answer = stage.visit(&format!("/v1/showcase/{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", answer.body);
        assert_eq!(answer.body["fields"][0], json!({"at": at, "code": code}), "{query}");
    }
    for bad in ["booths?sort=best", "booths?colour=red", "exhibits?cursor=abc"] {
        assert_eq!(stage.visit(&format!("/v1/showcase/{bad}")).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    for nobody in ["booths/0000000000001", "exhibits/0000000000001", "booths/x"] {
        assert_eq!(stage.visit(&format!("/v1/showcase/{nobody}")).await.status, StatusCode::NOT_FOUND, "{nobody}");
    }
}

#[tokio::test]
async fn documents_and_the_map_say_what_stands_there() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let exhibit = stage.shown_exhibit(&booth).await;
    let (booth_path, exhibit_path) =
        (format!("/booths/{}", text(&booth.body["id"])), format!("/exhibits/{}", text(&exhibit.body["id"])));
    let (status, document) = stage.document(&exhibit_path).await;
    assert_eq!(status, StatusCode::OK);
    for part in [
        "<title>影视后期 · 顶点公司 · 服贸云展</title>".to_owned(),
        format!("<link rel=\"canonical\" href=\"http://fair.example.com{exhibit_path}\">"),
        "\"price\":\"12880.00\"".to_owned(),
        "<script type=\"module\"".to_owned(),
    ] {
        assert!(document.contains(&part), "{part}: {document}");
    }
    let (_, document) = stage.document(&booth_path).await;
    assert!(document.contains("<meta property=\"og:image\" content=\"http://fair.example.com/v1/uploads/"));
    let (status, document) = stage.document("/exhibits/0000000000001").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(document.contains("<div id=\"app\">"), "the page says it in words");
    let (_, map) = stage.document("/sitemap.xml").await;
    for path in ["/exhibitors", &booth_path, &exhibit_path] {
        assert!(map.contains(&format!("<loc>http://fair.example.com{path}</loc>")), "{path}: {map}");
    }
    let (_, robots) = stage.document("/robots.txt").await;
    assert!(robots.contains("Sitemap: http://fair.example.com/sitemap.xml"));
}

#[tokio::test]
async fn what_nobody_sees_has_no_views_and_a_document_is_none() {
    let stage = Stage::new().await;
    let booth = stage.shown_booth().await;
    let exhibit = stage.shown_exhibit(&booth).await;
    for nobody in 1..40 {
        let id = storage::ids::RecordId(nobody);
        assert_eq!(stage.visit(&format!("/v1/showcase/exhibits/{id}")).await.status, StatusCode::NOT_FOUND);
    }
    stage.document(&format!("/exhibits/{}", text(&exhibit.body["id"]))).await;
    stage.app.hub.front.look().await.unwrap();
    assert!(stage.app.hub.front.hottest(Viewed::Exhibit, 100).is_empty(), "nobody has looked at anything");
    stage.visit(&shown("exhibits", &exhibit)).await;
    let id = text(&exhibit.body["id"]).parse().unwrap();
    assert_eq!(stage.app.hub.front.hottest(Viewed::Exhibit, 100), [(id, 1)]);
}

#[tokio::test]
async fn documents_are_counted_like_what_they_show() {
    let (clock, hour) = (Clock::system(), std::time::Duration::from_secs(3_600));
    let two_an_hour = Quota { class: limits::Class::Content, by: limits::By::Address, count: 2, per: hour, burst: 2 };
    let app = app_of(Store::model(clock.clone()), clock, &[two_an_hour]).await;
    let visit = async |path: &str| app.ask(Method::GET, path, None, None).await.status;
    assert_eq!(visit("/robots.txt").await, StatusCode::OK);
    assert_eq!(visit("/v1/showcase/booths").await, StatusCode::OK);
    for path in ["/booths/0000000000001", "/exhibits/0000000000001", "/sitemap.xml", "/robots.txt"] {
        assert_eq!(visit(path).await, StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
}
