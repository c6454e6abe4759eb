use std::collections::BTreeSet;

use super::*;
use crate::records::description::rules;

/// Every `$ref` below a value.
pub(in crate::describe) fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Paths that say nothing yet. None is to stay here.
const UNDESCRIBED: &[&str] = &[];

#[test]
fn every_route_says_what_it_takes_and_gives() {
    let silent = |rules: &Rules| {
        let says_nothing = rules.doc.as_ref().is_none_or(|doc| doc.summary.is_empty() || doc.gives.is_empty());
        says_nothing && !UNDESCRIBED.contains(&rules.path)
    };
    let silent: Vec<_> =
        rules().into_iter().filter(silent).map(|rules| format!("{} {}", rules.method, rules.path)).collect();
    assert!(
        silent.is_empty(),
        "behind the handler belongs `, says(\"...\").takes::<T>().gives::<T>(200)`, or here a name in UNDESCRIBED: {silent:#?}"
    );
}

#[test]
fn names_and_references_are_whole() {
    let rules = rules();
    assert_eq!(named(&rules).clashes, Vec::<String>::new());
    let document = document(&rules);
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    let lost: Vec<_> = found.iter().filter(|name| document.pointer(name.trim_start_matches('#')).is_none()).collect();
    assert!(lost.is_empty() && found.len() > 10, "{lost:?}");
    let ids: Vec<_> = rules.iter().map(operation_id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
}

#[test]
fn a_row_becomes_its_operation() {
    let document = document(&rules());
    let change = &document["paths"]["/v1/enterprises/{id}/users/{uid}"]["patch"];
    assert_eq!(change["x-right"], "administrator");
    let parameters: Vec<_> =
        change["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(parameters, ["id", "uid", "If-Match"]);
    let statuses: Vec<_> = change["responses"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["200", "400", "401", "403", "404", "408", "412", "413", "422", "429", "500", "503", "504", "507"];
    assert_eq!(statuses, expected);
    assert!(change["responses"]["200"]["headers"]["ETag"].is_object());
    assert_eq!(document["paths"]["/v1/sessions"]["post"]["security"], json!([{}, {"bearer": []}]));
    assert_eq!(document["components"]["schemas"]["DocumentReveal"]["additionalProperties"], false);
    let password = &document["components"]["schemas"]["SignIn"]["properties"]["password"];
    assert_eq!((&password["writeOnly"], &password["format"]), (&json!(true), &json!("password")));
    let read = &document["paths"]["/v1/negotiations/{id}/read"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(read["required"], json!(["seq"]), "the path says which conversation");
    let makes = &document["paths"]["/v1/booths"]["post"]["responses"];
    assert_eq!(makes["200"]["content"], makes["201"]["content"], "what a repeated key is answered");
}

#[test]
fn links_lead_to_operations_with_parameters_that_they_have() {
    let rules = rules();
    let known = |id: &str| rules.iter().find(|rules| operation_id(rules) == id);
    let mut links = 0;
    for (id, link) in rules.iter().filter_map(|rules| rules.doc.as_ref()).flat_map(|doc| &doc.leads) {
        let target = known(id).unwrap_or_else(|| panic!("no operation {id}"));
        for name in link["parameters"].as_object().into_iter().flat_map(Map::keys) {
            assert!(target.path.contains(&format!("{{{name}}}")), "{id} has no {name}");
        }
        links += 1;
    }
    assert!(links > 10, "{links}");
}

/// Everything below a tag, with the schemas that it refers to.
fn agreed(document: &Value, wanted: &str) -> Value {
    let paths = document["paths"].as_object().unwrap().iter();
    let paths: Map<_, _> = paths.filter(|(path, _)| tag(path) == wanted).map(|(k, v)| (k.clone(), v.clone())).collect();
    let (mut found, mut before) = (BTreeSet::new(), 0);
    references(&json!(paths), &mut found);
    while found.len() > before {
        before = found.len();
        for name in found.clone() {
            references(document.pointer(name.trim_start_matches('#')).unwrap(), &mut found);
        }
    }
    let schemas = found.into_iter().map(|name| {
        let schema = document.pointer(name.trim_start_matches('#')).unwrap().clone();
        (name.rsplit('/').next().unwrap().to_owned(), schema)
    });
    json!({"paths": paths, "schemas": schemas.collect::<Map<_, _>>()})
}

/// What clients were told changes on purpose only: `INSTA_UPDATE=always cargo test -p hub --lib describe` writes it anew.
#[test]
fn the_description_is_what_was_agreed() {
    let rules = rules();
    let document = document(&rules);
    for tag in rules.iter().map(|rules| tag(rules.path)).collect::<BTreeSet<_>>() {
        let agreed = serde_json::to_string_pretty(&agreed(&document, tag)).unwrap();
        insta::assert_snapshot!(format!("openapi_{tag}"), agreed);
    }
}
