//! The exhibitors that are there for what they show: one account each. Declares only; none of them exists.

use super::{CULTURE, Deed, Firm, GERMANY, HEBEI, ORGANISER, Past, Person, Sample, admin, enterprise};
use crate::registration::Entry;

/// A firm that exhibits, as most are.
const fn exhibitor(place: (&'static str, &'static str), industry: &'static str, introduction: &'static str) -> Firm {
    Firm {
        place,
        industry,
        interests: &["general-other-business"],
        introduction,
        credit_code: None,
        entry: Entry::Exhibitor,
        zone: None,
        past: Past::Registered,
    }
}

impl Firm {
    const fn of_the_mainland(self, credit_code: &'static str) -> Self {
        Self { credit_code: Some(credit_code), ..self }
    }

    const fn invited_by(self, institution: &'static str) -> Self {
        let past = Past::Applied { institution, is_offline: false, then: &[Deed::Start, Deed::Approve] };
        Self { past, ..self }
    }

    const fn to(self, zone: &'static str) -> Self {
        Self { zone: Some(zone), ..self }
    }
}

const QINGFENG: &[Person] = &[admin("叶青 Ye Qing")];
const ANHE: &[Person] = &[admin("沈医生 Shen")];
const LANHAI: &[Person] = &[admin("姜船长 Jiang")];
const XINGHE: &[Person] = &[admin("罗工 Luo")];
const MOYUN: &[Person] = &[admin("苏墨 Su Mo")];
const ZHUQUE: &[Person] = &[admin("梁设计师 Liang")];
const ALPINA: &[Person] = &[admin("Greta Huber 葛蕾塔")];
const JINDING: &[Person] = &[admin("贺经理 He")];
const SHANHE: &[Person] = &[admin("江老师 Jiang")];
const ZHIXING: &[Person] = &[admin("秦博士 Qin")];
const HAIYUE: &[Person] = &[admin("丁经理 Ding")];
const KAILAI: &[Person] = &[admin("顾译 Gu Yi")];
const TONGDA: &[Person] = &[admin("汤经理 Tang")];
const CHENXI: &[Person] = &[admin("程曦 Cheng Xi")];

