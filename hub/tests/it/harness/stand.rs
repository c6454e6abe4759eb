//! What an exhibitor builds: its files, and the forms of a booth and an exhibit filled with the guide's sample values
//! (SPEC 9 and 10). Speaks to any hub, in this process or another.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::http::{Answer, ask};
use crate::uploads::{png, send};

/// Uploads a picture; its id.
pub(crate) async fn picture(address: SocketAddr, token: &str, used_for: &str) -> String {
    let got = send(address, &format!("POST /v1/uploads?use={used_for}"), Some(token), "", &png()).await;
    assert_eq!(got.status, 201, "{}", String::from_utf8_lossy(&got.body));
    got.json()["id"].as_str().unwrap().to_owned()
}

/// A booth that may be handed in, with pictures of its own.
pub(crate) async fn booth(address: SocketAddr, token: &str) -> Value {
    json!({
        "name": "云旅通展台", "logo": picture(address, token, "logo").await, "introduction": "教育服务的云展台",
        "business": "教育服务", "pictures": [picture(address, token, "picture").await, picture(address, token, "picture").await],
        "tags": ["教育", "Education"], "zone": "twelve-domains", "offline_number": "国家会议中心E2-2",
        "categories": ["education.other-education"], "contact_name": "张三", "phone": "400-610-8800",
        "email": "zhangsan@example.com", "region": "mainland.110105", "address": "朝阳区1号",
    })
}

/// What a booth is handed in with.
pub(crate) fn rules() -> Value {
    json!({"accept_rules": true})
}

/// An exhibit of that booth that may be handed in, likewise.
pub(crate) async fn exhibit(address: SocketAddr, token: &str, booth: &Value) -> Value {
    let illustration = picture(address, token, "illustration").await;
    json!({
        "booth": booth, "name": "教育机器人", "category": "education.other-education", "origin": "mainland.110105",
        "brand": "云旅通", "market_price_fen": 1_288_000, "wholesale_price_fen": 900_000, "summary": "陪伴学习的机器人",
        "pictures": [picture(address, token, "picture").await],
        "detail_html": format!("<h3>详情</h3><img src=\"/v1/uploads/{illustration}/content\">"),
    })
}

/// A step of a record, of the version that is named.
pub(crate) async fn step(
    address: SocketAddr,
    token: &str,
    (request, version): (&str, i64),
    body: Option<&Value>,
) -> Answer {
    ask(address, request, Some(token), &format!("if-match: \"{version}\"\r\n"), body).await
}

/// The same, which must be taken; the record as it is then.
pub(crate) async fn taken(
    address: SocketAddr,
    token: &str,
    (request, version): (&str, i64),
    body: Option<&Value>,
) -> Value {
    let answer = step(address, token, (request, version), body).await;
    assert_eq!(answer.status, 200, "{request} of {version}: {}", answer.text);
    answer.body()
}
