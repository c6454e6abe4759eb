//! A picture in the making: colours, and shapes with smooth edges laid over what is there. Line by line, without a look at
//! a pixel that a shape does not touch, so that a debug build draws quickly, too.

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

/// Lines that each line of pixels is looked at in, so that edges are smooth.
const LINES: usize = 4;
/// What covers a pixel whole. **Units**: parts of it.
const WHOLE: u32 = 256;

/// What a shape is laid on with: a colour, and how much of it hides what is below, 0 to 1.
pub(super) type Paint = (Colour, f32);

/// A part of the picture. **Units**: pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Area {
    pub(super) const fn square((left, top): (f32, f32), side: f32) -> Self {
        Self { left, top, right: left + side, bottom: top + side }
    }
}

/// See the module.
pub(super) struct Canvas {
    width: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// One colour above that becomes another below.
    pub(super) fn gradient((width, height): (usize, usize), above: Colour, below: Colour) -> Self {
        let mut pixels = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            pixels.extend(mix(above, below, real(y) / real(height)).repeat(width));
        }
        Self { width, pixels }
    }

    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    fn height(&self) -> usize {
        self.pixels.len() / (self.width * 3)
    }

    pub(super) fn circle(&mut self, (x, y): (f32, f32), radius: f32, within: Option<Area>, paint: Paint) {
        let around = Area { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius };
        self.fill(within.unwrap_or(around), paint, |line| {
            let square = radius.mul_add(radius, -(line - y) * (line - y));
            (square > 0.0).then(|| (x - square.sqrt(), x + square.sqrt()))
        });
    }

    /// With corners of such a radius.
    pub(super) fn rectangle(&mut self, area: Area, radius: f32, paint: Paint) {
        self.fill(area, paint, |line| {
            let over = (area.top + radius - line).max(line - (area.bottom - radius)).max(0.0);
            let inset = radius - radius.mul_add(radius, -over * over).max(0.0).sqrt();
            Some((area.left + inset, area.right - inset))
        });
    }

    /// The half of an area below its diagonal, from the upper left or to the upper right.
    pub(super) fn triangle(&mut self, area: Area, is_left: bool, paint: Paint) {
        let slope = (area.right - area.left) / (area.bottom - area.top);
        self.fill(area, paint, |line| {
            let reach = (line - area.top) * slope;
            Some(if is_left { (area.left, area.left + reach) } else { (area.right - reach, area.right) })
        });
    }

    /// Everything below a line that lies so far from the top at each x.
    pub(super) fn below(&mut self, paint: Paint, top: impl Fn(f32) -> f32) {
        let tops: Vec<_> = (0..self.width).map(|x| top(real(x))).collect();
        let highest = whole(tops.iter().copied().fold(f32::MAX, f32::min));
        let lowest = tops.iter().copied().fold(0.0, f32::max);
        for (y, row) in self.pixels.chunks_exact_mut(self.width * 3).enumerate().skip(highest) {
            if real(y) >= lowest {
                lay_whole(row, paint);
                continue;
            }
            for (pixel, top) in row.chunks_exact_mut(3).zip(&tops) {
                blend(pixel, paint, (real(y) + 1.0 - top).clamp(0.0, 1.0));
            }
        }
    }

    /// A shape that is in one piece on every line, within an area.
    fn fill(&mut self, area: Area, paint: Paint, span: impl Fn(f32) -> Option<(f32, f32)>) {
        for y in whole(area.top)..whole(area.bottom.ceil()).min(self.height()) {
            let spans: [_; LINES] = std::array::from_fn(|n| {
                let line = real(y) + (real(n) + 0.5) / real(LINES);
                let (left, right) = (line >= area.top && line < area.bottom).then(|| span(line)).flatten()?;
                Some((left.max(area.left).max(0.0), right.min(area.right))).filter(|(left, right)| left < right)
            });
            self.lay(y, &spans, paint);
        }
    }

    fn lay(&mut self, y: usize, spans: &[Option<(f32, f32)>; LINES], paint: Paint) {
        if spans.iter().all(Option::is_none) {
            return;
        }
        let ends = |(a, b): (f32, f32), (left, right): &(f32, f32)| (a.min(*left), b.max(*right));
        let (from, to) = spans.iter().flatten().fold((f32::MAX, 0.0), ends);
        let (from, to) = (whole(from), whole(to.ceil()).min(self.width));
        // Where every line is covered nothing needs to be counted.
        let inner = |(a, b): (f32, f32), (left, right): &(f32, f32)| (a.max(*left), b.min(*right));
        let (solid_from, solid_to) = spans.iter().flatten().fold((0.0, f32::MAX), inner);
        let solid =
            if spans.contains(&None) { 0..0 } else { whole(solid_from.ceil()).min(to)..whole(solid_to).min(to) };
        let solid = solid.start..solid.end.max(solid.start);
        let row = self.pixels.get_mut((y * self.width + from) * 3..(y * self.width + to.max(from)) * 3);
        for (x, pixel) in (from..to).zip(row.unwrap_or_default().chunks_exact_mut(3)) {
            if !solid.contains(&x) {
                blend(pixel, paint, covered(x, spans));
            }
        }
        let inner = self.pixels.get_mut((y * self.width + solid.start) * 3..(y * self.width + solid.end) * 3);
        lay_whole(inner.unwrap_or_default(), paint);
    }
}

/// What hides everything needs no look at what is below.
fn lay_whole(pixels: &mut [u8], paint: Paint) {
    if paint.1 >= 1.0 {
        pixels.copy_from_slice(&paint.0.repeat(pixels.len() / 3));
    } else {
        pixels.chunks_exact_mut(3).for_each(|pixel| blend(pixel, paint, 1.0));
    }
}

/// How much of a pixel lies in the spans.
fn covered(x: usize, spans: &[Option<(f32, f32)>; LINES]) -> f32 {
    let one = |(left, right): &(f32, f32)| (right.min(real(x) + 1.0) - left.max(real(x))).max(0.0);
    spans.iter().flatten().map(one).sum::<f32>() / real(LINES)
}

fn blend(pixel: &mut [u8], (colour, hides): Paint, covers: f32) {
    let part = parts(hides * covers);
    for (below, above) in pixel.iter_mut().zip(colour) {
        *below = byte((u32::from(*below) * (WHOLE - part) + u32::from(above) * part) / WHOLE);
    }
}

/// Between two colours: 0 is the first, 1 the other.
pub(super) fn mix(mut one: Colour, other: Colour, at: f32) -> Colour {
    blend(&mut one, (other, 1.0), at);
    one
}

/// A colour by its hue in degrees, and by saturation and lightness from 0 to 1.
pub(super) fn hsl(hue: f32, saturation: f32, lightness: f32) -> Colour {
    let reach = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|n: f32| {
        let k = (n + hue / 30.0).rem_euclid(12.0);
        let tone = reach.mul_add(-(k - 3.0).min(9.0 - k).clamp(-1.0, 1.0), lightness);
        byte(parts(tone).min(255))
    })
}

fn byte(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of 0 to 1, of 256")]
fn parts(part: f32) -> u32 {
    (part.clamp(0.0, 1.0) * 256.0) as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a picture; before it is 0")]
pub(super) fn whole(value: f32) -> usize {
    value.max(0.0) as usize
}

#[expect(clippy::cast_precision_loss, reason = "pictures are some hundred pixels wide")]
pub(super) const fn real(value: usize) -> f32 {
    value as f32
}
