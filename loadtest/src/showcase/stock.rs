//! A fair with many booths and exhibits, written as their steps would show them: by the same code, without the records
//! behind it, which no visitor reads.

use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::Context as _;
use fair::accounts::NewEnterprise;
use fair::flow::{Flow, Record};
use fair::{Accounts, Kind, booths, exhibits};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hub::config::{Config, Flags};
use serde_json::{Map, Value, json};
use storage::Clock;
use storage::ids::{EnterpriseId, Millis, RecordId};

use crate::clock::Stopwatch;

/// Written at one time: a commit of the store takes many.
const AT_ONCE_MAX: usize = 512;
const CATEGORIES: [&str; 4] =
    ["business.professional", "business.computer", "business.research", "business.real-estate"];
const ZONES: [&str; 4] = ["achievements", "public-health", "countries-and-regions", "twelve-domains"];

/// Lengths of lists that make a booth's list another one.
const LIMITS: RangeInclusive<usize> = 15..=25;

/// See the module.
pub(super) struct Stock {
    /// Ids of exhibits.
    pub(super) exhibits: Vec<String>,
    /// How many of them each booth has.
    each: usize,
    /// **Units**: seconds.
    pub(super) took_s: f64,
}

impl Stock {
    /// Fills the store of a hub that is stopped.
    pub(super) fn fill(folder: &Path, booths: usize, each: usize) -> anyhow::Result<Self> {
        let watch = Stopwatch::start();
        let data = folder.to_str().context("a folder with a plain name")?.to_owned();
        let config = Config::from_sources(&Flags::of(&[("bench", "true"), ("data", &data)]), |_| None)?;
        let clock = Clock::system();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let exhibits = runtime.block_on(async {
            let accounts = hub::opening::accounts(&config, &clock).await?;
            let now = clock.now();
            let filled = stream::iter(0..booths).map(|nth| fill_booth(&accounts, (nth, each), now));
            let exhibits: Vec<Vec<String>> = filled.buffered(AT_ONCE_MAX / each.max(1) + 1).try_collect().await?;
            anyhow::Ok(exhibits.concat())
        })?;
        Ok(Self { exhibits, each, took_s: watch.seconds() })
    }

    /// The path of one of the lists that visitors read.
    pub(super) fn list(&self, nth: usize) -> String {
        let category = CATEGORIES.get(nth % CATEGORIES.len()).copied().unwrap_or_default();
        let zone = ZONES.get(nth / CATEGORIES.len() % ZONES.len()).copied().unwrap_or_default();
        format!("/v1/showcase/exhibits?category={category}&zone={zone}&limit=20")
    }

    /// The path of a booth's own list: another one for each number, of about twenty exhibits, until there are no more.
    pub(super) fn own_list(&self, nth: usize) -> String {
        let booths = self.exhibits.len() / self.each.max(1);
        let booth = RecordId(i64::try_from(nth % booths.max(1) * (self.each + 1) + 1).unwrap_or_default());
        let limit = LIMITS.start() + nth / booths.max(1) % LIMITS.count();
        format!("/v1/showcase/exhibits?booth={booth}&limit={limit}")
    }
}

