//! What stands on the demo's booths. Declares only; half of it in Chinese, half in both languages, as at a fair.

use super::{APPROVED, Act, DRAFT, PENDING, Ware};

const ON_SALE: &[Act] = &[Act::Submit, Act::Approve, Act::Shelve];
const UNSHELVED: &[Act] = &[Act::Submit, Act::Approve, Act::Shelve, Act::Unshelve];

/// On sale; 0 yuan: nothing is said of its price.
const fn ware(name: &'static str, category: &'static str, yuan: i64, summary: &'static str) -> Ware {
    let price_fen = if yuan == 0 { None } else { Some(yuan * 100) };
    Ware { name, category, price_fen, summary, detail: None, then: ON_SALE }
}

impl Ware {
    const fn then(self, then: &'static [Act]) -> Self {
        Self { then, ..self }
    }

    const fn told_by(self, detail: &'static str) -> Self {
        Self { detail: Some(detail), ..self }
    }
}

const YARD: &str = "<h3>它做什么</h3><p><strong>YardFlow</strong> 把船期、闸口和设备放进同一个计划，每三十秒重排一次。</p><ul><li>翻箱率平均下降 <strong>18%</strong></li><li>集卡在场时间缩短 <strong>11 分钟</strong></li><li>支持人工与全自动混合堆场</li></ul><h3>实施</h3><table><thead><tr><th>阶段</th><th>周数</th></tr></thead><tbody><tr><td>接口与数据</td><td>6</td></tr><tr><td>并行运行</td><td>6</td></tr><tr><td>切换</td><td>1 个周末</td></tr></tbody></table><blockquote>The change-over takes one weekend, and the old system stays ready.</blockquote>";
const VISION: &str = "<p>三台相机、一台边缘主机，闸口不停车。</p><ol><li>识别箱号、箱型与封条</li><li>标出残损并留存照片</li><li>结果写入场站系统</li></ol><p><em>In rain, fog and at night alike.</em></p>";
const PLANT: &str = "<h3>集装箱里的污水处理站</h3><p>工厂预装，现场只需水、电与一块平地。</p><table><thead><tr><th>型号</th><th>日处理</th><th>功率</th></tr></thead><tbody><tr><td>M-200</td><td>200 吨</td><td>28 kW</td></tr><tr><td>M-500</td><td>500 吨</td><td>55 kW</td></tr></tbody></table><ul><li>出水达到一级 A 标准</li><li>远程监控，现场一人值守</li></ul>";
const CT: &str = "<p>医院上传影像，系统按部位分派给值班专家，报告经审核后返回。</p><ul><li>急诊 <strong>三十分钟</strong></li><li>平诊 <strong>两小时</strong></li></ul><p>Reports in Chinese, English or French.</p>";
const REEFER: &str = "<h3>Schedule</h3><table><thead><tr><th>截关</th><th>开船</th><th>到港</th></tr></thead><tbody><tr><td>周一</td><td>周二</td><td>周三</td></tr><tr><td>周五</td><td>周六</td><td>周日</td></tr></tbody></table><p>含码头操作费，不含目的港费用。</p>";
const KIT: &str = "<p><strong>22 公斤</strong>，一个背箱。</p><ol><li>展开天线</li><li>按下对星</li><li>十分钟内通话</li></ol><p>电池续航六小时，可接太阳能板。</p>";
const SHOW: &str = "<h3>走进山水</h3><p>十二台投影与环绕声场，观众的脚步改变云雾与水纹。</p><ul><li>场地：300 平方米，净高 4 米</li><li>布展：10 天</li><li>语言：中、英、法、西</li></ul><blockquote>Visitors stay twenty-five minutes on average.</blockquote>";
const SNOW: &str = "<p>Three site visits, one in each season, and a plan that a bank can read.</p><ul><li>Terrain, wind and snow of thirty years</li><li>Lifts and slopes in phases</li><li>Water, power and roads</li></ul><p>三次现场踏勘，分期建设，附投资测算。</p>";
const SEA: &str = "<h3>六天的课程</h3><ol><li>潮间带调查</li><li>港口与船</li><li>海洋馆后台</li><li>渔村与饮食</li><li>帆船基础</li><li>汇报与证书</li></ol><p>师生比 1:10，全程随队医护。</p>";

