//! What the demo's people report of exhibits, and what the committee has said to it: by the steps that clients take.

use fair::exhibits::Filter;
use fair::flow::{Input, Scope, Who};
use fair::reports::form::{DECISION, REPORT};
use fair::reports::{About, FLOW, Subject, decided};
use serde_json::json;
use storage::ids::{Millis, RecordId};

use super::buying::checked;
use super::talks::Says;
use super::{enterprise, pass, person, wait_until};
use crate::handles::Handles;
use crate::wire::Failure;

const COMMITTEE: Says = ("committee", "admin");

/// A report: by whom, of which exhibit of which exhibitor, and what became of it after so many minutes.
struct Report {
    began_minutes_ago: u32,
    from: Says,
    seller: &'static str,
    /// A part of its name.
    exhibit: &'static str,
    ground: &'static str,
    text: &'static str,
    then: Option<(u32, &'static str, &'static str)>,
}

/// In the order in which they began; all later than talks and orders.
const REPORTS: &[Report] = &[
    Report {
        began_minutes_ago: 90,
        from: ("nordwind", "jonas"),
        seller: "huaxin",
        exhibit: "场站调度系统",
        ground: "false_information",
        text: "页面写明支持德语界面，实际演示只有中文和英文。",
        then: Some((40, "dismiss", "企业已补充德语界面截图，信息属实。The German screens were shown to us.")),
    },
    Report {
        began_minutes_ago: 45,
        from: ("haitong", "huang"),
        seller: "lvzhou",
        exhibit: "印染废水提标改造",
        ground: "infringement",
        text: "图片疑似取自我方案例册，请核实。",
        then: None,
    },
];

/// Nothing where there are reports already.
pub(super) async fn play(hub: &Handles, now: Millis) -> Result<(), Failure> {
    if !hub.ground.flows().list(&FLOW, Scope::All, None, (None, 1)).await?.items.is_empty() {
        return Ok(());
    }
    for report in REPORTS {
        wait_until(hub, report.began_minutes_ago, now);
        file(hub, report, now).await?;
    }
    Ok(())
}

async fn file(hub: &Handles, report: &Report, now: Millis) -> Result<(), Failure> {
    let seller = enterprise(hub, report.seller).await?;
    let named = Filter { name: Some(report.exhibit), ..Filter::default() };
    let found = hub.ground.exhibits().list(&Who::System, Scope::Owner(seller), &named, (None, 1)).await?;
    // A visitor of the demo may have done away with it.
    let Some(exhibit) = found.items.first() else { return Ok(()) };
    let sent = vec![
        ("about", json!(About::Exhibit)),
        ("subject", json!(exhibit.id)),
        ("ground", json!(report.ground)),
        ("text", json!(report.text)),
    ];
    let subject = Subject {
        about: About::Exhibit,
        id: exhibit.id,
        name: exhibit.text("name").to_owned(),
        enterprise: seller,
        enterprise_name: hub.accounts.enterprise(seller).await?.name,
    };
    let (user, id) = (person(hub, report.from).await?, RecordId::random(&mut hub.ground.entropy()));
    let filed = hub.ground.reports().file(&user, id, checked(hub, &REPORT, sent)?, &subject).await?;
    let Some((minutes, action, answer)) = report.then else { return Ok(()) };
    pass(hub, minutes, now);
    let who = Who::from(&person(hub, COMMITTEE).await?);
    let input: Input = decided(&checked(hub, &DECISION, vec![("answer", json!(answer))])?);
    hub.ground.flows().advance(&who, (&FLOW, filed.id, filed.version), action, input).await?;
    Ok(())
}