/// The ids of its exhibits.
async fn fill_booth(accounts: &Accounts, (nth, each): (usize, usize), now: Millis) -> anyhow::Result<Vec<String>> {
    let (identifier, name) = (format!("stock-{nth}"), format!("负载{nth}展览有限公司"));
    let name_en = Some(format!("Stock {nth} Exhibitions Ltd"));
    let new = NewEnterprise { kind: Kind::Enterprise, identifier, name, name_en };
    let owner = accounts.create_enterprise(new).await?.id;
    let number = i64::try_from(nth * (each + 1) + 1)?;
    let zone = ZONES.get(nth % ZONES.len()).copied().unwrap_or_default();
    let booth = record(&booths::FLOW, (number, "approved"), owner, now, booth(nth, zone))?;
    show(accounts, &booth).await?;
    let place = booth.id.to_string();
    let exhibits = (0..each).map(|of_booth| {
        let category = CATEGORIES.get((nth + of_booth) % CATEGORIES.len()).copied().unwrap_or_default();
        let mut fields = exhibit((nth, of_booth), &place, category);
        fields.insert("zone".to_owned(), zone.into());
        let number = number + 1 + i64::try_from(of_booth).unwrap_or_default();
        record(&exhibits::FLOW, (number, "on_sale"), owner, now, fields)
    });
    let exhibits: Vec<Record> = exhibits.collect::<Result<_, _>>()?;
    let shown = exhibits.iter().map(|exhibit| show(accounts, exhibit));
    stream::iter(shown).buffer_unordered(AT_ONCE_MAX).try_collect::<()>().await?;
    Ok(exhibits.iter().map(|exhibit| exhibit.id.to_string()).collect())
}

/// As the step that brought it there shows it.
async fn show(accounts: &Accounts, record: &Record) -> anyhow::Result<()> {
    let shows = record.flow.steps.iter().filter(|step| step.to == Some(record.state)).find_map(|step| step.shows);
    shows.context("a step that shows it")?(accounts, record).await?;
    Ok(())
}

fn record(
    flow: &'static Flow,
    (number, state): (i64, &str),
    owner: EnterpriseId,
    now: Millis,
    fields: Map<String, Value>,
) -> anyhow::Result<Record> {
    let state = flow.state(state).context("a state of the flow")?.name;
    let facets = if flow.kind == booths::FLOW.kind { "booth" } else { "exhibit" };
    let listed = listed(facets, &fields);
    let mut fields = fields;
    fields.insert("approved".to_owned(), Value::Object(fields.clone()));
    for (name, value) in [("approved_ms", now.0), ("published_ms", now.0 + number)] {
        fields.insert(name.to_owned(), value.into());
    }
    fields.insert("listed".to_owned(), listed);
    Ok(Record {
        flow,
        id: RecordId(number),
        version: 1,
        state,
        owner,
        second: None,
        fields,
        created: now,
        updated: now,
    })
}

/// The lists that it stands in.
fn listed(kind: &str, fields: &Map<String, Value>) -> Value {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let zone = format!("zone/{}", text("zone"));
    let lists = if kind == "booth" {
        vec![zone, "category/business".to_owned()]
    } else {
        let (category, booth) = (format!("category/{}", text("category")), format!("booth/{}", text("booth")));
        vec![zone, "category/business".to_owned(), category, booth]
    };
    json!(lists)
}

fn booth(nth: usize, zone: &str) -> Map<String, Value> {
    object(json!({
        "name": format!("第{nth}号云展台"), "introduction": "我们为服务贸易企业提供数字化展示、洽谈与签约的全程服务。".repeat(6),
        "business": "数字展览、在线洽谈、品牌推广", "pictures": [], "tags": ["数字展览", "Trade"], "zone": zone,
        "categories": CATEGORIES, "contact_name": "张三", "phone": "400-610-8800", "email": "stock@example.com",
        "region": "mainland.110105", "address": "朝阳区1号", "show_contact": true, "smart_service": false,
    }))
}

fn exhibit((booth, nth): (usize, usize), place: &str, category: &str) -> Map<String, Value> {
    object(json!({
        "booth": place, "name": format!("展品{booth}-{nth}"), "category": category, "origin": "mainland.110105",
        "number": format!("20201127{booth:06}{nth:03}"), "code": format!("S-{booth}-{nth}"), "brand": "负载",
        "market_price_fen": 128_800 + nth, "summary": "面向企业的在线服务，按需开通，当天可用。".repeat(5), "pictures": [],
        "detail_html": format!("<h3>说明</h3><p>{}</p>", "服务内容、交付方式与售后承诺。".repeat(40)),
        "shelf": "on_sale",
    }))
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(fields) = value { fields } else { Map::new() }
}