pub(super) static HUAXIN: &[Ware] = &[
    ware(
        "场站调度系统 YardFlow",
        "business.computer",
        680_000,
        "集装箱场站的计划、派单与设备协同，一个屏幕看全场。Planning and dispatch for container yards.",
    )
    .told_by(YARD),
    ware(
        "箱号与残损视觉识别",
        "business.computer",
        128_000,
        "闸口摄像头三秒识别箱号、封条与残损，准确率 99.2%。Reads numbers and finds damage at the gate.",
    )
    .told_by(VISION),
    ware("冷库单相机检测套件", "business.computer", 36_000, "适合 -25℃ 环境的入门级视觉检测方案，一天完成安装。"),
    ware(
        "仓储数字孪生",
        "business.computer",
        0,
        "把仓库的货位、设备和人员放进一个实时三维模型，先试再改。A live model of your warehouse.",
    ),
    ware("全自动堆场设备接口", "business.computer", 90_000, "与六个品牌的轨道吊和无人集卡对接的标准接口，含联调。"),
    ware(
        "夜间远程值守服务",
        "communication.telecommunications",
        48_000,
        "调度员远程值守夜班，按月计费，含周报。Night shifts, watched from afar.",
    ),
    ware("场站现场勘察", "business.professional", 15_000, "三天现场勘察，给出设备清单、网络评估与实施计划。")
        .then(UNSHELVED),
    ware("操作员线上培训", "education.adult", 2_800, "十二节直播课与模拟器练习，结业后颁发证书。")
        .then(&[Act::Submit, Act::Reject("请补充服务内容的说明和收费方式。")]),
    ware("移动理货助手", "business.computer", 0, "手机即可理货、拍照与签收，离线也能工作。").then(PENDING),
    ware("钢卷识别模块", "business.computer", 56_000, "识别钢卷编号与捆带状态。").then(APPROVED),
];

pub(super) static LVZHOU: &[Ware] = &[
    ware(
        "模块化污水处理站",
        "environment.sewage",
        1_860_000,
        "四十英尺集装箱内的整站，日处理五百吨，两周投运。A plant in a container, running in two weeks.",
    )
    .told_by(PLANT),
    ware("印染废水提标改造", "environment.sewage", 0, "在原有池体内完成提标，出水达到当地 A 级标准。"),
    ware("油污水分离装置", "environment.sewage", 420_000, "港区油污水处理，每小时四十立方米，占地不到二百平方米。"),
    ware(
        "餐厨垃圾资源化",
        "environment.refuse",
        0,
        "餐厨垃圾变为沼气与有机肥，按吨计费。From kitchen waste to biogas.",
    ),
    ware("土壤修复调查", "environment.other-environment", 98_000, "采样、建模与风险评估，三周提交报告。"),
    ware(
        "设施托管运营",
        "environment.sewage",
        350_000,
        "派驻班组运营并培训当地人员，两年后移交。Operation, then hand-over.",
    ),
    ware("园区异味治理", "environment.sanitation", 160_000, "在线监测与生物滤池相结合的异味治理。")
        .then(&[Act::Submit, Act::Reject("请说明所依据的标准，并附治理前后的对比。")]),
    ware("水质远程监控", "environment.other-environment", 26_000, "十二项指标在线监测，手机查看与报警。").then(&[
        Act::Submit,
        Act::Approve,
        Act::Shelve,
        Act::Update("正在更新的介绍：服务范围扩大，价格不变。"),
    ]),
    ware("建筑垃圾再生", "environment.refuse", 0, "就地破碎分选，再生骨料用于道路基层。").then(DRAFT),
];

