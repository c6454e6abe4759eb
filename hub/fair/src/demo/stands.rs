//! What the demo's exhibitors show: their booths, each with how far it has come; `wares` has what stands on them. Declares
//! only.

mod wares;

/// A step of a booth or an exhibit.
pub(super) enum Act {
    Submit,
    Approve,
    Reject(&'static str),
    /// Another introduction.
    Update(&'static str),
    Shelve,
    Unshelve,
    Delete,
}

/// A booth.
pub(super) struct Stand {
    /// Whose, by its identifier.
    pub(super) firm: &'static str,
    pub(super) name: &'static str,
    pub(super) introduction: &'static str,
    pub(super) business: &'static str,
    pub(super) tags: &'static [&'static str],
    /// None: the one that its firm's code presets.
    pub(super) zone: Option<&'static str>,
    pub(super) address: &'static str,
    pub(super) then: &'static [Act],
    pub(super) wares: &'static [Ware],
}

/// An exhibit.
pub(super) struct Ware {
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    /// None: 暂无报价.
    pub(super) price_fen: Option<i64>,
    pub(super) summary: &'static str,
    pub(super) detail: Option<&'static str>,
    pub(super) then: &'static [Act],
}

const DRAFT: &[Act] = &[];
const PENDING: &[Act] = &[Act::Submit];
const APPROVED: &[Act] = &[Act::Submit, Act::Approve];

pub(super) static STANDS: &[Stand] = &[
    Stand {
        firm: "huaxin",
        name: "华信智能 Huaxin Intelligent",
        introduction: "港口、仓储与工厂的调度和视觉检测软件，已在十二个国家的六十多个场站运行。\n\
            Scheduling and visual inspection for yards, warehouses and factories.",
        business: "场站调度、视觉检测、数字孪生、系统集成与运维",
        tags: &["智慧港口", "视觉检测", "Software"],
        zone: Some("twelve-domains"),
        address: "中关村大街 27 号",
        then: APPROVED,
        wares: wares::HUAXIN,
    },
    Stand {
        firm: "lvzhou",
        name: "绿洲环保 Oasis Environmental",
        introduction: "工业废水处理、固体废物资源化和土壤修复：设计、建造、运行合为一份合同，对水质负责。\n\
            One contract from design to operation, with guaranteed water quality.",
        business: "废水处理、固废资源化、土壤修复、设施托管运营",
        tags: &["环保", "水处理", "Green"],
        zone: Some("achievements"),
        address: "南山区科苑路 15 号",
        then: APPROVED,
        wares: wares::LVZHOU,
    },
    Stand {
        firm: "rhein",
        name: "莱茵工业服务 Rhein Industrieservice",
        introduction: "We keep presses, turbines and paper machines running in nine countries, on site and on time.\n\
            压力机、汽轮机和造纸机的现场检修、动平衡与人员培训。",
        business: "Inspection, balancing and overhaul of rotating equipment; training",
        tags: &["Maintenance", "工业服务"],
        zone: Some("countries-and-regions"),
        address: "Rheinallee 3, Düsseldorf",
        then: APPROVED,
        wares: wares::RHEIN,
    },
    Stand {
        firm: "qingfeng",
        name: "青枫远程影像 Qingfeng Imaging",
        introduction: "连接三百家医院与四十位专家的影像诊断网络，报告平均四十分钟返回。\n\
            Remote reading for hospitals, with reports in three languages.",
        business: "远程影像诊断、影像质控、医师培训",
        tags: &["远程医疗", "Imaging"],
        zone: Some("public-health"),
        address: "滨江区示范路 18 号",
        then: APPROVED,
        wares: wares::QINGFENG,
    },
    Stand {
        firm: "anhe",
        name: "安和健康 Anhe Health",
        introduction: "防疫方案、环境消杀、健康驿站与员工健康管理，四十八小时内到场。\n\
            Health protection for companies, campuses and projects abroad.",
        business: "防疫方案、消杀、健康驿站运营、健康档案",
        tags: &["公共卫生", "健康管理"],
        zone: Some("public-health"),
        address: "长宁区示范路 6 号",
        then: APPROVED,
        wares: wares::ANHE,
    },
    Stand {
        firm: "lanhai",
        name: "蓝湾船务 Lanwan Shipping",
        introduction: "每周十二个航班连接二十个港口，自有冷箱和场站，门到门温控运输。\n\
            Liner and reefer services to Japan, Korea and Southeast Asia.",
        business: "班轮、冷藏箱运输、港口代理、场站服务",
        tags: &["海运", "冷链", "Shipping"],
        zone: Some("twelve-domains"),
        address: "黄岛区示范路 88 号",
        then: APPROVED,
        wares: wares::LANHAI,
    },
    Stand {
        firm: "xinghe",
        name: "星渡卫星通信 Xingdu Satellite",
        introduction: "船舶、矿山、应急与偏远校园的卫星宽带，七天开通一个新站点。\n\
            Satellite broadband for ships, mines and schools, watched day and night.",
        business: "卫星宽带、终端租赁、网络运维、应急通信",
        tags: &["卫星通信", "应急", "Satellite"],
        zone: Some("achievements"),
        address: "东湖高新区示范路 1 号",
        then: APPROVED,
        wares: wares::XINGHE,
    },
    Stand {
        firm: "moyun",
        name: "墨韵文化 Moyun Culture",
        introduction: "书画、非遗与数字艺术的策展和巡演，五年间在十四个国家办展六十余场。\n\
            Exhibitions of calligraphy, crafts and digital art, ready to travel.",
        business: "策展、巡展、布展施工、文化体验活动",
        tags: &["文化", "非遗", "Art"],
        zone: None,
        address: "朝阳区示范路 20 号",
        then: APPROVED,
        wares: wares::MOYUN,
    },
    Stand {
        firm: "zhuque",
        name: "筑雀建筑 Zhuque Architects",
        introduction: "医院、学校与交通枢纽的设计和工程咨询，擅长湿热地区的被动式节能。\n\
            Hospitals, schools and hubs, designed for hot and humid places.",
        business: "建筑设计、工程咨询、装配式施工、运行评估",
        tags: &["建筑设计", "节能"],
        zone: Some("achievements"),
        address: "天河区示范路 33 号",
        then: APPROVED,
        wares: wares::ZHUQUE,
    },
    Stand {
        firm: "alpina",
        name: "阿尔品冬季运动 Alpina Winter Sports",
        introduction: "Ski areas from the first line on the map to the third winter of operation.\n\
            滑雪场规划、造雪与运营，教练、巡逻队和索道人员培训。",
        business: "Planning, snow-making, training, operation of winter sports areas",
        tags: &["冰雪", "Winter Sports"],
        zone: None,
        address: "Musterweg 7, Garmisch",
        then: APPROVED,
        wares: wares::ALPINA,
    },
    Stand {
        firm: "jinding",
        name: "衡舟保险 Hengzhou Insurance",
        introduction: "外贸、物流与工程企业的风险管家：三分钟出单，小额案件一天赔付。\n\
            Cargo, credit and construction cover, with surveyors in a hundred ports.",
        business: "货运险、信用险、工程险、风险咨询",
        tags: &["保险", "风险管理"],
        zone: Some("twelve-domains"),
        address: "工业园区示范路 9 号",
        then: APPROVED,
        wares: wares::JINDING,
    },
    Stand {
        firm: "shanhe",
        name: "山海间研学 Shanhaijian Study Travel",
        introduction: "围绕海洋、工业遗产与非遗手艺的研学线路，有课程大纲，也有安全预案。\n\
            Study journeys along the coast, with a syllabus and a safety plan.",
        business: "研学旅行、夏令营、教师考察、目的地接待",
        tags: &["研学", "旅游", "Travel"],
        zone: None,
        address: "中山区示范路 5 号",
        then: APPROVED,
        wares: wares::SHANHE,
    },
    Stand {
        firm: "kailai",
        name: "开来语言服务 Kailai Language Services",
        introduction: "四十二个语种的笔译、同声传译和本地化，译员小组随项目成长。\n\
            Translation, interpreting and localisation in forty-two languages.",
        business: "笔译、同声传译、软件本地化、术语管理",
        tags: &["翻译", "Language"],
        zone: Some("twelve-domains"),
        address: "朝阳区示范路 66 号",
        then: &[
            Act::Submit,
            Act::Approve,
            Act::Update("四十五个语种的笔译、同声传译和本地化，新增远程同传平台，可支持一万名听众。"),
        ],
        wares: wares::KAILAI,
    },
    Stand {
        firm: "zhixing",
        name: "知衡服务机器人 Zhiheng Robots",
        introduction: "酒店、医院与展馆的配送和导览机器人，租赁、调度与运维一体。",
        business: "机器人租赁、调度平台、现场运维",
        tags: &["机器人", "Robots"],
        zone: None,
        address: "鄞州区示范路 12 号",
        then: PENDING,
        wares: wares::ZHIXING,
    },
    Stand {
        firm: "haiyue",
        name: "海岚酒店咨询 Hailan Hospitality",
        introduction: "酒店筹开、品牌落地、收益管理与培训，十年间参与筹开四十八家。",
        business: "酒店筹开、收益管理、员工培训",
        tags: &["酒店", "Hospitality"],
        zone: Some("twelve-domains"),
        address: "河西区示范路 30 号",
        then: PENDING,
        wares: wares::HAIYUE,
    },
    Stand {
        firm: "tongda",
        name: "通渡供应链 Tongdu Supply Chain",
        introduction: "最好的跨境仓储与配送，价格全网最低。",
        business: "保税仓储、跨境配送、退货处理",
        tags: &["跨境", "Logistics"],
        zone: Some("countries-and-regions"),
        address: "1 Example Road",
        then: &[Act::Submit, Act::Reject("介绍中有“最好”“最低”等无法证实的说法，请改为可以核实的内容后重新提交。")],
        wares: wares::TONGDA,
    },
    Stand {
        firm: "chenxi",
        name: "晨汐低碳 Chenxi Low-Carbon",
        introduction: "Carbon footprints of factories, ports and events, and how to get rid of them.",
        business: "Carbon accounting and energy advice",
        tags: &["低碳"],
        zone: Some("countries-and-regions"),
        address: "3 rue de l'Exemple, Lyon",
        then: DRAFT,
        wares: wares::CHENXI,
    },
];
