//! The files that are built in say what SPEC names; wrong ones are refused in one line that says where.

use std::collections::BTreeMap;
use std::fs;

use storage::ids::Millis;

use super::{CALENDARS, FairData, Search, TAXONOMIES};

fn labels(data: &FairData, taxonomy: &str, parent: &str) -> Vec<String> {
    let search = Search { parent: Some(parent), limit: 1_000, ..Search::default() };
    let found = data.taxonomy(taxonomy).unwrap().find(search);
    found.items.into_iter().map(|item| item.label.zh.clone()).collect()
}

fn search(data: &FairData, taxonomy: &str, text: &str) -> Vec<String> {
    let found = data.taxonomy(taxonomy).unwrap().find(Search { text: Some(text), limit: 100, ..Search::default() });
    found.items.into_iter().map(|item| item.code.clone()).collect()
}

/// The answer for one file with this text in place of the one that is built in.
fn refusal(file: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(file), text).unwrap();
    FairData::load(folder.path()).unwrap_err().to_string()
}

#[test]
fn industries_are_the_twelve_domains_with_what_the_guide_shows() {
    let data = FairData::built_in();
    let domains = labels(&data, "industry", "");
    assert_eq!(domains.len(), 12);
    for named in [
        "运输",
        "旅行",
        "建筑",
        "保险服务",
        "金融服务",
        "电信、计算机和信息服务",
        "知识产权使用费",
        "个人、文化和娱乐服务",
    ] {
        assert!(domains.iter().any(|domain| domain == named), "{named}");
    }
    let transport = labels(&data, "industry", "transport");
    let shown =
        ["海运(货运)", "海运(客运)", "海运(其他)", "空运(货运)", "空运(客运)", "空运(其他)", "其他运输方式(货运)"];
    assert_eq!(transport.iter().take(7).collect::<Vec<_>>(), shown.iter().collect::<Vec<_>>());
    assert!(!search(&data, "industry", "复制或分销计算机软件许可费").is_empty());
    assert!(!search(&data, "industry", "遗产和娱乐服务").is_empty());
}

#[test]
fn zones_are_four_and_eight() {
    let data = FairData::built_in();
    let open = ["中国服务贸易成果专区", "公共卫生防疫专区", "国别和省区市专区", "服务贸易十二大领域企业专区"];
    assert_eq!(labels(&data, "zone", "")[..4], open);
    let special = ["文化服务", "金融服务", "冬季运动", "旅游服务", "教育服务", "体育服务", "服务机器人", "5G通信服务"];
    assert_eq!(labels(&data, "zone", "special"), special);
    let choices = data.taxonomy("zone").unwrap().items().iter().filter(|item| !item.is_group).count();
    assert_eq!(choices, 12);
}

#[test]
fn interests_have_the_three_levels_of_the_guide() {
    let data = FairData::built_in();
    let travel = ["境外务工", "旅游", "留学", "就医", "其他"];
    assert_eq!(labels(&data, "interest", "general-travel"), travel);
    let olympic = data.taxonomy("interest").unwrap().path("winter-olympics-themes");
    let path: Vec<_> = olympic.iter().map(|item| item.label.zh.as_str()).collect();
    assert_eq!(path, ["冬季运动", "冬奥主题及国际组织", "冬奥及奥运主题"]);
    assert!(data.contains("interest", "winter-olympics-organisations"));
    let deepest = |item: &super::Item| data.taxonomy("interest").unwrap().path(&item.code).len();
    assert!(data.taxonomy("interest").unwrap().items().iter().all(|item| item.is_group == (deepest(item) < 3)));
    let education = ["初级教育服务", "中等教育服务", "高等教育服务"];
    assert_eq!(labels(&data, "exhibit-category", "education")[..3], education);
}

#[test]
fn regions_reach_from_the_three_groups_to_cities() {
    let data = FairData::built_in();
    assert_eq!(labels(&data, "region", ""), ["境内", "港澳台", "境外"]);
    assert_eq!(labels(&data, "region", "mainland").len(), 31);
    assert_eq!(labels(&data, "region", "mainland.130000").len(), 11, "Hebei");
    for code in ["mainland.130100", "overseas.DE", "hk-mo-tw.HK-KLN"] {
        assert!(data.contains("region", code), "{code}");
    }
    assert!(!data.contains("region", "mainland.130000"), "a province only groups its cities");
    assert!(!data.contains("region", "overseas.CN") && !data.contains("region", ""));
    assert_eq!(search(&data, "region", "石家庄"), ["mainland.130100"]);
    assert_eq!(search(&data, "region", "ürümqi"), search(&data, "region", "urumqi"));
    assert_eq!(labels(&data, "region", "overseas").len(), 245);
}

#[test]
fn what_lies_in_a_group_says_so_in_its_code() {
    let data = FairData::built_in();
    for name in ["region", "nationality", "industry"] {
        let taxonomy = data.taxonomy(name).unwrap();
        for item in taxonomy.items() {
            let group = &taxonomy.path(&item.code)[0].code;
            assert!(item.code == *group || item.code.starts_with(&format!("{group}.")), "{name}: {}", item.code);
        }
    }
    assert!(data.contains("nationality", "mainland") && data.contains("nationality", "hk-mo-tw.TW"));
}

