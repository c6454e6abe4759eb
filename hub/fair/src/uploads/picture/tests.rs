use image::{ImageEncoder as _, Rgb, RgbImage};

use super::*;

/// Something that must not come through.
const PLANTED: &[u8] = b"<script>alert('planted')</script>";

/// Noise, so that no codec makes it short; its first row is red.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [high, low, ..] = state.to_be_bytes();
        if y < 8 { Rgb([255, 0, 0]) } else { Rgb([0, high, low]) }
    })
}

fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn all() -> [(Format, Vec<u8>); 4] {
    let image = noise(64, 48);
    [
        (Format::Jpeg, ImageFormat::Jpeg),
        (Format::Png, ImageFormat::Png),
        (Format::Gif, ImageFormat::Gif),
        (Format::Bmp, ImageFormat::Bmp),
    ]
    .map(|(format, known)| (format, encoded(&image, known)))
}

fn holds(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// A PNG that says that it is so large, and has no more than its head.
fn flood(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes().iter().chain(&height.to_be_bytes()));
    chunk.extend([depth, colour, 0, 0, 0]);
    let crc = crc(&chunk);
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0d",
        chunk.as_slice(),
        &crc.to_be_bytes(),
        &[0, 0, 0, 0],
        b"IDAT",
        &[0x35, 0xAF, 6, 0x1E],
    ]
    .concat()
}

/// A JPEG with this in its EXIF: an orientation, and a text where cameras put their place.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
    tiff.extend(PLANTED);
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &tiff, &jpeg[2..]].concat()
}

#[test]
fn pictures_keep_their_pixels_and_become_jpeg_or_png() {
    for (format, bytes) in all() {
        let drawn = draw(&bytes, format).unwrap();
        assert_eq!((drawn.width, drawn.height), (64, 48), "{format:?}");
        let is = if format == Format::Jpeg { Format::Jpeg } else { Format::Png };
        assert_eq!((drawn.format, Format::sniff(&drawn.bytes)), (is, Some(is)));
        let shown = image::load_from_memory(&drawn.bytes).unwrap().into_rgb8();
        let Rgb([red, green, _]) = *shown.get_pixel(3, 3);
        assert!(red > 200 && green < 60, "{format:?}");
    }
}

#[test]
fn transparency_stays() {
    let image = image::RgbaImage::from_fn(9, 9, |x, _| image::Rgba([1, 2, 3, (x * 20).to_le_bytes()[0]]));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    let drawn = draw(&bytes.into_inner(), Format::Png).unwrap();
    assert_eq!(image::load_from_memory(&drawn.bytes).unwrap().into_rgba8(), image);
}

#[test]
fn sixteen_bits_a_channel_become_eight() {
    let mut bytes = Vec::new();
    let wide: Vec<u8> = (0..5 * 4 * 3 * 2).collect();
    PngEncoder::new(&mut bytes).write_image(&wide, 5, 4, image::ExtendedColorType::Rgb16).unwrap();
    let drawn = draw(&bytes, Format::Png).unwrap();
    assert_eq!(image::load_from_memory(&drawn.bytes).unwrap().color(), image::ColorType::Rgb8);
}

#[test]
fn exif_is_gone_and_what_it_turned_is_turned() {
    let jpeg = with_exif(&encoded(&noise(64, 48), ImageFormat::Jpeg), 6);
    assert!(holds(&jpeg, PLANTED));
    let drawn = draw(&jpeg, Format::Jpeg).unwrap();
    assert!(!holds(&drawn.bytes, PLANTED) && !holds(&drawn.bytes, b"Exif"));
    assert_eq!((drawn.width, drawn.height), (48, 64));
    let shown = image::load_from_memory(&drawn.bytes).unwrap().into_rgb8();
    let Rgb([red, green, _]) = *shown.get_pixel(44, 30);
    assert!(red > 200 && green < 60, "the first row is on the right");
}

#[test]
fn a_second_file_behind_or_inside_a_picture_is_gone() {
    for (format, bytes) in all() {
        let zip = [bytes.as_slice(), b"PK\x03\x04", PLANTED].concat();
        let drawn = draw(&zip, format).unwrap();
        assert!(!holds(&drawn.bytes, PLANTED) && !holds(&drawn.bytes, b"PK\x03\x04"), "{format:?}");
    }
    // A GIF that is a script, too: its width is a comment's beginning.
    let gif = encoded(&noise(64, 48), ImageFormat::Gif);
    let comment = [&[0x21, 0xFE, u8::try_from(PLANTED.len()).unwrap()], PLANTED, &[0]].concat();
    let table = 13 + if gif[10] & 0x80 == 0 { 0 } else { 3 << ((gif[10] & 7) + 1) };
    let script = [&gif[..table], &comment, &gif[table..]].concat();
    let drawn = draw(&script, Format::Gif).unwrap();
    assert_eq!((drawn.width, drawn.height), (64, 48));
    assert!(!holds(&drawn.bytes, PLANTED));
}

