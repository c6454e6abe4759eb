//! What was said. Declares only.

/// An enterprise's identifier and one of its usernames.
pub(super) type Says = (&'static str, &'static str);

pub(super) enum Act {
    Text(&'static str),
    Contact,
    Claim,
    Close,
    Read,
}

/// A conversation: who began it, with which enterprise, and what followed, each after so many minutes.
pub(super) struct Talk {
    pub(super) began_minutes_ago: u32,
    pub(super) from: Says,
    pub(super) with: &'static str,
    pub(super) acts: &'static [(u32, Says, Act)],
}

const JONAS: Says = ("nordwind", "jonas");
const LENA: Says = ("nordwind", "lena");
const WANG: Says = ("huaxin", "wang");
const LILI: Says = ("huaxin", "lili");
const HUANG: Says = ("haitong", "huang");
const ZHOU: Says = ("lvzhou", "zhou");
const KLARA: Says = ("rhein", "admin");
const DU: Says = ("tianhe", "admin");

/// In the order in which they began.
pub(super) static TALKS: &[Talk] = &[
    Talk {
        began_minutes_ago: 2 * 24 * 60,
        from: JONAS,
        with: "huaxin",
        acts: &[
            (
                1,
                JONAS,
                Act::Text(
                    "您好，我们在汉堡经营三个集装箱堆场，想了解贵公司的调度软件。\nHello, we run three container yards in Hamburg and would like to know your scheduling software.",
                ),
            ),
            (6, WANG, Act::Claim),
            (2, WANG, Act::Text("您好！感谢关注。我们的系统已在宁波和鹿特丹运行。请问三个堆场的年吞吐量大约是多少？")),
            (9, JONAS, Act::Text("合计约 85 万标箱，其中一个堆场是全自动的。")),
            (
                5,
                WANG,
                Act::Text("明白。全自动堆场可以直接接入我们的设备接口；另外两个需要先做一次现场勘察，通常三天。"),
            ),
            (4, JONAS, Act::Text("How long does it take from the survey to the first productive day?")),
            (
                7,
                WANG,
                Act::Text(
                    "About four months: six weeks of integration, six weeks in parallel with your present system, then the change-over on a weekend.",
                ),
            ),
            (3, JONAS, Act::Read),
            (40, JONAS, Act::Text("这个周期可以接受。可以先给一份报价框架吗？")),
            (25, WANG, Act::Text("可以，我今天整理好发给您。请留下接收报价的联系人。")),
            (4, JONAS, Act::Contact),
            (2, WANG, Act::Read),
            (60, WANG, Act::Text("报价框架已发到您的邮箱：软件许可按堆场计费，首年含两次现场培训。")),
            (15, JONAS, Act::Text("收到，内部讨论后周四前回复您。谢谢！")),
            (2, WANG, Act::Read),
        ],
    },
    Talk {
        began_minutes_ago: 30 * 60,
        from: HUANG,
        with: "lvzhou",
        acts: &[
            (
                1,
                HUANG,
                Act::Text(
                    "周经理您好，我们受委托为越南一处纺织园区采购废水处理服务，日处理量 8000 吨，贵集团做过类似规模吗？",
                ),
            ),
            (4, ZHOU, Act::Claim),
            (3, ZHOU, Act::Text("您好，做过五个纺织园区，最大的日处理 2 万吨，排放达到当地 A 级标准。")),
            (6, HUANG, Act::Text("请问运营是由贵方长期派驻，还是培训当地人员？")),
            (8, ZHOU, Act::Text("通常前两年派驻五人，同时培训当地班组，第三年移交日常运行，我们保留远程监控。")),
            (2, HUANG, Act::Read),
            (90, ZHOU, Act::Text("补充一点：如果园区有印染企业，需要先拿到水样数据，我们可以安排取样。")),
            (35, HUANG, Act::Text("水样我们下周提供，方便约一次线上会议吗？最好有工艺工程师参加。")),
        ],
    },
    Talk {
        began_minutes_ago: 26 * 60,
        from: DU,
        with: "huaxin",
        acts: &[
            (1, DU, Act::Text("请问有没有适合冷库的小型视觉检测方案？")),
            (12, LILI, Act::Claim),
            (2, LILI, Act::Text("您好，有一款单相机的入门方案，适合 -25℃ 环境，我把资料整理给您。")),
            (20, DU, Act::Text("太好了，先看资料，谢谢。")),
            (5, LILI, Act::Read),
            (30, LILI, Act::Text("资料已发送。如有问题随时联系我们，这次咨询我先关闭，您可以随时重新打开。")),
            (1, LILI, Act::Close),
        ],
    },
    Talk {
        began_minutes_ago: 5 * 60,
        from: KLARA,
        with: "lvzhou",
        acts: &[
            (
                1,
                KLARA,
                Act::Text(
                    "Guten Tag! We service pumps and blowers of treatment plants in nine countries. Would a framework contract for your plants abroad interest you?",
                ),
            ),
            (30, ZHOU, Act::Claim),
            (
                2,
                ZHOU,
                Act::Text("您好！感兴趣。我们在东南亚有十二座设施，鼓风机主要是两个品牌，可以先从年度检修开始合作。"),
            ),
            (
                12,
                KLARA,
                Act::Text("Perfect. I will prepare a list of what an annual inspection covers, with our day rates."),
            ),
            (4, ZHOU, Act::Read),
        ],
    },
    Talk {
        began_minutes_ago: 100,
        from: LENA,
        with: "lvzhou",
        acts: &[
            (1, LENA, Act::Text("你好，我们的港区正在更新油污水处理站，想请教绿洲的模块化设备。")),
            (
                3,
                LENA,
                Act::Text(
                    "We need a capacity of 40 cubic metres an hour, and the footprint must stay below 200 square metres.",
                ),
            ),
        ],
    },
];
