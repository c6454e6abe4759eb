//! Nothing personal can be read where it is kept or told to others: planted numbers, names and passwords are looked for in
//! every file of the database, before and after a checkpoint, in the log at its finest, in an export, in the record of deeds,
//! in notices and in what the hub says of itself.
//!
//! Public by SPEC, and so not looked for: an enterprise's name, identifier, address and business; display names and usernames
//! (L388); an institution's invitation code, which is the number of its record (and stands wherever that is named).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::applications::{ALL, sample};
use crate::harness::http::{Answer, ask, sent};
use crate::photo::portrait;
use crate::process::{Serving, Site};
use crate::uploads::send;

const DOCUMENT: &str = "11010519491231002X";
const REAL_NAME: &str = "司马植入";
const SUB_USER_MOBILE: &str = "13912345678";
const SUB_USER_MAIL: &str = "sima.zhiru@example.org";
const MOBILE: &str = "13912340001";
const MAIL: &str = "Planted.Visitor@example.org";
const PASSWORD: &str = "Plant3dSecret";
const NEW_PASSWORD: &str = "An0therSecret";
const CHOSEN: &str = "Ch0senForThem";
const CONTACT_NAME: &str = "欧阳联系";
const CONTACT_PHONE: &str = "13912340002";
const CONTACT_MAIL: &str = "ouyang.lianxi@example.org";
const CONTACT_INFO: &str = "前台转欧阳 010-87654321";
const OFFICE_MOBILE: &str = "13912340003";
const PERMIT: &str = "H76543219";

/// Something that must not be found, and what it is.
struct Secret(&'static str, String);

impl Secret {
    /// As it stands, as JSON may write it, and as an address has it.
    fn forms(&self) -> Vec<String> {
        let escaped: Vec<String> = self
            .1
            .chars()
            .map(|c| {
                let mut units = [0; 2];
                let units = c.encode_utf16(&mut units).iter();
                if c.is_ascii() { c.to_string() } else { units.map(|unit| format!("\\u{unit:04x}")).collect() }
            })
            .collect();
        let encoded: String = self.1.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut forms = vec![self.1.clone(), self.1.to_lowercase(), encoded, escaped.concat()];
        forms.sort();
        forms.dedup();
        forms
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        self.forms().iter().any(|form| {
            let mut windows = bytes.windows(form.len()).enumerate();
            windows.any(|(at, window)| window == form.as_bytes() && self.stands_alone(bytes, at, form.len()))
        })
    }

    /// Six digits are part of many a number; a code is one by itself.
    fn stands_alone(&self, bytes: &[u8], at: usize, length: usize) -> bool {
        let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'.');
        let is_code = self.1.len() == 6;
        !is_code || !is_part(at.checked_sub(1).and_then(|at| bytes.get(at))) && !is_part(bytes.get(at + length))
    }
}

/// Every file below a folder, the folder's own first.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let (folders, mut all): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
    all.extend(folders.iter().flat_map(|folder| files(folder)));
    all
}

fn look_through(secrets: &[Secret], what: &str, bytes: &[u8]) {
    for secret in secrets {
        assert!(!secret.is_in(bytes), "{what} has {}: {}", secret.0, secret.1);
    }
}