#[test]
fn a_flood_of_pixels_is_refused_by_its_head() {
    for (width, height, depth, colour) in [
        (30_000, 30_000, 8, 6),
        (16_384, 16_384, 8, 0),
        (16_000, 4_000, 16, 6),
        (u32::MAX >> 1, 1, 8, 2),
        (1, 17_000, 8, 0),
    ] {
        let drawn = draw(&flood(width, height, depth, colour), Format::Png);
        assert_eq!(drawn, Err(Unusable::TooManyPixels), "{width} x {height}");
    }
    let mut gif = encoded(&noise(64, 48), ImageFormat::Gif);
    gif[6..10].fill(0xFF);
    assert_eq!(draw(&gif, Format::Gif), Err(Unusable::TooManyPixels));
    let mut bitmap = encoded(&noise(64, 48), ImageFormat::Bmp);
    bitmap[18..22].copy_from_slice(&30_000_u32.to_le_bytes());
    bitmap[22..26].copy_from_slice(&30_000_u32.to_le_bytes());
    assert_eq!(draw(&bitmap, Format::Bmp), Err(Unusable::TooManyPixels));
    let mut jpeg = encoded(&noise(64, 48), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    assert_eq!(draw(&jpeg, Format::Jpeg), Err(Unusable::TooManyPixels));
}

#[test]
fn a_picture_that_is_not_whole_is_refused() {
    for (format, bytes) in all() {
        for kept in [9, 40, bytes.len() / 2, bytes.len() - 200] {
            assert_eq!(draw(&bytes[..kept], format), Err(Unusable::Damaged), "{format:?}, {kept} bytes");
        }
    }
    let jpeg = encoded(&noise(64, 48), ImageFormat::Jpeg);
    assert_eq!(draw(&jpeg[..jpeg.len() - 2], Format::Jpeg), Err(Unusable::Damaged), "no end marker");
}

#[test]
fn one_format_does_not_pass_as_another() {
    for (format, bytes) in all() {
        for other in [Format::Jpeg, Format::Png, Format::Gif, Format::Bmp].into_iter().filter(|other| *other != format)
        {
            assert!(draw(&bytes, other).is_err(), "{format:?} as {other:?}");
        }
    }
    assert_eq!(draw(b"%PDF-1.7", Format::Pdf), Err(Unusable::Damaged));
}

#[test]
fn no_byte_of_a_picture_makes_a_decoder_fall() {
    for (format, bytes) in all() {
        for at in 0..bytes.len().min(700) {
            let mut broken = bytes.clone();
            broken[at] ^= 0xFF;
            // Whatever comes of it, it comes back.
            drop(draw(&broken, format));
        }
    }
}

#[tokio::test]
async fn more_pictures_than_workers_wait_their_turn() {
    let pictures = Pictures::default();
    let (_, bytes) = all().into_iter().next().unwrap();
    let drawing = (0..8).map(|_| pictures.draw(bytes.clone(), Format::Jpeg));
    let drawn = futures_util::future::join_all(drawing).await;
    assert!(drawn.iter().all(Result::is_ok));
    assert_eq!(pictures.0.available_permits(), WORKERS_MAX);
}

#[test]
fn a_wide_picture_has_a_small_form_of_its_format_and_a_narrow_one_none() {
    for (format, known) in [(Format::Jpeg, ImageFormat::Jpeg), (Format::Png, ImageFormat::Png)] {
        let drawn = draw(&encoded(&noise(1_200, 400), known), format).unwrap();
        let small = drawn.small.unwrap();
        assert!(small.len() < drawn.bytes.len());
        let small = image::load_from_memory_with_format(&small, known).unwrap();
        assert_eq!((small.width(), small.height()), (SMALL_WIDTH, 160), "as it is, smaller");
    }
    let tall = draw(&encoded(&noise(500, 4_000), ImageFormat::Png), Format::Png).unwrap().small.unwrap();
    assert_eq!(image::load_from_memory(&tall).unwrap().height(), SMALL_HEIGHT_MAX);
    assert_eq!(draw(&encoded(&noise(SMALL_WIDTH, 400), ImageFormat::Png), Format::Png).unwrap().small, None);
}
