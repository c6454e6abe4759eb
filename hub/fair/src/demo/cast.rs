//! Who there is in the demo's fair, and how far each firm has come. Declares only. No firm, person or number of it exists.

mod exhibitors;

use crate::kind::{Duty, Kind, Role};
use crate::registration::Entry;

pub(super) const PASSWORD: &str = "fairhub2026";
pub(super) const COMMITTEE: &str = "committee";

/// A text in both languages.
pub(super) type Both = (&'static str, &'static str);

/// A team.
pub(super) struct Sample {
    pub(super) kind: Kind,
    /// Of institutions.
    pub(super) role: Option<Role>,
    pub(super) identifier: &'static str,
    pub(super) name: Both,
    /// How the sign-in page calls it.
    pub(super) called: Both,
    pub(super) people: &'static [Person],
    /// Of enterprises.
    pub(super) firm: Option<Firm>,
}

pub(super) struct Person {
    pub(super) role: Both,
    pub(super) username: &'static str,
    pub(super) name: &'static str,
    pub(super) duty: Option<Duty>,
    pub(super) admin: bool,
    /// Who it really is, where that is known.
    pub(super) id: Option<Id>,
}

/// A person of the mainland.
pub(super) struct Id {
    pub(super) name: &'static str,
    pub(super) gender: &'static str,
    pub(super) number: &'static str,
    pub(super) birthday: &'static str,
    pub(super) position: &'static str,
}

pub(super) struct Firm {
    /// A code of the regions, and the address there.
    pub(super) place: (&'static str, &'static str),
    /// A code of the industries.
    pub(super) industry: &'static str,
    /// Codes of the interests.
    pub(super) interests: &'static [&'static str],
    pub(super) introduction: &'static str,
    /// 统一社会信用代码, of the mainland's.
    pub(super) credit_code: Option<&'static str>,
    pub(super) entry: Entry,
    /// That the code it applied with presets.
    pub(super) zone: Option<&'static str>,
    pub(super) past: Past,
}