pub(super) static RHEIN: &[Ware] = &[
    ware(
        "Turbine Overhaul 汽轮机大修",
        "business.other-business",
        980_000,
        "Dismantling, inspection and overhaul of turbines up to 60 MW. 六万千瓦以下机组检修。",
    ),
    ware(
        "On-site Balancing 现场动平衡",
        "business.other-business",
        38_000,
        "Balancing of fans, rotors and rolls without dismantling them.",
    ),
    ware(
        "Press Line Service 压力机保养",
        "business.other-business",
        0,
        "Yearly service of press lines, planned for your stop.",
    ),
    ware(
        "Vibration Watch 振动监测",
        "business.other-business",
        12_000,
        "Sensors, analysis and a monthly report for each machine.",
    ),
    ware(
        "Maintenance Training 检修培训",
        "education.adult",
        18_000,
        "Five days at your plant, in German, English or Chinese.",
    ),
    ware(
        "Spare Part Measuring 备件测绘",
        "business.research",
        0,
        "We measure worn parts and draw them anew, within a week.",
    )
    .then(UNSHELVED),
    ware(
        "Roll Grinding 轧辊修磨",
        "business.other-business",
        22_000,
        "Grinding of paper and steel rolls up to 12 metres.",
    )
    .then(APPROVED),
];

pub(super) static QINGFENG: &[Ware] = &[
    ware(
        "远程 CT 诊断",
        "health.other-health",
        120,
        "按例计费的 CT 远程诊断，平均四十分钟返回报告。CT reading by the case.",
    )
    .told_by(CT),
    ware("远程 MRI 诊断", "health.other-health", 180, "三位专家轮值，疑难病例双签。"),
    ware("影像质控服务", "health.hospitals", 60_000, "每月抽检与评分，帮助医院提升检查质量。"),
    ware("多学科会诊", "health.hospitals", 3_000, "四十八小时内组织影像、外科与肿瘤专家会诊。"),
    ware("影像医师培训", "education.adult", 8_800, "六个月线上规培，含二百例带教读片。Six months of guided reading."),
    ware("移动影像车", "health.other-health", 0, "车载 CT 下乡与海外巡诊，含技师与司机。A CT on wheels."),
    ware("法语报告模板", "health.other-health", 0, "适用于西非项目的报告模板与术语库。").then(PENDING),
];

pub(super) static ANHE: &[Ware] = &[
    ware(
        "大型活动卫生保障",
        "health.other-health",
        260_000,
        "方案、人员与物资一站式配置，四十八小时到场。Health cover for large events.",
    ),
    ware("写字楼消杀服务", "environment.sanitation", 4, "按平方米计费的日常与应急消杀。"),
    ware("健康驿站运营", "health.social", 0, "入境人员健康驿站的筹建与托管运营。"),
    ware("员工健康档案", "health.other-health", 96, "体检、随访与用药提醒，按人按年计费。"),
    ware(
        "海外项目医务室",
        "health.hospitals",
        480_000,
        "派驻医护与药品供应，适合三百人以上营地。A clinic for your camp abroad.",
    ),
    ware("防疫课程", "education.adult", 1_200, "面向学校与社区的两日课程，含演练。").then(UNSHELVED),
    ware("空气检测", "environment.other-environment", 3_600, "室内空气二十项检测，三日出具报告。").then(&[
        Act::Submit,
        Act::Approve,
        Act::Shelve,
        Act::Update("正在更新的介绍：服务范围扩大，价格不变。"),
    ]),
];

pub(super) static LANHAI: &[Ware] = &[
    ware("青岛至釜山快班", "transport.maritime", 2_600, "每周四班，周五截关周日到港。Four sailings a week to Busan.")
        .told_by(REEFER),
    ware("冷藏箱门到门", "transport.maritime", 18_500, "自有冷箱，温度与位置全程可查。Reefer, door to door."),
    ware("东南亚班轮", "transport.maritime", 3_900, "胡志明、林查班、巴生直航，每周五班。"),
    ware("港口代理", "transport.auxiliary-transport", 0, "十二个港口的船舶代理、补给与船员换班。"),
    ware("工程设备滚装", "transport.maritime", 0, "风电叶片与工程车辆的滚装与绑扎方案。Ro-ro for project cargo."),
    ware("冷链场站", "transport.auxiliary-transport", 320, "三千个冷箱插座，按箱按天计费。"),
    ware("内河支线", "transport.inland-waterways", 900, "沿江六港与干线衔接的支线运输。").then(DRAFT),
];

