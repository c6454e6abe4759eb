//! A person's photo as SPEC 7 wants it, made by hand. The tests of the routes read this file, too.

/// A grey JPEG of 600 x 800 pixels, every block of it one bit of each table, with a comment that makes it long enough.
pub(crate) fn portrait() -> Vec<u8> {
    let segment = |marker: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker][..], &length, body].concat()
    };
    // One code of one bit, for the value 0: no difference, or the end of a block.
    let table = |class: u8| [&[class, 1][..], &[0; 15], &[0]].concat();
    let quantum = [&[0][..], &[1; 64]].concat();
    let frame = [8, 0x03, 0x20, 0x02, 0x58, 1, 1, 0x11, 0];
    let scan = [vec![0; 75 * 100 * 2 / 8], vec![0xff, 0xd9]].concat();
    [
        vec![0xff, 0xd8],
        segment(0xfe, &[b' '; 60_000]),
        segment(0xdb, &quantum),
        segment(0xc0, &frame),
        segment(0xc4, &table(0x00)),
        segment(0xc4, &table(0x10)),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        scan,
    ]
    .concat()
}
