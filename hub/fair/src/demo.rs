//! Sample data for `--demo`: companies that can negotiate at once. Its passwords are public, so a demo listens on loopback
//! only; nothing else may call this.

use secrecy::SecretString;
use serde::Serialize;

use crate::accounts::{Accounts, Enterprise, NewEnterprise, NewUser};
use crate::error::Result;
use crate::kind::{Duty, Kind};
use crate::seal::Contact;

/// An account of the demo. **Shape**: an item of `GET /demo/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoAccount {
    /// For the sign-in page.
    pub label: &'static str,
    /// Its class.
    pub kind: Kind,
    /// 企业/机构标识.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<&'static str>,
    /// The username.
    pub username: &'static str,
    /// The password, as long as nobody changed it.
    pub password: &'static str,
    /// What it may do for its enterprise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty: Option<Duty>,
}

struct Sample {
    kind: Kind,
    identifier: &'static str,
    name: &'static str,
    name_en: &'static str,
    people: &'static [Person],
}

struct Person {
    label: &'static str,
    username: &'static str,
    name: &'static str,
    duty: Option<Duty>,
    admin: bool,
}

const PASSWORD: &str = "fairhub2026";

const fn person(label: &'static str, username: &'static str, name: &'static str, duty: Duty, admin: bool) -> Person {
    Person { label, username, name, duty: Some(duty), admin }
}

const SAMPLES: &[Sample] = &[
    Sample {
        kind: Kind::Enterprise,
        identifier: "huaxin",
        name: "华信智能科技有限公司",
        name_en: "Huaxin Intelligent Technology",
        people: &[
            person(
                "参展商 华信 · 管理员 / Exhibitor Huaxin, administrator",
                "admin",
                "陈总 Chen",
                Duty::Representative,
                true,
            ),
            person(
                "参展商 华信 · 商务代表 / Exhibitor Huaxin, representative",
                "wang",
                "王经理 Wang",
                Duty::Representative,
                false,
            ),
            person(
                "参展商 华信 · 咨询顾问 / Exhibitor Huaxin, consultant",
                "lili",
                "李莉 Li Li",
                Duty::Consultant,
                false,
            ),
            person("参展商 华信 · 其他人员 / Exhibitor Huaxin, other", "zhao", "赵工 Zhao", Duty::Other, false),
        ],
    },
    Sample {
        kind: Kind::Enterprise,
        identifier: "lvzhou",
        name: "绿洲环保服务集团",
        name_en: "Oasis Environmental Services",
        people: &[
            person(
                "参展商 绿洲 · 管理员 / Exhibitor Oasis, administrator",
                "admin",
                "孙总 Sun",
                Duty::Representative,
                true,
            ),
            person(
                "参展商 绿洲 · 商务代表 / Exhibitor Oasis, representative",
                "zhou",
                "周经理 Zhou",
                Duty::Representative,
                false,
            ),
            person(
                "参展商 绿洲 · 咨询顾问 / Exhibitor Oasis, consultant",
                "wumei",
                "吴梅 Wu Mei",
                Duty::Consultant,
                false,
            ),
            person("参展商 绿洲 · 其他人员 / Exhibitor Oasis, other", "zheng", "郑工 Zheng", Duty::Other, false),
        ],
    },
    Sample {
        kind: Kind::Enterprise,
        identifier: "nordwind",
        name: "北风贸易公司",
        name_en: "Nordwind Trading GmbH",
        people: &[
            person(
                "采购商 北风 · 管理员 / Buyer Nordwind, administrator",
                "admin",
                "Anna Berg 安娜",
                Duty::Representative,
                true,
            ),
            person(
                "采购商 北风 · 商务代表 / Buyer Nordwind, representative",
                "jonas",
                "Jonas Weber 约纳斯",
                Duty::Representative,
                false,
            ),
            person(
                "采购商 北风 · 咨询顾问 / Buyer Nordwind, consultant",
                "lena",
                "Lena Koch 莱娜",
                Duty::Consultant,
                false,
            ),
            person("采购商 北风 · 其他人员 / Buyer Nordwind, other", "paul", "Paul Wolf 保罗", Duty::Other, false),
        ],
    },
    Sample {
        kind: Kind::Enterprise,
        identifier: "haitong",
        name: "海通国际采购有限公司",
        name_en: "Haitong International Sourcing",
        people: &[
            person(
                "采购商 海通 · 管理员 / Buyer Haitong, administrator",
                "admin",
                "林总 Lin",
                Duty::Representative,
                true,
            ),
            person(
                "采购商 海通 · 商务代表 / Buyer Haitong, representative",
                "huang",
                "黄经理 Huang",
                Duty::Representative,
                false,
            ),
            person(
                "采购商 海通 · 咨询顾问 / Buyer Haitong, consultant",
                "xiaoyu",
                "小雨 Xiaoyu",
                Duty::Consultant,
                false,
            ),
            person("采购商 海通 · 其他人员 / Buyer Haitong, other", "gaoyuan", "高远 Gao Yuan", Duty::Other, false),
        ],
    },
    Sample {
        kind: Kind::Institution,
        identifier: "ccpit-bj",
        name: "北京组展机构",
        name_en: "Beijing Exhibition Organiser",
        people: &[Person {
            label: "组展机构 / Exhibition organiser",
            username: "admin",
            name: "组展机构 Organiser",
            duty: None,
            admin: true,
        }],
    },
    Sample {
        kind: Kind::Committee,
        identifier: "committee",
        name: "组织委员会",
        name_en: "Organising Committee",
        people: &[Person {
            label: "组委会 / Organising committee",
            username: "admin",
            name: "组委会 Committee",
            duty: None,
            admin: true,
        }],
    },
];