/// The names of the files that were looked through.
fn look_through_files(secrets: &[Secret], site: &Site, when: &str) -> Vec<String> {
    let mut names = Vec::new();
    for path in files(site.data()) {
        look_through(secrets, &format!("{when}, {}", path.display()), &fs::read(&path).unwrap());
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names
}

struct Fair {
    site: Site,
    serving: Serving,
    secrets: Vec<Secret>,
}

impl Fair {
    async fn ask(&self, request: &str, token: Option<&str>, body: Value) -> Answer {
        let body = Some(body).filter(|body| !body.is_null());
        ask(self.serving.address, request, token, "accept-language: zh-CN\r\n", body.as_ref()).await
    }

    /// The same, which must be answered well.
    async fn done(&self, request: &str, token: Option<&str>, body: Value) -> Value {
        let answer = self.ask(request, token, body).await;
        assert!(answer.status < 300, "{request}: {} {}", answer.status, answer.text);
        if answer.text.is_empty() { Value::Null } else { answer.body() }
    }

    async fn sign_in(&self, identifier: Option<&str>, username: &str, password: &str) -> Value {
        let mut login = json!({"username": username, "password": password});
        if let Some(identifier) = identifier {
            login["identifier"] = json!(identifier);
        }
        self.done("POST /v1/sessions", None, login).await
    }

    fn plant(&mut self, what: &'static str, text: &str) -> String {
        self.secrets.push(Secret(what, text.to_owned()));
        text.to_owned()
    }

    /// A parameter of a message as the demo shows it: a secret, too.
    async fn sent(&mut self, to: &str, template: &str, param: &'static str) -> String {
        let text = sent(self.serving.address, to, template, param).await;
        self.plant(param, &text)
    }

    async fn code(&mut self, channel: &str, to: &str, shown: &str) -> String {
        self.done("POST /v1/registrations/codes", None, json!({"channel": channel, "to": to})).await;
        self.sent(shown, "registration_code", "code").await
    }
}

fn token(session: &Value) -> &str {
    session["access_token"].as_str().unwrap()
}

/// An enterprise and a visitor register, and one of them forgets the password. The enterprise's session.
async fn registrations(fair: &mut Fair) -> Value {
    let code = fair.code("sms", MOBILE, &format!("+86{MOBILE}")).await;
    let enterprise = json!({
        "username": "wang_li", "password": PASSWORD, "mobile": MOBILE, "code": code, "agreement": true, "name": "丽丽",
        "identifier": "hebei-ylt", "enterprise_name": "河北云旅通科技有限公司", "entry": "exhibitor",
        "place": "mainland.110105", "address": "朝阳区1号", "industry": "transport.sea-freight",
        "interests": ["general-transport-sea-freight"], "contact_info": CONTACT_INFO,
    });
    let mut wrong = enterprise.clone();
    wrong["place"] = json!("nowhere");
    wrong["email"] = json!(MAIL);
    assert_eq!(fair.ask("POST /v1/registrations/enterprise", None, wrong).await.status, 422);
    fair.done("POST /v1/registrations/enterprise", None, enterprise).await;
    let code = fair.code("email", MAIL, MAIL).await;
    let visitor = json!({"username": "guanzhong", "password": PASSWORD, "email": MAIL, "code": code, "agreement": true,
        "name": "观众"});
    fair.done("POST /v1/registrations/individual", None, visitor).await;
    fair.done("POST /v1/password-resets", None, json!({"username": "guanzhong"})).await;
    let code = fair.sent(MAIL, "recovery_code", "code").await;
    let confirm = json!({"username": "guanzhong", "code": code, "password": NEW_PASSWORD});
    fair.done("POST /v1/password-resets/confirm", None, confirm).await;
    fair.sign_in(None, "guanzhong", NEW_PASSWORD).await;
    let wrong = json!({"identifier": "hebei-ylt", "username": "wang_li", "password": NEW_PASSWORD});
    assert_eq!(fair.ask("POST /v1/sessions", None, wrong).await.status, 401);
    fair.sign_in(Some("hebei-ylt"), "wang_li", PASSWORD).await
}

/// It applies with the code of an institution that the committee makes.
async fn application(fair: &mut Fair, enterprise: &Value, committee: &Value) -> Value {
    let made = json!({
        "identifier": "culture-2", "name": "文化服务二处", "role": "organiser", "username": "reviewer",
        "mobile": OFFICE_MOBILE,
    });
    let made = fair.done("POST /v1/institutions", Some(token(committee)), made).await;
    let password = fair.plant("a password that was made", made["password"].as_str().unwrap());
    let reviewer = fair.sign_in(Some("culture-2"), "reviewer", &password).await;
    let codes = format!("POST /v1/institutions/{}/invitation-codes", made["id"].as_str().unwrap());
    let issued = fair.done(&codes, Some(token(&reviewer)), json!({"count": 1})).await;
    let mut sent = sample(issued["items"][0]["code"].as_str().unwrap());
    sent["contact_name"] = json!(CONTACT_NAME);
    sent["contact_phone"] = json!(CONTACT_PHONE);
    sent["contact_email"] = json!(CONTACT_MAIL);
    let request = format!("POST {ALL}");
    let mut wrong = sent.clone();
    wrong["purposes"] = json!([]);
    assert_eq!(fair.ask(&request, Some(token(enterprise)), wrong).await.status, 422);
    let made = fair.done(&request, Some(token(enterprise)), sent).await;
    for (step, version, body) in [("start", 1, Value::Null), ("reject", 2, json!({"reason": "营业执照不清晰"}))]
    {
        let request = format!("POST {ALL}/{}/review/{step}", made["id"].as_str().unwrap());
        let if_match = format!("if-match: \"{version}\"\r\n");
        let body = Some(body).filter(|body| !body.is_null());
        let answer = ask(fair.serving.address, &request, Some(token(&reviewer)), &if_match, body.as_ref()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    reviewer
}

/// People of the enterprise: with a photo, a password that was made, one that was chosen, and one that was sent.
async fn people(fair: &mut Fair, enterprise: &Value) {
    let users = format!("/v1/enterprises/{}/users", enterprise["user"]["enterprise"]["id"].as_str().unwrap());
    let own = Some(token(enterprise));
    let encoded: String = REAL_NAME.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let upload = format!("POST /v1/uploads?use=id_photo&name={encoded}.jpg");
    let photo = send(fair.serving.address, &upload, own, "", &portrait()).await.json();
    let wang = json!({
        "username": "wang-1", "name": "王经理", "nationality": "mainland", "real_name": REAL_NAME, "gender": "male",
        "document_type": "resident_id", "document_number": DOCUMENT, "birthday": "1949-12-31",
        "mobile": SUB_USER_MOBILE, "email": SUB_USER_MAIL, "duty": "consultant", "position": "junior",
        "photo": photo["id"],
    });
    let mut wrong = wang.clone();
    wrong["gender"] = json!(7);
    assert_eq!(fair.ask(&format!("POST {users}"), own, wrong).await.status, 422);
    let made = fair.done(&format!("POST {users}"), own, wang.clone()).await;
    fair.plant("a password that was made", made["password"].as_str().unwrap());
    let mut other = wang.clone();
    for (field, value) in [
        ("username", "li-2"),
        ("nationality", "hk-mo-tw.HK"),
        ("document_type", "home_permit"),
        ("document_number", PERMIT),
        ("password", CHOSEN),
    ] {
        other[field] = json!(value);
    }
    other.as_object_mut().unwrap().remove("photo");
    fair.done(&format!("POST {users}"), own, other).await;
    let one = format!("{users}/{}", made["id"].as_str().unwrap());
    let why = json!({"reason": format!("核对 {REAL_NAME}")});
    let shown = fair.done(&format!("POST {one}/document/reveal"), own, why).await;
    assert_eq!(shown["document_number"], DOCUMENT);
    fair.done(&format!("POST {one}/password-reset"), own, json!({})).await;
    fair.sent(&format!("+86{SUB_USER_MOBILE}"), "password_reset", "password").await;
    let taken = fair.ask(&format!("POST {users}"), own, wang).await;
    assert_eq!(taken.status, 409);
}

#[tokio::test]
async fn planted_numbers_and_names_are_in_no_file_log_or_export() {
    let site = Site::with(&["--demo".into(), "--demo-history=false".into()]);
    let serving = site.serve();
    let mut fair = Fair { site, serving, secrets: Vec::new() };
    for (what, text) in [
        ("a document", DOCUMENT),
        ("a permit", PERMIT),
        ("a real name", REAL_NAME),
        ("a person's mobile", SUB_USER_MOBILE),
        ("a person's mailbox", SUB_USER_MAIL),
        ("a registration's mobile", MOBILE),
        ("a registration's mailbox", MAIL),
        ("a password", PASSWORD),
        ("a new password", NEW_PASSWORD),
        ("a chosen password", CHOSEN),
        ("a contact's name", CONTACT_NAME),
        ("a contact's phone", CONTACT_PHONE),
        ("a contact's mailbox", CONTACT_MAIL),
        ("contact information", CONTACT_INFO),
        ("an institution's mobile", OFFICE_MOBILE),
    ] {
        fair.plant(what, text);
    }
    let committee = fair.sign_in(Some("committee"), "admin", "fairhub2026").await;
    let enterprise = registrations(&mut fair).await;
    let reviewer = application(&mut fair, &enterprise, &committee).await;
    people(&mut fair, &enterprise).await;
    assert!(fair.secrets.len() > 18, "the codes and passwords that were made, too");

    told_to_nobody(&fair, &[&committee, &enterprise, &reviewer]).await;
    let export = fair.site.data().join("export.jsonl");
    fair.site.admin(&["export", export.to_str().unwrap()], "");
    look_through(&fair.secrets, "the log", fair.serving.log().as_bytes());
    let names = look_through_files(&fair.secrets, &fair.site, "beside the hub");
    for needed in ["fairhub.sqlite", "fairhub.sqlite-wal", "export.jsonl"] {
        assert!(names.iter().any(|name| name == needed), "{needed} was looked through: {names:?}");
    }
    let Fair { site, serving, secrets } = fair;
    serving.kill();
    let database = rusqlite::Connection::open(site.data().join("fairhub.sqlite")).unwrap();
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(())).unwrap();
    drop(database);
    look_through_files(&secrets, &site, "after a checkpoint");
    finds_what_is_there(&secrets);
}

/// What others, and the people themselves, are told of deeds, notices and messages, and what the hub says of itself.
async fn told_to_nobody(fair: &Fair, sessions: &[&Value; 3]) {
    let committee = token(sessions[0]);
    let deeds = fair.done("GET /v1/audit?limit=100", Some(committee), Value::Null).await;
    assert!(deeds["items"].as_array().unwrap().len() >= 4, "{deeds}");
    for deed in deeds["items"].as_array().unwrap() {
        let mut told = deed.clone();
        if deed["action"] == "document.reveal" {
            // The reason is told as it was given, to the committee alone.
            assert!(told.as_object_mut().unwrap().remove("note").unwrap().as_str().unwrap().contains(REAL_NAME));
        }
        look_through(&fair.secrets, "the record of deeds", told.to_string().as_bytes());
    }
    for (request, token) in [
        ("GET /v1/messages?limit=100", committee),
        ("GET /v1/notifications", committee),
        ("GET /v1/notifications", token(sessions[1])),
        ("GET /v1/notifications", token(sessions[2])),
        ("GET /v1/openapi.json", committee),
        ("GET /v1/asyncapi.json", committee),
        ("GET /v1/flows", committee),
    ] {
        let told = fair.ask(request, Some(token), Value::Null).await;
        assert_eq!(told.status, 200, "{request}");
        look_through(&fair.secrets, request, told.text.as_bytes());
    }
}

fn finds_what_is_there(secrets: &[Secret]) {
    for secret in secrets {
        for form in secret.forms() {
            assert!(secret.is_in(format!("\0{form}\"").as_bytes()), "{form}");
        }
    }
    let code = Secret("a code", "123456".to_owned());
    assert!(!code.is_in(b"0.123456Z") && !code.is_in(b"91234567") && code.is_in(b"code=123456,"));
}