#[test]
fn five_hundred_names_are_found_by_either_language() {
    let data = FairData::built_in();
    assert_eq!(data.taxonomy("fortune500").unwrap().items().len(), 500);
    for text in ["沃尔玛", "walmart", " WALMART ", "ｗａｌｍａｒｔ"] {
        assert_eq!(search(&data, "fortune500", text), ["g500-2020-001"], "{text}");
    }
    assert_eq!(search(&data, "fortune500", "nestle"), search(&data, "fortune500", "雀巢"));
    let found = data.taxonomy("fortune500").unwrap().find(Search { text: Some("集团"), limit: 10, parent: None });
    assert!(found.items.len() == 10 && found.total > 100);
    assert!(search(&data, "fortune500", &"a".repeat(300)).is_empty());
}

#[test]
fn an_operators_files_stand_in_for_those_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let zone = r#"{"name":"zone","source":"ours","items":[{"code":"one","zh-CN":"一区","en":"Zone one"}]}"#;
    fs::write(folder.path().join("zone.json"), zone).unwrap();
    let (_, demo) = CALENDARS[1];
    fs::write(folder.path().join("event-2027.json"), demo.replace("\"demo\"", "\"2027\"")).unwrap();
    fs::write(folder.path().join("README.md"), "not ours to read").unwrap();
    let data = FairData::load(folder.path()).unwrap();
    assert!(data.contains("zone", "one") && !data.contains("zone", "achievements"));
    assert!(data.contains("industry", "transport.sea-freight"), "the others stay");
    assert_eq!(data.calendars().collect::<Vec<_>>(), ["2020", "2027", "demo"]);
    assert!(data.event("2027", Millis(0)).is_some() && data.event("2028", Millis(0)).is_none());
}

#[test]
fn a_wrong_taxonomy_is_refused_with_its_place() {
    let of = |items: &str| format!(r#"{{"name":"zone","source":"","items":[{items}]}}"#);
    let item = |code: &str, more: &str| format!(r#"{{"code":"{code}","zh-CN":"名","en":"Name"{more}}}"#);
    let deep = (0..5).fold(String::new(), |below, n| item(&format!("c{n}"), &format!(r#","items":[{below}]"#)));
    let rows = [
        (of(&format!("{},{}", item("a", ""), item("a", ""))), "zone.json: `a` stands there twice"),
        (of(&item("a b", "")), "zone.json: the code `a b`: 1 to 80 ASCII letters, digits, `-`, `.`"),
        (
            of(r#"{"code":"a","zh-CN":"","en":"A"}"#),
            "zone.json: `a`: zh-CN ``: 1 to 120 characters without blanks around them",
        ),
        (of(&deep), "zone.json: more than 4 levels below `c1`"),
        (of(""), "zone.json: no items"),
        (of(&item("a", r#","colour":"red""#)), "zone.json: unknown field `colour`, expected one of"),
        (r#"{"name":"zones","source":"","items":[]}"#.to_owned(), "zone.json: its name is `zones`, its file's `zone`"),
        ("{".to_owned(), "zone.json: EOF while parsing"),
    ];
    for (text, said) in rows {
        let problem = refusal("zone.json", &text);
        assert!(problem.starts_with(said) && !problem.contains('\n'), "{problem}");
    }
    assert!(refusal("zones.json", "{}").contains("not one of industry.json, interest.json"));
}

#[test]
fn a_wrong_calendar_is_refused_with_its_window() {
    let (_, demo) = CALENDARS[1];
    let rows = [
        (demo.replace("today+40", "2020-02-30"), "window online_registration: `2020-02-30` is not like 2020-07-15"),
        (demo.replace("today+40", "today-41"), "window online_registration: ends before it begins"),
        (demo.replace("\"id\": \"meetings\"", "\"id\": \"booths\""), "window booths: once, no more and no less"),
        (demo.replace("today+40", "today+9999999"), "window online_registration: `today+9999999` is not like"),
        (demo.replace("\"demo\"", "\"other\""), "its name is `other`, its file's `demo`"),
        (demo.replace("\"meetings\"", "\"parties\""), "unknown variant `parties`"),
    ];
    for (text, said) in rows {
        let problem = refusal("event-demo.json", &text);
        assert!(problem.starts_with(&format!("event-demo.json: {said}")) && !problem.contains('\n'), "{problem}");
    }
}

#[test]
fn every_label_is_in_both_languages() {
    for (name, _) in TAXONOMIES {
        let data = FairData::of(&BTreeMap::new()).unwrap();
        for item in data.taxonomy(name).unwrap().items() {
            assert!(
                item.label.en.is_ascii() || ["fortune500", "region", "nationality"].contains(&name),
                "{name}: {:?}",
                item.label
            );
        }
    }
}