const VISITOR: Person = Person {
    label: "个人观众 / Individual visitor",
    username: "visitor",
    name: "观众小张 Visitor",
    duty: None,
    admin: false,
};

/// Every account of the demo.
#[must_use]
pub fn accounts() -> Vec<DemoAccount> {
    let people = SAMPLES.iter().flat_map(|team| team.people.iter().map(move |person| (Some(team), person)));
    people.chain([(None, &VISITOR)]).map(|(team, person)| listed(team, person)).collect()
}

fn listed(team: Option<&'static Sample>, person: &Person) -> DemoAccount {
    DemoAccount {
        label: person.label,
        kind: team.map_or(Kind::Individual, |team| team.kind),
        identifier: team.map(|team| team.identifier),
        username: person.username,
        password: PASSWORD,
        duty: person.duty,
    }
}

/// Makes what is missing of the sample data; what is there stays as it is.
///
/// # Errors
/// Whatever [`Accounts`] answers.
pub async fn fill(accounts: &Accounts) -> Result<()> {
    let mut missing = Vec::new();
    for team in SAMPLES {
        let made = ensure_team(accounts, team).await?;
        for person in team.people {
            missing.extend(missing_user(accounts, Some(&made), person).await?);
        }
    }
    missing.extend(missing_user(accounts, None, &VISITOR).await?);
    // Together, so that the passwords are hashed on every permit.
    let mut making = tokio::task::JoinSet::new();
    for new in missing {
        let accounts = accounts.clone();
        making.spawn(async move { accounts.create_user(new).await });
    }
    while let Some(made) = making.join_next().await {
        made.map_err(|_panicked| crate::Error::Internal("a demo account was not made"))??;
    }
    Ok(())
}

async fn ensure_team(accounts: &Accounts, team: &Sample) -> Result<Enterprise> {
    if let Some(there) = accounts.find_enterprise(team.identifier).await? {
        return Ok(there);
    }
    let new = NewEnterprise {
        kind: team.kind,
        identifier: team.identifier.to_owned(),
        name: team.name.to_owned(),
        name_en: Some(team.name_en.to_owned()),
    };
    accounts.create_enterprise(new).await
}

async fn missing_user(accounts: &Accounts, team: Option<&Enterprise>, person: &Person) -> Result<Option<NewUser>> {
    let identifier = team.map_or("", |team| team.identifier.as_str());
    if accounts.find_user(identifier, person.username).await?.is_some() {
        return Ok(None);
    }
    Ok(Some(NewUser {
        enterprise: team.map(|team| team.id),
        username: person.username.to_owned(),
        name: Some(person.name.to_owned()),
        duty: person.duty,
        admin: person.admin,
        password: Some(SecretString::from(PASSWORD)),
        contact: sample_contact(team, person),
    }))
}

/// The number that every Chinese phone manual shows, and a domain kept free for examples (RFC 2606).
fn sample_contact(team: Option<&Enterprise>, person: &Person) -> Contact {
    let domain = team.map_or("visitor", |team| team.identifier.as_str());
    Contact {
        mobile: Some("+8613800138000".to_owned()),
        email: Some(format!("{}@{domain}.example.com", person.username)),
    }
}

#[cfg(test)]
mod tests;