pub(super) static XINGHE: &[Ware] = &[
    ware(
        "船载卫星宽带",
        "communication.telecommunications",
        9_800,
        "按月付费，全球海域，船员可用。Broadband at sea, by the month.",
    ),
    ware("应急通信箱", "communication.telecommunications", 56_000, "一人可携带，十分钟建立话音与数据链路。")
        .told_by(KIT),
    ware("矿区专网", "communication.telecommunications", 0, "卫星回传加本地无线，覆盖露天与井下。"),
    ware(
        "偏远校园网络",
        "communication.telecommunications",
        68_000,
        "一校一站，含三年运维与内容缓存。A school online, for three years.",
    ),
    ware("网管值守", "communication.other-communication", 24_000, "中英文双语二十四小时值守，月度报告。"),
    ware("终端租赁", "business.rental", 1_200, "按周租赁，含运输与调试。"),
    ware("灾害直播回传", "communication.audiovisual", 15_000, "两路高清实时回传，按天计费。")
        .then(&[Act::Submit, Act::Reject("图片与展品不符，请更换。")]),
];

pub(super) static MOYUN: &[Ware] = &[
    ware(
        "山水数字展",
        "recreation.libraries-museums",
        380_000,
        "三百平方米沉浸式山水，十天布展，可巡回。Landscapes you walk into.",
    )
    .told_by(SHOW),
    ware(
        "二十四节气海外展",
        "recreation.libraries-museums",
        160_000,
        "图文、器物与工作坊组成的巡回展览，含翻译与运输。",
    ),
    ware(
        "书法工作坊",
        "recreation.entertainment",
        6_800,
        "两小时体验，含笔墨与装裱，三十人。Two hours with brush and ink.",
    ),
    ware("非遗市集", "recreation.entertainment", 0, "十二位手艺人现场制作，适合城市节庆。"),
    ware("古籍数字化", "recreation.libraries-museums", 18, "按页计费的扫描、修图与标引。"),
    ware("文化礼品设计", "business.professional", 25_000, "从纹样到包装的整套设计，含打样。"),
    ware("皮影夜场", "recreation.entertainment", 12_000, "四十分钟双语皮影戏，自带舞台。").then(&[
        Act::Submit,
        Act::Approve,
        Act::Delete,
    ]),
];

pub(super) static ZHUQUE: &[Ware] = &[
    ware(
        "医院方案设计",
        "construction.other-construction",
        0,
        "从医疗工艺到建筑方案，八周交付。Hospitals, from flow to form.",
    ),
    ware("学校装配式方案", "construction.buildings", 220_000, "标准教室模块，六个月建成一所学校。"),
    ware(
        "湿热地区节能评估",
        "business.professional",
        86_000,
        "全年模拟与现场测试，给出改造次序。Comfort without machines.",
    ),
    ware("交通枢纽咨询", "construction.civil-engineering", 0, "客流仿真、换乘优化与分期建设建议。"),
    ware("数字模型审查", "business.professional", 32_000, "按专业检查碰撞与规范，十日出具报告。"),
    ware("室内改造", "construction.finishing", 1_600, "按平方米计费，设计与施工一体。").then(UNSHELVED),
    ware("幕墙检测", "construction.installation", 0, "无人机与拉拔相结合的幕墙安全检测。").then(PENDING),
];

pub(super) static ALPINA: &[Ware] = &[
    ware(
        "Resort Master Plan 雪场总体规划",
        "business.professional",
        1_200_000,
        "Slopes, lifts, water and buildings on one map. 雪道、索道、水源与建筑的整体规划。",
    )
    .told_by(SNOW),
    ware(
        "Snow-making Audit 造雪评估",
        "recreation.sporting",
        68_000,
        "Water and power for every metre of snow, measured at night.",
    ),
    ware(
        "Instructor School 教练培训",
        "education.adult",
        9_600,
        "Three weeks on snow, certified at two levels. 三周雪上课程。",
    ),
    ware(
        "Ski Patrol Training 巡逻队培训",
        "recreation.sporting",
        15_000,
        "Rescue, avalanche and first aid, for teams of twelve.",
    ),
    ware("First Winter Crew 首季运营团队", "recreation.sporting", 0, "Eight people who open your resort with you."),
    ware("Summer Use 四季运营方案", "tourism.other-tourism", 0, "Trails, bikes and festivals between two winters."),
    ware(
        "Ice Rink Cooling 冰场制冷",
        "recreation.sporting",
        240_000,
        "Cooling plants for rinks, with heat for the pool next door.",
    )
    .then(APPROVED),
];

