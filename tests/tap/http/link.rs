//! The file over links that are good and bad.

use std::path::Path;

use super::{curl, server};
use crate::MEBIBYTE;
use crate::capture;
use crate::support::pattern;

/// The file over a link that is so bad: settings of `W5100_SIM_LINK`.
fn impaired(name: &str, link: &str) {
    let capture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("http-{name}.pcap"));
    let started = server(|command| {
        command.env("W5100_SIM_LINK", link);
        command.env("W5100_SIM_CAPTURE", &capture);
    });
    let Some((server, address)) = started else {
        return;
    };
    let Some(file) = curl(address, &["--fail", "@/file"]) else {
        return;
    };
    assert!(file == pattern(MEBIBYTE, 0), "the file differs");
    server.quit();
    capture::assert_clean(&capture, !link.is_empty());
}

#[test]
fn the_file_is_right_on_a_clean_link() {
    impaired("clean", "");
}

#[test]
fn the_file_is_right_with_loss() {
    impaired("loss", "seed=1,loss_permille=10");
}

#[test]
fn the_file_is_right_with_reordering() {
    let link = "seed=2,reorder_permille=50,reorder_delay_us=3000";
    impaired("reordering", link);
}

#[test]
fn the_file_is_right_with_duplicates() {
    impaired("duplicates", "seed=3,duplicate_permille=200");
}

#[test]
fn the_file_is_right_with_delay_and_jitter() {
    impaired("delay", "seed=4,latency_us=1000,jitter_us=3000");
}

#[test]
fn the_file_is_right_with_every_fault() {
    let link = "seed=5,latency_us=300,jitter_us=1000,loss_permille=3,duplicate_permille=20,\
                reorder_permille=5,reorder_delay_us=4000,corrupt_permille=3";
    impaired("every-fault", link);
}
