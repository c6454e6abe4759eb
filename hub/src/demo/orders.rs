//! What was ordered. Declares only.

use super::talks::Says;

/// What somebody did with an order.
pub(super) enum Deed {
    /// The exhibitor asks whether this amount is right. **Units**: fen.
    Ask(i64, &'static str),
    /// The buyer says that it is.
    Accept,
    /// The buyer says that it is not.
    Decline(&'static str),
    /// The exhibitor confirms the deal. **Units**: fen.
    Deal(i64, &'static str),
    /// The exhibitor closes it without one.
    Close(&'static str),
    /// The buyer takes it back.
    Withdraw,
}

/// How it came to be.
pub(super) enum Came {
    /// The buyer submitted it, from a code of the regions, with such a budget. **Units**: fen.
    Submitted(&'static str, Option<i64>),
    /// The exhibitor recorded what another one wanted, for this amount. **Units**: fen.
    Recorded(&'static str, i64),
}

/// An order: who made it, about which exhibit of which exhibitor, and what followed, each after so many minutes.
pub(super) struct Order {
    pub(super) began_minutes_ago: u32,
    pub(super) from: Says,
    pub(super) came: Came,
    pub(super) seller: &'static str,
    /// A part of its name.
    pub(super) exhibit: &'static str,
    pub(super) quantity: u32,
    pub(super) note: &'static str,
    pub(super) then: &'static [(u32, Says, Deed)],
}

const ANNA: Says = ("nordwind", "admin");
const JONAS: Says = ("nordwind", "jonas");
const LENA: Says = ("nordwind", "lena");
const LIN: Says = ("haitong", "admin");
const HUANG: Says = ("haitong", "huang");
const XIAOYU: Says = ("haitong", "xiaoyu");
const CHEN: Says = ("huaxin", "admin");
const WANG: Says = ("huaxin", "wang");
const LILI: Says = ("huaxin", "lili");
const SUN: Says = ("lvzhou", "admin");
const ZHOU: Says = ("lvzhou", "zhou");
const KLARA: Says = ("rhein", "admin");
const YE: Says = ("qingfeng", "admin");
const SHEN: Says = ("anhe", "admin");
const JIANG: Says = ("lanhai", "admin");
const LUO: Says = ("xinghe", "admin");
const SU: Says = ("moyun", "admin");
const GRETA: Says = ("alpina", "admin");
const HE: Says = ("jinding", "admin");
const GU: Says = ("kailai", "admin");

/// In the order in which they began.
pub(super) static ORDERS: &[Order] = &[
    Order {
        began_minutes_ago: 4_860,
        from: JONAS,
        came: Came::Submitted("overseas.DE", Some(140_000_000)),
        seller: "huaxin",
        exhibit: "场站调度系统",
        quantity: 2,
        note: "两个堆场先行，第三个明年。Two yards first.",
        then: &[
            (50, WANG, Deed::Ask(132_000_000, "含两次现场培训，首年维护免费。")),
            (200, JONAS, Deed::Decline("培训请安排在汉堡，差旅费包含在内。")),
            (90, WANG, Deed::Ask(134_500_000, "培训改在汉堡，差旅已含。")),
            (60, JONAS, Deed::Accept),
        ],
    },
    Order {
        began_minutes_ago: 4_440,
        from: HUANG,
        came: Came::Submitted("mainland.310115", None),
        seller: "lvzhou",
        exhibit: "印染废水提标改造",
        quantity: 1,
        note: "越南纺织园区，日处理八千吨。",
        then: &[(120, ZHOU, Deed::Ask(286_000_000, "按两期报价，本单为一期。"))],
    },
    Order {
        began_minutes_ago: 4_080,
        from: LENA,
        came: Came::Submitted("overseas.DE", Some(90_000_000)),
        seller: "lvzhou",
        exhibit: "油污水分离装置",
        quantity: 2,
        note: "四十立方米每小时，占地受限。",
        then: &[(80, ZHOU, Deed::Deal(81_200_000, "两台一起交付，含海运。"))],
    },
    Order {
        began_minutes_ago: 3_840,
        from: XIAOYU,
        came: Came::Submitted("mainland.310115", None),
        seller: "lanhai",
        exhibit: "青岛至釜山快班",
        quantity: 40,
        note: "每周四十箱，先签三个月。",
        then: &[(45, JIANG, Deed::Deal(9_880_000, "首月按此价，之后随市场调整。"))],
    },
    Order {
        began_minutes_ago: 3_600,
        from: CHEN,
        came: Came::Submitted("mainland.110108", None),
        seller: "xinghe",
        exhibit: "网管值守",
        quantity: 1,
        note: "两个海外场站的夜间值守。",
        then: &[(40, LUO, Deed::Ask(2_200_000, "两站合并值守。")), (30, CHEN, Deed::Accept)],
    },
    Order {
        began_minutes_ago: 3_480,
        from: ANNA,
        came: Came::Submitted("overseas.DE", None),
        seller: "rhein",
        exhibit: "Press Line Service",
        quantity: 1,
        note: "Our packing line in Hamburg, yearly.",
        then: &[(70, KLARA, Deed::Close("We have no crew in Hamburg before April."))],
    },
    Order {
        began_minutes_ago: 3_240,
        from: KLARA,
        came: Came::Recorded("nordwind", 2_650_000),
        seller: "rhein",
        exhibit: "On-site Balancing",
        quantity: 1,
        note: "Agreed at the stand yesterday.",
        then: &[(60, JONAS, Deed::Accept)],
    },
    Order {
        began_minutes_ago: 2_940,
        from: LIN,
        came: Came::Submitted("mainland.310115", Some(50_000_000)),
        seller: "moyun",
        exhibit: "山水数字展",
        quantity: 1,
        note: "上海新商场开业，十月。",
        then: &[
            (30, SU, Deed::Ask(36_500_000, "布展十天，含双语讲解。")),
            (120, HUANG, Deed::Decline("展期需要延长到六周，请重新报价。")),
        ],
    },
    Order {
        began_minutes_ago: 2_760,
        from: HUANG,
        came: Came::Submitted("mainland.310115", None),
        seller: "huaxin",
        exhibit: "夜间远程值守服务",
        quantity: 3,
        note: "三个月试用。",
        then: &[(35, LILI, Deed::Ask(13_800_000, "三个月打包价。")), (45, HUANG, Deed::Accept)],
    },
    Order {
        began_minutes_ago: 2_640,
        from: JONAS,
        came: Came::Submitted("overseas.DE", None),
        seller: "jinding",
        exhibit: "货运一切险",
        quantity: 120,
        note: "Monthly shipments to Hamburg.",
        then: &[(25, HE, Deed::Deal(4_100_000, "按季度结算。"))],
    },
    Order {
        began_minutes_ago: 2_520,
        from: SHEN,
        came: Came::Submitted("mainland.310105", None),
        seller: "qingfeng",
        exhibit: "移动影像车",
        quantity: 1,
        note: "海外营地巡诊，两周。",
        then: &[(60, YE, Deed::Ask(9_600_000, "含技师与司机，不含运输。"))],
    },
    Order {
        began_minutes_ago: 2_400,
        from: ZHOU,
        came: Came::Submitted("mainland.440300", None),
        seller: "lanhai",
        exhibit: "工程设备滚装",
        quantity: 3,
        note: "三套模块化污水站运往海防。",
        then: &[(30, JIANG, Deed::Ask(16_800_000, "含绑扎与监装。")), (50, ZHOU, Deed::Accept)],
    },
    Order {
        began_minutes_ago: 2_160,
        from: XIAOYU,
        came: Came::Submitted("mainland.310115", None),
        seller: "shanhe",
        exhibit: "教师考察团",
        quantity: 1,
        note: "",
        then: &[(200, XIAOYU, Deed::Withdraw)],
    },
    Order {
        began_minutes_ago: 1_980,
        from: WANG,
        came: Came::Recorded("haitong", 12_800_000),
        seller: "huaxin",
        exhibit: "箱号与残损视觉识别",
        quantity: 1,
        note: "展位现场约定，含安装。",
        then: &[],
    },
    Order {
        began_minutes_ago: 1_800,
        from: LENA,
        came: Came::Submitted("overseas.DE", Some(3_000_000)),
        seller: "kailai",
        exhibit: "会议同声传译",
        quantity: 2,
        note: "German and Chinese, two days in Hamburg.",
        then: &[(20, GU, Deed::Deal(1_800_000, "差旅由采购方安排。"))],
    },
    Order {
        began_minutes_ago: 1_620,
        from: ANNA,
        came: Came::Submitted("overseas.DE", None),
        seller: "huaxin",
        exhibit: "仓储数字孪生",
        quantity: 1,
        note: "希望先看演示。Please show us a demonstration first.",
        then: &[(60, WANG, Deed::Close("该展品暂只供应亚太地区，明年开放欧洲。"))],
    },
    Order {
        began_minutes_ago: 1_200,
        from: HUANG,
        came: Came::Submitted("mainland.310115", None),
        seller: "lvzhou",
        exhibit: "模块化污水处理站",
        quantity: 2,
        note: "两套，交货期希望在三个月内。",
        then: &[(40, SUN, Deed::Ask(365_000_000, "两套优惠价，十周交货。"))],
    },
    Order {
        began_minutes_ago: 1_020,
        from: LIN,
        came: Came::Submitted("mainland.310115", Some(9_000_000)),
        seller: "huaxin",
        exhibit: "冷库单相机检测套件",
        quantity: 2,
        note: "两座冷库，先装一座。",
        then: &[],
    },
    Order {
        began_minutes_ago: 840,
        from: KLARA,
        came: Came::Submitted("overseas.DE", None),
        seller: "lvzhou",
        exhibit: "水质远程监控",
        quantity: 1,
        note: "For a customer's plant in Vietnam.",
        then: &[],
    },
    Order {
        began_minutes_ago: 720,
        from: JONAS,
        came: Came::Submitted("overseas.DE", None),
        seller: "huaxin",
        exhibit: "全自动堆场设备接口",
        quantity: 1,
        note: "全自动堆场，六台轨道吊。",
        then: &[(30, JONAS, Deed::Withdraw)],
    },
    Order {
        began_minutes_ago: 540,
        from: GRETA,
        came: Came::Submitted("overseas.DE", None),
        seller: "jinding",
        exhibit: "展品往返险",
        quantity: 2,
        note: "Snow guns for the exhibition, there and back.",
        then: &[],
    },
    Order {
        began_minutes_ago: 420,
        from: LENA,
        came: Came::Submitted("overseas.DE", Some(1_000_000)),
        seller: "huaxin",
        exhibit: "箱号与残损视觉识别",
        quantity: 1,
        note: "Gate two, in autumn.",
        then: &[],
    },
    Order {
        began_minutes_ago: 300,
        from: WANG,
        came: Came::Recorded("nordwind", 4_200_000),
        seller: "huaxin",
        exhibit: "夜间远程值守服务",
        quantity: 1,
        note: "电话里约定的续约。",
        then: &[],
    },
    Order {
        began_minutes_ago: 240,
        from: XIAOYU,
        came: Came::Submitted("mainland.310115", None),
        seller: "qingfeng",
        exhibit: "影像质控服务",
        quantity: 1,
        note: "为三家合作医院询价。",
        then: &[],
    },
    Order {
        began_minutes_ago: 180,
        from: HUANG,
        came: Came::Submitted("mainland.310115", Some(80_000_000)),
        seller: "zhuque",
        exhibit: "学校装配式方案",
        quantity: 3,
        note: "三所学校，越南。",
        then: &[],
    },
    Order {
        began_minutes_ago: 100,
        from: JONAS,
        came: Came::Submitted("overseas.DE", None),
        seller: "alpina",
        exhibit: "First Winter Crew",
        quantity: 1,
        note: "For a partner's resort in the Harz.",
        then: &[],
    },
    Order {
        began_minutes_ago: 60,
        from: XIAOYU,
        came: Came::Submitted("mainland.310115", Some(700_000_000)),
        seller: "huaxin",
        exhibit: "场站调度系统",
        quantity: 8,
        note: "八个内陆场站，分两年实施。",
        then: &[],
    },
];