/// What a firm has been through.
pub(super) enum Past {
    /// It registered, and has not applied yet.
    Registered,
    /// It applied with a code of an institution.
    Applied { institution: &'static str, is_offline: bool, then: &'static [Deed] },
    /// It attends.
    Attends(&'static [Deed]),
}

/// A step of its record.
pub(super) enum Deed {
    Start,
    Approve,
    Reject(&'static str),
    Resubmit,
}

const ADMINISTRATOR: Both = ("管理员", "administrator");
const REPRESENTATIVE: Both = ("商务代表", "representative");
const CONSULTANT: Both = ("咨询顾问", "consultant");
const OTHER: Both = ("其他人员", "other");

const fn admin(name: &'static str) -> Person {
    let duty = Some(Duty::Representative);
    Person { role: ADMINISTRATOR, username: "admin", name, duty, admin: true, id: None }
}

const fn sub(role: Both, username: &'static str, name: &'static str, duty: Duty) -> Person {
    Person { role, username, name, duty: Some(duty), admin: false, id: None }
}

const fn known(person: Person, id: Id) -> Person {
    Person { id: Some(id), ..person }
}

/// The one account of a team that is no enterprise.
const fn desk(role: Both, name: &'static str) -> Person {
    Person { role, username: "admin", name, duty: None, admin: true, id: None }
}

const fn enterprise(
    identifier: &'static str,
    name: Both,
    called: Both,
    people: &'static [Person],
    firm: Firm,
) -> Sample {
    Sample { kind: Kind::Enterprise, role: None, identifier, name, called, people, firm: Some(firm) }
}

const fn institution(
    role: Role,
    identifier: &'static str,
    name: Both,
    called: Both,
    people: &'static [Person],
) -> Sample {
    Sample { kind: Kind::Institution, role: Some(role), identifier, name, called, people, firm: None }
}

const ORGANISER: &str = "ccpit-bj";
const CULTURE: &str = "culture";
const HEBEI: &str = "hebei";
const GERMANY: &str = "germany";

pub(super) static VISITOR: Person = Person {
    role: ("个人观众", "Individual visitor"),
    username: "visitor",
    name: "观众小张 Visitor",
    duty: None,
    admin: false,
    id: None,
};

/// Every team of the fair.
pub(super) fn samples() -> impl Iterator<Item = &'static Sample> {
    SAMPLES.iter().chain(exhibitors::EXHIBITORS)
}

static SAMPLES: &[Sample] = &[
    enterprise(
        "huaxin",
        ("华信智能科技有限公司", "Huaxin Intelligent Technology"),
        ("参展商 华信", "Exhibitor Huaxin"),
        &[
            known(
                admin("陈总 Chen"),
                Id {
                    name: "陈建国",
                    gender: "male",
                    number: "110108196803150010",
                    birthday: "1968-03-15",
                    position: "senior",
                },
            ),
            known(
                sub(REPRESENTATIVE, "wang", "王经理 Wang", Duty::Representative),
                Id {
                    name: "王立新",
                    gender: "male",
                    number: "110108198507120035",
                    birthday: "1985-07-12",
                    position: "middle",
                },
            ),
            known(
                sub(CONSULTANT, "lili", "李莉 Li Li", Duty::Consultant),
                Id {
                    name: "李莉",
                    gender: "female",
                    number: "110108199211080040",
                    birthday: "1992-11-08",
                    position: "junior",
                },
            ),
            sub(OTHER, "zhao", "赵工 Zhao", Duty::Other),
        ],
        Firm {
            place: ("mainland.110108", "中关村大街 27 号"),
            industry: "telecom-computer-information.software",
            interests: &["general-transport-sea-freight", "general-telecom-computer-information-software"],
            introduction: "华信智能科技为港口、仓储和制造企业提供调度与视觉检测软件，产品已在十二个国家的六十多个场站运行。\
                公司自 2009 年成立以来坚持自主研发，现有工程师三百余人，提供从咨询、部署到运维的全程服务。",
            credit_code: Some("91110108MA01FAJR09"),
            entry: Entry::Exhibitor,
            zone: None,
            past: Past::Applied { institution: ORGANISER, is_offline: true, then: &[Deed::Start, Deed::Approve] },
        },
    ),
    enterprise(
        "lvzhou",
        ("绿洲环保服务集团", "Oasis Environmental Services"),
        ("参展商 绿洲", "Exhibitor Oasis"),
        &[
            admin("孙总 Sun"),
            sub(REPRESENTATIVE, "zhou", "周经理 Zhou", Duty::Representative),
            sub(CONSULTANT, "wumei", "吴梅 Wu Mei", Duty::Consultant),
            sub(OTHER, "zheng", "郑工 Zheng", Duty::Other),
        ],
        Firm {
            place: ("mainland.440300", "南山区科苑路 15 号"),
            industry: "other-business.environment-agriculture-mining",
            interests: &["general-construction-construction-abroad"],
            introduction: "绿洲集团从事工业废水处理、固体废物资源化和土壤修复，运营四十余座处理设施。\
                我们把设计、建造、运行合为一份合同，对出水水质负责，并为海外园区培训本地运行人员。",
            credit_code: Some("91440300MA5GREEN0N"),
            entry: Entry::Exhibitor,
            zone: None,
            past: Past::Applied {
                institution: CULTURE,
                is_offline: false,
                then: &[
                    Deed::Start,
                    Deed::Reject("单位简介与营业执照的经营范围不一致，请补充说明。"),
                    Deed::Resubmit,
                    Deed::Start,
                    Deed::Approve,
                ],
            },
        },
    ),
    enterprise(
        "nordwind",
        ("北风贸易公司", "Nordwind Trading GmbH"),
        ("采购商 北风", "Buyer Nordwind"),
        &[
            admin("Anna Berg 安娜"),
            sub(REPRESENTATIVE, "jonas", "Jonas Weber 约纳斯", Duty::Representative),
            sub(CONSULTANT, "lena", "Lena Koch 莱娜", Duty::Consultant),
            sub(OTHER, "paul", "Paul Wolf 保罗", Duty::Other),
        ],
        Firm {
            place: ("overseas.DE", "Am Sandtorkai 41, Hamburg"),
            industry: "transport.sea-freight",
            interests: &["general-telecom-computer-information-software", "general-transport-sea-freight"],
            introduction: "",
            credit_code: None,
            entry: Entry::Attending,
            zone: None,
            past: Past::Attends(&[Deed::Approve]),
        },
    ),
    enterprise(
        "haitong",
        ("海通国际采购有限公司", "Haitong International Sourcing"),
        ("采购商 海通", "Buyer Haitong"),
        &[
            admin("林总 Lin"),
            sub(REPRESENTATIVE, "huang", "黄经理 Huang", Duty::Representative),
            sub(CONSULTANT, "xiaoyu", "小雨 Xiaoyu", Duty::Consultant),
            sub(OTHER, "gaoyuan", "高远 Gao Yuan", Duty::Other),
        ],
        Firm {
            place: ("mainland.310115", "世纪大道 100 号"),
            industry: "other-business.trade-related",
            interests: &["general-construction-construction-abroad", "general-finance-explicit-fees"],
            introduction: "",
            credit_code: Some("91310115MA1HAT0007"),
            entry: Entry::Attending,
            zone: None,
            past: Past::Attends(&[Deed::Approve]),
        },
    ),
    enterprise(
        "yunlan",
        ("云岚文旅发展有限公司", "Yunlan Culture and Tourism"),
        ("参展商 云岚（待审核）", "Exhibitor Yunlan (pending)"),
        &[admin("白岚 Bai Lan")],
        Firm {
            place: ("mainland.530100", "五华区翠湖南路 8 号"),
            industry: "travel.tourism-travel",
            interests: &["general-travel-tourism"],
            introduction: "云岚文旅经营云南的山地徒步、非遗工坊与茶文化线路，与二十多个村落共同开发住宿和手工艺体验。\
                每年接待来自欧洲和东南亚的小型团队四百余批，配有多语种向导和完整的户外救援体系。",
            credit_code: Some("91530100MA6YUN000C"),
            entry: Entry::Exhibitor,
            zone: None,
            past: Past::Applied { institution: CULTURE, is_offline: true, then: &[] },
        },
    ),
    enterprise(
        "jingwei",
        ("经纬国际物流有限公司", "Jingwei International Logistics"),
        ("参展商 经纬（审核中）", "Exhibitor Jingwei (in review)"),
        &[admin("方经理 Fang")],
        Firm {
            place: ("mainland.130100", "长安区中山东路 200 号"),
            industry: "transport.other-freight",
            interests: &["general-transport-sea-freight", "general-transport-air-freight"],
            introduction: "经纬物流经营中欧班列订舱、海铁联运和保税仓储，在石家庄、天津和汉堡设有分拨中心。\
                自有集装箱两千余只，为客户提供从工厂到门店的全程可视化运输和关务服务，年处理货物三十万吨。",
            credit_code: Some("91130100MA0JWL000N"),
            entry: Entry::Exhibitor,
            zone: None,
            past: Past::Applied { institution: HEBEI, is_offline: false, then: &[Deed::Start] },
        },
    ),
    enterprise(
        "mingde",
        ("明德在线教育科技有限公司", "Mingde Online Education"),
        ("参展商 明德（被驳回）", "Exhibitor Mingde (rejected)"),
        &[admin("许老师 Xu")],
        Firm {
            place: ("mainland.320100", "鼓楼区汉口路 22 号"),
            industry: "personal-cultural-recreational.education",
            interests: &["general-personal-cultural-recreational-education"],
            introduction: "明德教育开发中文学习平台和职业培训课程，与一百二十所学校合作，课程覆盖十六个国家。\
                我们的教师团队经过系统培训，学习者可以在直播课堂、练习和测评之间自由安排进度，并获得认可的证书。",
            credit_code: Some("91320100MA1MDE000E"),
            entry: Entry::Exhibitor,
            zone: None,
            past: Past::Applied {
                institution: CULTURE,
                is_offline: true,
                then: &[Deed::Start, Deed::Reject("请上传最新的办学许可，并写明参展的课程。")],
            },
        },
    ),
    enterprise(
        "rhein",
        ("莱茵工业服务有限公司", "Rhein Industrieservice GmbH"),
        ("参展商 莱茵", "Exhibitor Rhein"),
        &[admin("Klara Vogt 克拉拉"), sub(CONSULTANT, "felix", "Felix Brandt 菲利克斯", Duty::Consultant)],
        Firm {
            place: ("overseas.DE", "Rheinallee 3, Düsseldorf"),
            industry: "maintenance-repair.other-repair",
            interests: &["general-maintenance-repair-other-repair"],
            introduction: "Rhein Industrieservice keeps presses, turbines and paper machines running in nine countries. \
                Our technicians inspect, balance and overhaul rotating equipment on site, and train the people who run it.",
            credit_code: None,
            entry: Entry::Exhibitor,
            zone: None,
            past: Past::Applied { institution: GERMANY, is_offline: true, then: &[Deed::Start, Deed::Approve] },
        },
    ),
    enterprise(
        "sakura",
        ("樱花设计株式会社", "Sakura Design"),
        ("参展商 樱花（尚未申请）", "Exhibitor Sakura (not applied yet)"),
        &[admin("Mori Aoi 森葵")],
        Firm {
            place: ("overseas.JP", "京都市中京区"),
            industry: "other-business.architectural-engineering",
            interests: &["general-construction-construction-abroad"],
            introduction: "",
            credit_code: None,
            entry: Entry::Exhibitor,
            zone: None,
            past: Past::Registered,
        },
    ),
    enterprise(
        "tianhe",
        ("天禾农业科技股份公司", "Tianhe Agritech"),
        ("采购商 天禾（待审核）", "Buyer Tianhe (pending)"),
        &[admin("杜经理 Du")],
        Firm {
            place: ("mainland.120116", "滨海新区洞庭路 220 号"),
            industry: "other-business.environment-agriculture-mining",
            interests: &["general-transport-sea-freight"],
            introduction: "",
            credit_code: Some("91120100MA06TH000E"),
            entry: Entry::Attending,
            zone: None,
            past: Past::Attends(&[]),
        },
    ),
    enterprise(
        "lotus",
        ("莲花酒店管理公司", "Lotus Hospitality"),
        ("采购商 莲花（被驳回）", "Buyer Lotus (rejected)"),
        &[admin("Mei Tan 陈美")],
        Firm {
            place: ("overseas.SG", "12 Marina View"),
            industry: "travel.other-travel",
            interests: &["general-travel-tourism"],
            introduction: "",
            credit_code: None,
            entry: Entry::Attending,
            zone: None,
            past: Past::Attends(&[Deed::Reject("请填写可以联系的电话。")]),
        },
    ),
    institution(
        Role::Organiser,
        ORGANISER,
        ("北京组展机构", "Beijing Exhibition Organiser"),
        ("组展机构", "Exhibition organiser"),
        &[desk(ADMINISTRATOR, "组展机构 Organiser")],
    ),
    institution(
        Role::Host,
        CULTURE,
        ("文化服务承办机构", "Culture Services Host"),
        ("承办机构 文化服务", "Host institution, culture services"),
        &[desk(ADMINISTRATOR, "承办机构 Host")],
    ),
    institution(
        Role::Delegation,
        HEBEI,
        ("河北省代表团", "Hebei Delegation"),
        ("代表团 河北", "Delegation of Hebei"),
        &[desk(ADMINISTRATOR, "河北代表团 Hebei")],
    ),
    institution(
        Role::CountryDelegation,
        GERMANY,
        ("德国代表团", "German Delegation"),
        ("国别代表团 德国", "Country delegation of Germany"),
        &[desk(ADMINISTRATOR, "德国代表团 Germany")],
    ),
    Sample {
        kind: Kind::Committee,
        role: None,
        identifier: COMMITTEE,
        name: ("组织委员会", "Organising Committee"),
        called: ("组委会", "Organising committee"),
        people: &[desk(ADMINISTRATOR, "组委会 Committee")],
        firm: None,
    },
];