pub(super) static JINDING: &[Ware] = &[
    ware("货运一切险", "finance.insurance", 380, "单票三分钟出单，一百一十个港口查勘。All risks, in three minutes."),
    ware("出口信用险咨询", "finance.insurance", 12_000, "买家资信、限额申请与索赔的全程服务。"),
    ware("海外工程险", "finance.insurance", 0, "施工期与质保期一体的工程险方案。Cover from first stone to handover."),
    ware("冷链变质险", "finance.insurance", 560, "温度记录即证据，二十四小时赔付。"),
    ware("展品往返险", "finance.insurance", 900, "展览品运输、布展与撤展期间的保障。"),
    ware("风险顾问驻场", "business.professional", 80_000, "项目现场的风险识别与改进，按月计费。")
        .then(&[Act::Submit, Act::Reject("请补充服务内容的说明和收费方式。")]),
    ware("雇主责任险", "finance.insurance", 260, "海外派驻员工的责任与医疗保障。").then(DRAFT),
];

pub(super) static SHANHE: &[Ware] = &[
    ware("海洋研学六日营", "tourism.travel-agencies", 4_980, "潮间带、港口与海洋馆，含课程手册。Six days by the sea.")
        .told_by(SEA),
    ware("工业遗产三日行", "tourism.travel-agencies", 1_680, "老船坞、机车厂与灯塔，工程师带队讲解。"),
    ware(
        "海外学生中文夏令营",
        "tourism.travel-agencies",
        7_600,
        "上午语言课，下午手艺与城市探索。Chinese in the morning, crafts after noon.",
    ),
    ware("教师考察团", "tourism.travel-agencies", 0, "面向校长与教师的课程与线路考察。"),
    ware("双语领队", "tourism.guides", 1_500, "持急救证的双语领队，按天计费。"),
    ware("研学基地食宿", "tourism.hotels-restaurants", 220, "二百床位，含三餐与教室。"),
    ware("冬季观鸟", "tourism.other-tourism", 880, "两日湿地观鸟，含望远镜与讲解。").then(&[
        Act::Submit,
        Act::Approve,
        Act::Shelve,
        Act::Update("正在更新的介绍：服务范围扩大，价格不变。"),
    ]),
];

pub(super) static KAILAI: &[Ware] = &[
    ware(
        "会议同声传译",
        "business.other-business",
        9_000,
        "两人一组，按天计费，四十二个语种。Interpreters in pairs, by the day.",
    ),
    ware("工程文件翻译", "business.professional", 280, "按千字计费，两道审校，附术语表。"),
    ware("软件本地化", "business.computer", 0, "界面、文档与测试一体的本地化服务。Interfaces, manuals and tests."),
    ware("远程同传平台", "communication.audiovisual", 26_000, "一万名听众，十二个语种同时在线。"),
    ware("仲裁文件翻译", "business.professional", 420, "宣誓译员与保密流程。").then(PENDING),
];

pub(super) static ZHIXING: &[Ware] = &[
    ware("酒店配送机器人", "business.rental", 2_600, "按月租赁，含地图与运维。").then(PENDING),
    ware("展馆导览机器人", "business.rental", 3_800, "十种语言讲解，自动避让。").then(DRAFT),
];

pub(super) static HAIYUE: &[Ware] = &[
    ware("酒店筹开顾问", "business.professional", 0, "从图纸到开业的十二个月陪伴。").then(PENDING),
    ware("收益管理托管", "business.professional", 18_000, "每日定价与渠道管理。").then(DRAFT),
];

pub(super) static TONGDA: &[Ware] = &[ware(
    "Bonded Storage 保税仓储",
    "transport.auxiliary-transport",
    0,
    "Storage by the parcel, with a report for every day.",
)
.then(DRAFT)];

pub(super) static CHENXI: &[Ware] = &[ware(
    "Event Footprint 展会碳足迹",
    "business.professional",
    45_000,
    "Measured before, during and after your event.",
)
.then(DRAFT)];
