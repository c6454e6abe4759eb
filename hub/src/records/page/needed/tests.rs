use super::*;

#[test]
fn names_lead_from_where_they_stand() {
    assert_eq!(beside("places/booth.js", "../show/acts.js").as_deref(), Some("show/acts.js"));
    assert_eq!(beside("main.js", "./ui/dom.js").as_deref(), Some("ui/dom.js"));
    assert_eq!(beside("main.js", "../outside.js"), None);
}

#[test]
fn only_what_is_imported_at_once_counts() {
    let script = "import { h } from './dom.js';\nimport {\n  a,\n} from '../b.js';\n// x from './no.js';\nexport { c } from './c.js';\n\
                  const later = () => import('./later.js');\n/** @param {import('./type.js').T} t */\n";
    assert_eq!(imports(script).collect::<Vec<_>>(), ["./dom.js", "../b.js", "./c.js"]);
}

#[test]
fn a_document_names_each_module_that_its_place_needs_once_and_none_that_is_missing() {
    for place in super::super::PLACES {
        let document = document(place).unwrap();
        let text = std::str::from_utf8(&document.plain).unwrap();
        let links: Vec<_> =
            text.split("rel=\"modulepreload\" href=\"/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(links.iter().collect::<BTreeSet<_>>().len(), links.len(), "{place}");
        assert!(links.contains(&format!("places/{place}.js").as_str()), "{place}: {links:?}");
        assert!(links.contains(&"ui/dom.js"), "{place}");
        assert!(links.iter().all(|name| Files::get(name).is_some()), "{place}: {links:?}");
        assert!(!links.contains(&"main.js") && text.contains("<script type=\"module\" src=\"/main.js\">"), "{place}");
        assert!(document.small.as_ref().unwrap().len() < document.plain.len(), "{place}");
    }
    let of = |place: &str| document(place).unwrap().plain.clone();
    let names = |place: &str, module: &str| String::from_utf8(of(place).to_vec()).unwrap().contains(module);
    assert!(names("chat", "/ui/composer.js") && !names("exhibit", "/ui/composer.js"), "a visitor loads no chat");
}
