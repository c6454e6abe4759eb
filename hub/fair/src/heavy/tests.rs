use super::*;

#[test]
fn a_thread_gives_way_once_and_nobody_else_does() {
    let nice = || rustix::process::getpriority_process(None).unwrap();
    let before = nice();
    let of_thread = std::thread::spawn(move || {
        [false, true, true].map(|is_serving| {
            begin(is_serving);
            nice()
        })
    });
    assert_eq!(of_thread.join().unwrap(), [before, before + NICE, before + NICE]);
    assert_eq!(nice(), before);
}