pub(super) static EXHIBITORS: &[Sample] = &[
    enterprise(
        "qingfeng",
        ("青枫医学影像技术有限公司", "Qingfeng Medical Imaging"),
        ("参展商 青枫", "Exhibitor Qingfeng"),
        QINGFENG,
        exhibitor(
            ("mainland.330100", "滨江区示范路 18 号"),
            "personal-cultural-recreational.health",
            "青枫为基层医院提供远程影像诊断、质控和培训服务，连接三百余家医院与四十位影像专家。\
                报告平均四十分钟返回，疑难病例可以组织多学科会诊，系统支持中英法三种语言的报告模板。",
        )
        .of_the_mainland("91330100MA2DEM001H")
        .invited_by(ORGANISER),
    ),
    enterprise(
        "anhe",
        ("安和健康管理有限公司", "Anhe Health Management"),
        ("参展商 安和", "Exhibitor Anhe"),
        ANHE,
        exhibitor(
            ("mainland.310105", "长宁区示范路 6 号"),
            "personal-cultural-recreational.health",
            "安和健康为企业、校园和海外项目提供防疫方案、环境消杀、健康驿站运营和员工健康档案服务。\
                团队由公共卫生医师、护士和工程师组成，参与过多个大型活动的卫生保障，可以在四十八小时内到场。",
        )
        .of_the_mainland("91310000MA1DEM0021")
        .invited_by(ORGANISER),
    ),
    enterprise(
        "lanhai",
        ("蓝湾国际船务有限公司", "Lanwan Blue Bay Shipping"),
        ("参展商 蓝湾", "Exhibitor Lanwan"),
        LANHAI,
        exhibitor(
            ("mainland.370200", "黄岛区示范路 88 号"),
            "transport.sea-freight",
            "蓝湾船务经营近洋班轮、冷藏箱运输和港口代理，每周十二个航班连接日本、韩国和东南亚的二十个港口。\
                我们自有冷箱和场站，为生鲜、医药和工程设备提供门到门的温控运输与全程追踪。",
        )
        .of_the_mainland("91370200MA3DEM004N")
        .invited_by(ORGANISER),
    ),
    enterprise(
        "xinghe",
        ("星渡卫星通信有限公司", "Xingdu Satellite Communications"),
        ("参展商 星渡", "Exhibitor Xingdu"),
        XINGHE,
        exhibitor(
            ("mainland.420100", "东湖高新区示范路 1 号"),
            "telecom-computer-information.telecommunications",
            "星渡为船舶、矿山、应急和偏远校园提供卫星宽带、终端租赁与网络运维服务，覆盖亚洲和非洲。\
                二十四小时网管中心用中英文值守，现场工程师分布在九个国家，可以在七天内开通一个新站点。",
        )
        .of_the_mainland("91420100MA4DEM005W")
        .invited_by(HEBEI),
    ),
    enterprise(
        "moyun",
        ("墨韵文化传播有限公司", "Moyun Culture"),
        ("参展商 墨韵", "Exhibitor Moyun"),
        MOYUN,
        exhibitor(
            ("mainland.110105", "朝阳区示范路 20 号"),
            "personal-cultural-recreational.heritage-recreation",
            "墨韵策划书画、非遗与数字艺术的展览和巡演，为博物馆、城市和品牌设计可以带走的文化体验。\
                过去五年在十四个国家办展六十余场，自有翻译、布展和运输团队，也为海外机构来华办展提供全程服务。",
        )
        .of_the_mainland("91110105MA0DEM007A")
        .invited_by(CULTURE)
        .to("culture"),
    ),
    enterprise(
        "zhuque",
        ("筑雀建筑设计有限公司", "Zhuque Architects"),
        ("参展商 筑雀", "Exhibitor Zhuque"),
        ZHUQUE,
        exhibitor(
            ("mainland.440100", "天河区示范路 33 号"),
            "other-business.architectural-engineering",
            "筑雀从事医院、学校和交通枢纽的设计与工程咨询，擅长湿热地区的被动式节能和装配式施工。\
                两百名建筑师和工程师用同一个数字模型工作，为业主提供从策划、设计到运行评估的一体化服务。",
        )
        .of_the_mainland("91440100MA5DEM0035")
        .invited_by(ORGANISER),
    ),
    enterprise(
        "alpina",
        ("阿尔品冬季运动服务公司", "Alpina Winter Sports Services GmbH"),
        ("参展商 阿尔品", "Exhibitor Alpina"),
        ALPINA,
        exhibitor(
            ("overseas.DE", "Musterweg 7, Garmisch"),
            "personal-cultural-recreational.heritage-recreation",
            "Alpina plans ski areas, makes and keeps snow, and trains instructors, patrols and lift crews. \
                We have opened twenty-six resorts in eight countries, and stay with each of them for its first three winters.",
        )
        .invited_by(GERMANY)
        .to("winter-sports"),
    ),
    enterprise(
        "jinding",
        ("衡舟保险服务有限公司", "Hengzhou Insurance Services"),
        ("参展商 衡舟", "Exhibitor Hengzhou"),
        JINDING,
        exhibitor(
            ("mainland.320500", "工业园区示范路 9 号"),
            "insurance.freight-insurance",
            "衡舟为外贸、物流和工程企业安排货运险、信用险和工程险，并在全球一百一十个港口提供查勘与理赔。\
                线上平台三分钟出单，小额案件二十四小时赔付，风险顾问为重点项目驻场服务。",
        )
        .of_the_mainland("91320500MA1DEM006B")
        .invited_by(ORGANISER),
    ),
    enterprise(
        "shanhe",
        ("山海间研学旅行有限公司", "Shanhaijian Study Travel"),
        ("参展商 山海间", "Exhibitor Shanhaijian"),
        SHANHE,
        exhibitor(
            ("mainland.210200", "中山区示范路 5 号"),
            "travel.tourism-travel",
            "山海间组织中外学校的研学旅行，线路围绕海洋、工业遗产和非遗手艺，每条线路都有课程大纲和安全预案。\
                年服务学生两万人次，与四十所海外学校长期合作，领队全部持有急救证书。",
        )
        .of_the_mainland("91210200MA0DEM0109")
        .invited_by(CULTURE)
        .to("tourism"),
    ),
    enterprise(
        "zhixing",
        ("知衡服务机器人有限公司", "Zhiheng Service Robots"),
        ("参展商 知衡（展台待审）", "Exhibitor Zhiheng (booth in review)"),
        ZHIXING,
        exhibitor(
            ("mainland.330200", "鄞州区示范路 12 号"),
            "telecom-computer-information.software",
            "知衡研发酒店、医院和展馆使用的配送与导览机器人，提供租赁、调度平台和现场运维的整体服务。\
                机器人已在七十家医院和酒店运行，日均完成九千次配送，界面支持十种语言。",
        )
        .of_the_mainland("91330200MA2DEM009F")
        .invited_by(HEBEI)
        .to("service-robots"),
    ),
    enterprise(
        "haiyue",
        ("海岚酒店管理咨询有限公司", "Hailan Hospitality Consulting"),
        ("参展商 海岚（展台待审）", "Exhibitor Hailan (booth in review)"),
        HAIYUE,
        exhibitor(
            ("mainland.120103", "河西区示范路 30 号"),
            "travel.other-travel",
            "海岚为海外投资人和本地业主提供酒店筹开、品牌落地、收益管理和员工培训，团队来自九个国家。\
                十年间参与筹开酒店四十八家，擅长度假村和会议酒店，也为存量物业做改造与重新定位。",
        )
        .of_the_mainland("91120100MA0DEM0089")
        .invited_by(CULTURE),
    ),
    enterprise(
        "kailai",
        ("开来语言服务有限公司", "Kailai Language Services"),
        ("参展商 开来（展台修改中）", "Exhibitor Kailai (booth being changed)"),
        KAILAI,
        exhibitor(
            ("mainland.110105", "朝阳区示范路 66 号"),
            "other-business.other-business-services",
            "开来提供四十二个语种的笔译、同声传译和软件本地化，为国际会议、仲裁和工程项目培养专门的译员小组。\
                译文经过两道审校，术语库随项目交付，远程同传平台可以支持一万名听众。",
        )
        .of_the_mainland("91110105MA0DEM011Q")
        .invited_by(ORGANISER),
    ),
    enterprise(
        "tongda",
        ("通渡跨境供应链有限公司", "Tongdu Cross-border Supply Chain"),
        ("参展商 通渡（展台未通过）", "Exhibitor Tongdu (booth rejected)"),
        TONGDA,
        exhibitor(
            ("overseas.SG", "1 Example Road"),
            "other-business.trade-related",
            "Tongdu runs bonded warehouses and last-mile delivery for sellers between China and Southeast Asia. \
                One contract covers customs, storage, delivery and returns, with prices by parcel and a report for every day.",
        )
        .invited_by(GERMANY),
    ),
    enterprise(
        "chenxi",
        ("晨汐低碳咨询有限公司", "Chenxi Low-Carbon Advisory"),
        ("参展商 晨汐（展台草稿）", "Exhibitor Chenxi (booth not handed in)"),
        CHENXI,
        exhibitor(
            ("overseas.FR", "3 rue de l'Exemple, Lyon"),
            "other-business.management-consulting",
            "Chenxi counts the carbon of factories, ports and events, and plans how to get rid of it. \
                Our engineers measure on site, model in the open, and stay until the first year's savings are proven.",
        )
        .invited_by(GERMANY),
    ),
];
