//! OpenAPI 3.1 of the routes' rows: paths, rights, limits, and every refusal that a row's own words imply.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::doc::{Doc, Gives, Rules, Takes};
use crate::code::{self, Code};
use crate::limits::Class;
use crate::policy::Right;
use crate::schema::{ID, Named, reference, set};

const PROBLEM: &str = "Problem";

/// The document of these rows; a row without a description has its path and its right only.
#[must_use]
pub fn document(rows: &[Rules]) -> Value {
    let named = named(rows);
    let mut paths: Map<String, Value> = Map::new();
    for rules in rows {
        let item = paths.entry(rules.path).or_insert_with(|| json!({}));
        set(item, &rules.method.as_str().to_ascii_lowercase(), operation(rules));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Fairhub",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "REST of the digital trade fair. The socket is described in /v1/asyncapi.json.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": named.schemas,
        },
    })
}

/// Every schema that a row names, and the problem that all of them may answer.
#[must_use]
pub fn named(rows: &[Rules]) -> Named {
    let mut named = Named::default();
    named.add(PROBLEM, problem());
    for doc in rows.iter().filter_map(|rules| rules.doc.as_ref()) {
        named.join(&doc.named);
    }
    named
}

/// RFC 9457, with our members. Others may come with a code of their own.
fn problem() -> Value {
    let codes: Vec<_> = code::TABLE.iter().filter(|code| code.http().is_some()).map(|code| code.text()).collect();
    json!({"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "/problems/<code>"},
        "title": {"type": "string", "enum": codes},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "retry_after_ms": {"type": "integer", "minimum": 0},
        "fields": {"type": "array", "items": {"type": "object", "required": ["at", "code"], "properties": {
            "at": {"type": "string", "description": "a JSON pointer into the body"},
            "code": {"type": "string", "description": "which rule"},
        }}},
    }})
}

fn operation(rules: &Rules) -> Value {
    let nothing = Doc::default();
    let doc = rules.doc.as_ref().unwrap_or(&nothing);
    let mut operation = json!({
        "operationId": operation_id(rules),
        "tags": [tag(rules.path)],
        "summary": doc.summary,
        "parameters": parameters(rules, doc),
        "responses": responses(rules, doc),
        "security": security(rules.right),
        "x-right": format!("{:?}", rules.right).to_lowercase(),
        "x-class": format!("{:?}", rules.class).to_lowercase(),
    });
    if let Some(body) = request_body(&doc.takes) {
        set(&mut operation, "requestBody", body);
    }
    operation
}

/// `post_sessions_refresh` of `POST /v1/sessions/refresh`.
fn operation_id(rules: &Rules) -> String {
    let words = rules.path.split(['/', '.', '-']).filter(|word| !word.is_empty() && *word != "v1");
    let words: Vec<_> = words.map(|word| word.trim_matches(['{', '}'])).collect();
    format!("{}_{}", rules.method.as_str().to_ascii_lowercase(), words.join("_"))
}

/// The kind of record that a path begins with.
fn tag(path: &str) -> &str {
    path.split('/').nth(2).unwrap_or_default()
}

/// Whoever may do it as a guest may do it with a token too, and a wrong token is refused there as well.
fn security(right: Right) -> Value {
    if right == Right::Anyone { json!([{}, {"bearer": []}]) } else { json!([{"bearer": []}]) }
}

fn parameters(rules: &Rules, doc: &Doc) -> Vec<Value> {
    let path = rules.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<_> = path.map(path_parameter).collect();
    parameters.extend(doc.query.iter().cloned());
    if doc.is_tagged && rules.method == Method::GET {
        parameters.push(header("If-None-Match", false, "a tag that is held already: then 304"));
    }
    if let Some(required) = doc.if_match {
        parameters.push(header("If-Match", required, "the tag of what the change is meant for"));
    }
    if doc.is_once {
        parameters.push(json!({"name": "Idempotency-Key", "in": "header", "required": false,
            "description": "the same request with the same key is done once",
            "schema": {"type": "string", "pattern": "^[!-~]{1,64}$"}}));
    }
    parameters
}

fn path_parameter(name: &str) -> Value {
    let schema = if name == "id" || name == "uid" {
        json!({"type": "string", "pattern": ID})
    } else {
        json!({"type": "string"})
    };
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}

