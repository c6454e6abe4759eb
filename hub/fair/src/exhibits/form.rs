//! The fields of an exhibit. **Source**: SPEC 10; D-01 (its videos), D-02 and D-03 (two texts), D-28 (one to five pictures).

use crate::form::{Field, FieldKind, Form, TextKind, fen, id, line, lines, list, rich, term};

/// **Units** of all of these: characters.
const NAME_CHARS_MAX: usize = 100;
const CODE_CHARS_MAX: usize = 30;
const BRAND_CHARS_MAX: usize = 50;
const SUMMARY_CHARS_MAX: usize = 500;
/// Without the markup.
const DETAIL_CHARS_MAX: usize = 1_500;

/// 99,999,999.99 yuan: eleven characters with the point. **Units**: fen.
const PRICE_FEN_MAX: i64 = 9_999_999_999;
const PICTURES_MAX: usize = 5;
const VIDEOS_MAX: usize = 2;

const PICTURE: FieldKind = FieldKind::Text(TextKind::Upload { r#use: "picture" });
const VIDEO: FieldKind = FieldKind::Text(TextKind::Upload { r#use: "exhibit_video" });

static FIELDS: [Field; 12] = [
    id("booth").required().about("where it is shown; stays"),
    line("name", 1, NAME_CHARS_MAX).required(),
    term("category", "exhibit-category").required().about("one that is chosen in the booth"),
    line("code", 1, CODE_CHARS_MAX).about("the exhibitor's own; the exhibit's number where none is given"),
    term("origin", "region").required(),
    line("brand", 1, BRAND_CHARS_MAX).required(),
    fen("market_price_fen", PRICE_FEN_MAX).about("shown to all; none: 暂无报价"),
    fen("wholesale_price_fen", PRICE_FEN_MAX).about("never shown to others"),
    lines("summary", 1, SUMMARY_CHARS_MAX).required().about("展品介绍: in the lists"),
    list("pictures", &PICTURE, 1, PICTURES_MAX).required().about("the first is the main one"),
    list("videos", &VIDEO, 0, VIDEOS_MAX),
    rich("detail_html", DETAIL_CHARS_MAX).about("展品简介: on the exhibit's page"),
];

/// An exhibit. Its number it gets.
pub static EXHIBIT: Form = Form::new("Exhibit", &FIELDS);
