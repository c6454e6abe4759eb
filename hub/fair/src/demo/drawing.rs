//! The demo's pictures, drawn by the hub itself: none comes from elsewhere. Pure: the same words give the same picture, and
//! other words nearly always another one.

mod canvas;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _, ImageResult};

use self::canvas::{Area, Canvas, Colour, Paint, hsl, real, whole};

/// 展台LOGO. **Units**: pixels.
const LOGO_SIDE: usize = 260;
/// 展台门头. **Units**: pixels.
const DOOR_HEAD: (usize, usize) = (895, 285);
/// As wide as a small form, so that none has to be made. **Units**: pixels.
const EXHIBIT_SIDE: usize = 480;
/// Of a JPEG.
const QUALITY: u8 = 80;

/// What is to be drawn.
#[derive(Debug, Clone, Copy)]
pub(super) enum Picture {
    /// A booth's mark, by its firm.
    Logo(&'static str),
    /// A booth's head, by its firm.
    DoorHead(&'static str),
    /// An exhibit, by its name and category.
    Exhibit(&'static str, &'static str),
}

impl Picture {
    /// The file.
    pub(super) fn draw(self) -> ImageResult<Vec<u8>> {
        match self {
            Self::Logo(firm) => png(&logo(firm), LOGO_SIDE),
            Self::DoorHead(firm) => jpeg(&door_head(firm), DOOR_HEAD),
            Self::Exhibit(name, category) => jpeg(&exhibit(name, category), (EXHIBIT_SIDE, EXHIBIT_SIDE)),
        }
    }
}

fn png(canvas: &Canvas, side: usize) -> ImageResult<Vec<u8>> {
    let (mut bytes, side) = (Vec::new(), pixels(side));
    PngEncoder::new(&mut bytes).write_image(canvas.pixels(), side, side, ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

fn jpeg(canvas: &Canvas, (width, height): (usize, usize)) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    encoder.write_image(canvas.pixels(), pixels(width), pixels(height), ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

fn pixels(side: usize) -> u32 {
    u32::try_from(side).unwrap_or(u32::MAX)
}

/// Chance that is always the same for the same words.
struct Dice(u64);

impl Dice {
    /// FNV-1a.
    fn of(words: &str) -> Self {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(words.bytes().fold(0xcbf2_9ce4_8422_2325, step))
    }

    /// Less than `count`: `SplitMix64`.
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed >> 33) % count.max(1) as u64).unwrap_or_default()
    }

    /// From one number to another.
    fn between(&mut self, from: f32, to: f32) -> f32 {
        (to - from).mul_add(real(self.below(1_000)) / 1_000.0, from)
    }

    fn one_of<T: Copy + Default, const N: usize>(&mut self, of: [T; N]) -> T {
        of.get(self.below(N)).copied().unwrap_or_default()
    }
}

/// Colours that go together.
struct Palette {
    deep: Colour,
    middle: Colour,
    light: Colour,
    pale: Colour,
    accent: Colour,
}

impl Palette {
    fn of(hue: f32) -> Self {
        Self {
            deep: hsl(hue, 0.52, 0.27),
            middle: hsl(hue, 0.48, 0.48),
            light: hsl(hue + 14.0, 0.55, 0.72),
            pale: hsl(hue + 24.0, 0.5, 0.92),
            // Warm before what is cool, cool before what is warm.
            accent: hsl(if (15.0..=115.0).contains(&hue) { 205.0 } else { 36.0 }, 0.78, 0.62),
        }
    }

    /// Of a category: all of one group look alike.
    fn of_category(category: &str) -> Self {
        const HUES: [(&str, f32); 12] = [
            ("business", 222.0),
            ("communication", 258.0),
            ("construction", 28.0),
            ("distribution", 330.0),
            ("education", 46.0),
            ("environment", 142.0),
            ("finance", 205.0),
            ("health", 178.0),
            ("tourism", 98.0),
            ("recreation", 350.0),
            ("transport", 234.0),
            ("other", 290.0),
        ];
        let group = category.split('.').next().unwrap_or_default();
        Self::of(HUES.iter().find(|(name, _)| *name == group).map_or(0.0, |(_, hue)| *hue))
    }
}

/// Of a firm: every one has its own hue.
fn hue_of(dice: &mut Dice) -> f32 {
    real(dice.below(24)) * 15.0
}

/// A mark of four parts on a plate.
fn logo(firm: &str) -> Canvas {
    let mut dice = Dice::of(firm);
    let colours = Palette::of(hue_of(&mut dice));
    let side = real(LOGO_SIDE);
    let mut canvas = Canvas::gradient((LOGO_SIDE, LOGO_SIDE), [255; 3], [255; 3]);
    let plate = Area::square((8.0, 8.0), side - 16.0);
    canvas.rectangle(plate, 56.0, (colours.deep, 1.0));
    let part = (side - 104.0) / 2.0;
    for n in 0..4 {
        let at = (52.0 + real(n % 2) * part, 52.0 + real(n / 2) * part);
        let colour = if n == 3 { colours.accent } else { dice.one_of([[255; 3], colours.pale, colours.light]) };
        shape(&mut canvas, &mut dice, Area::square(at, part - 4.0), (colour, 1.0));
    }
    canvas
}

/// A quarter or half of a disc, a disc, a plate or a triangle.
fn shape(canvas: &mut Canvas, dice: &mut Dice, area: Area, paint: Paint) {
    let Area { left, top, right, bottom } = area;
    let side = right - left;
    match dice.below(6) {
        0..=2 => {
            let corner = (dice.one_of([left, right]), dice.one_of([top, bottom]));
            canvas.circle(corner, side, Some(area), paint);
        }
        3 => canvas.circle(((left + right) / 2.0, (top + bottom) / 2.0), side / 2.0, None, paint),
        4 => canvas.triangle(area, dice.below(2) == 0, paint),
        _ => canvas.rectangle(area, side / 5.0, paint),
    }
}

/// A sky with a sun, and hills, waves or a town in front.
fn door_head(firm: &str) -> Canvas {
    let mut dice = Dice::of(firm);
    let colours = Palette::of(hue_of(&mut dice));
    let (width, height) = (real(DOOR_HEAD.0), real(DOOR_HEAD.1));
    let mut canvas = Canvas::gradient(DOOR_HEAD, colours.light, colours.pale);
    let sun = (dice.between(0.55, 0.88) * width, dice.between(0.25, 0.5) * height);
    canvas.circle(sun, height * 0.44, None, ([255; 3], 0.25));
    canvas.circle(sun, height * 0.27, None, (colours.accent, 1.0));
    let is_town = dice.below(2) == 0;
    for (n, colour) in [colours.light, colours.middle, colours.deep].into_iter().enumerate() {
        let ground = height * real(n).mul_add(0.17, 0.48);
        let paint = (canvas::mix(colour, colours.middle, 0.35), 1.0);
        if is_town && n < 2 {
            let roofs: Vec<_> = (0..24).map(|_| dice.between(-0.24, 0.1).mul_add(height, ground)).collect();
            let house = width / real(roofs.len()) * 1.04;
            canvas.below(paint, |x| roofs.get(whole(x / house)).copied().unwrap_or(ground));
        } else {
            hills(&mut canvas, &mut dice, (ground, height * 0.1), paint);
        }
    }
    canvas
}

/// Two waves over one another.
fn hills(canvas: &mut Canvas, dice: &mut Dice, (ground, swing): (f32, f32), paint: Paint) {
    let (long, short) = (dice.between(0.006, 0.011), dice.between(0.014, 0.022));
    let (first, second) = (dice.between(0.0, 6.0), dice.between(0.0, 6.0));
    canvas.below(paint, |x| {
        swing.mul_add(x.mul_add(long, first).sin(), ground) + swing * 0.4 * x.mul_add(short, second).sin()
    });
}

/// One of four compositions, in the colours of its category.
fn exhibit(name: &str, category: &str) -> Canvas {
    let mut dice = Dice::of(name);
    let colours = Palette::of_category(category);
    let mut canvas = Canvas::gradient((EXHIBIT_SIDE, EXHIBIT_SIDE), colours.pale, colours.light);
    match dice.below(4) {
        0 => tiles(&mut canvas, &mut dice, &colours),
        1 => rings(&mut canvas, &mut dice, &colours),
        2 => columns(&mut canvas, &mut dice, &colours),
        _ => landscape(&mut canvas, &mut dice, &colours),
    }
    canvas
}

fn tiles(canvas: &mut Canvas, dice: &mut Dice, colours: &Palette) {
    let tile = real(EXHIBIT_SIDE) / 4.0;
    for n in 0..16 {
        let area = Area::square((real(n % 4) * tile, real(n / 4) * tile), tile);
        canvas.rectangle(area, 0.0, (dice.one_of([colours.pale, colours.light, colours.middle]), 1.0));
        let colour = dice.one_of([colours.deep, colours.middle, colours.deep, [255; 3], colours.accent]);
        shape(canvas, dice, area, (colour, 1.0));
    }
}

fn rings(canvas: &mut Canvas, dice: &mut Dice, colours: &Palette) {
    let side = real(EXHIBIT_SIDE);
    let centre = (dice.between(0.38, 0.62) * side, dice.between(0.4, 0.6) * side);
    let ground = [colours.deep, colours.middle, colours.light, colours.pale, colours.middle, colours.deep];
    for (n, colour) in ground.into_iter().enumerate() {
        canvas.circle(centre, side * real(n).mul_add(-0.068, 0.44), None, (colour, 1.0));
    }
    for _ in 0..3 {
        let at = (dice.between(0.12, 0.88) * side, dice.between(0.12, 0.88) * side);
        let radius = dice.between(0.05, 0.12) * side;
        canvas.circle(at, radius * 1.25, None, ([255; 3], 0.35));
        canvas.circle(at, radius, None, (colours.accent, 1.0));
    }
}

fn columns(canvas: &mut Canvas, dice: &mut Dice, colours: &Palette) {
    let side = real(EXHIBIT_SIDE);
    canvas.circle((side * 0.74, side * 0.26), side * 0.17, None, (colours.accent, 1.0));
    for n in 0..6 {
        let left = side * real(n).mul_add(0.14, 0.09);
        let top = side * (dice.between(0.0, 0.16) + real(n).mul_add(-0.06, 0.62));
        let area = Area { left, top, right: left + side * 0.11, bottom: side * 0.9 };
        let colour = dice.one_of([colours.deep, colours.middle, colours.middle]);
        canvas.rectangle(area, side * 0.054, (colour, 1.0));
        canvas.circle((left + side * 0.055, top + side * 0.055), side * 0.028, None, (colours.pale, 0.9));
    }
}

fn landscape(canvas: &mut Canvas, dice: &mut Dice, colours: &Palette) {
    let side = real(EXHIBIT_SIDE);
    let sun = (dice.between(0.25, 0.75) * side, dice.between(0.26, 0.4) * side);
    canvas.circle(sun, side * 0.23, None, ([255; 3], 0.35));
    canvas.circle(sun, side * 0.15, None, (colours.accent, 1.0));
    for (n, colour) in [colours.light, colours.middle, colours.deep].into_iter().enumerate() {
        hills(canvas, dice, (side * real(n).mul_add(0.16, 0.5), side * 0.07), (colour, 1.0));
    }
}

#[cfg(test)]
mod tests;