fn header(name: &str, required: bool, description: &str) -> Value {
    json!({"name": name, "in": "header", "required": required, "description": description, "schema": {"type": "string"}})
}

fn request_body(takes: &Takes) -> Option<Value> {
    let json =
        |schema: &Value, required| json!({"required": required, "content": {"application/json": {"schema": schema}}});
    match takes {
        Takes::Nothing => None,
        Takes::Json(schema) => Some(json(schema, true)),
        Takes::MaybeJson(schema) => Some(json(schema, false)),
        Takes::Bytes(media) => Some(json!({"required": true, "content": {(*media): {}}})),
    }
}

fn responses(rules: &Rules, doc: &Doc) -> Value {
    let mut responses: BTreeMap<String, Value> = BTreeMap::new();
    for (status, gives) in &doc.gives {
        responses.insert(status.to_string(), response(doc, gives));
    }
    // Asked again with its key, what was made is answered as what is there.
    if let Some(made) = doc.gives.get(&201).filter(|_| doc.is_once) {
        responses.entry("200".to_owned()).or_insert_with(|| response(doc, made));
    }
    if doc.is_tagged && rules.method == Method::GET {
        responses.insert("304".to_owned(), json!({"description": "held already"}));
    }
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in refusals(rules, doc) {
        let codes = by_status.entry(code.http().unwrap_or(500)).or_default();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    for (status, codes) in by_status {
        responses.insert(status.to_string(), refusal(&codes));
    }
    json!(responses)
}

fn response(doc: &Doc, gives: &Gives) -> Value {
    let mut headers = Map::new();
    if doc.is_tagged {
        headers.insert("ETag".to_owned(), json!({"schema": {"type": "string"}, "required": true}));
    }
    if doc.is_paged {
        let next =
            json!({"schema": {"type": "string"}, "description": "`rel=\"next\"`: the next page, where there is one"});
        headers.insert("Link".to_owned(), next);
    }
    let mut response = json!({"description": "done", "headers": headers});
    if !doc.leads.is_empty() {
        let links: Map<_, _> = doc.leads.iter().map(|(name, link)| ((*name).to_owned(), link.clone())).collect();
        set(&mut response, "links", links.into());
    }
    match gives {
        Gives::Nothing => {}
        Gives::Json(schema) => set(&mut response, "content", json!({"application/json": {"schema": schema}})),
        Gives::Bytes(media) => set(&mut response, "content", json!({(*media): {}})),
    }
    response
}

fn refusal(codes: &[Code]) -> Value {
    let texts: Vec<_> = codes.iter().map(|code| format!("`{}`", code.text())).collect();
    json!({"description": texts.join(", "), "content": {"application/problem+json": {"schema": reference(PROBLEM)}}})
}

/// Which codes it answers: what its row and its description imply, and what it says itself.
fn refusals(rules: &Rules, doc: &Doc) -> Vec<Code> {
    let mut codes = vec![
        Code::Unauthenticated,
        Code::TokenExpired,
        Code::SessionRevoked,
        Code::RequestTimeout,
        Code::RateLimited,
        Code::Internal,
        Code::GoingAway,
        Code::Overloaded,
        Code::Unavailable,
    ];
    let mut when = |holds: bool, added: &[Code]| codes.extend(added.iter().filter(|_| holds));
    let reads = matches!(doc.takes, Takes::Json(_) | Takes::MaybeJson(_));
    when(reads || !doc.query.is_empty(), &[Code::BadRequest]);
    when(doc.takes != Takes::Nothing, &[Code::TooLarge]);
    when(doc.takes != Takes::Nothing || !doc.query.is_empty(), &[Code::Invalid]);
    when(!matches!(rules.right, Right::Anyone | Right::Account), &[Code::Forbidden]);
    when(rules.path.contains('{'), &[Code::NotFound]);
    when(rules.class != Class::Read, &[Code::OutcomeUnknown, Code::StorageFull]);
    when(doc.if_match.is_some(), &[Code::Stale]);
    when(doc.if_match == Some(true), &[Code::PreconditionRequired]);
    when(doc.is_once, &[Code::Invalid, Code::Conflict]);
    codes.extend_from_slice(&doc.refuses);
    codes
}

#[cfg(test)]
pub(in crate::describe) mod tests;
