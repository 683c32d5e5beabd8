//! What Wireshark's analysis says of the frames of a test.

use std::path::{Path, PathBuf};

use w5100_sim::World;

use crate::support::network::{output, program};

/// What there is on a perfect link too: small windows that fill up, and ends of connections.
const ORDINARY: [&str; 8] = [
    // The kernel writes it so, and it means the same.
    "TCP Checksum 0xffff instead of 0x0000",
    "TCP window specified by the receiver is now completely full",
    "TCP Zero Window segment",
    "TCP window update",
    "TCP Zero Window Probe",
    "ACK to a TCP Zero Window Probe",
    "This frame initiates the connection closing",
    "This frame undergoes the connection closing",
];

/// What a link that loses, doubles, delays and turns frames round brings with it.
/// The chip keeps no connection that is closed, and so resets it when a frame comes late.
const IMPAIRED: [&str; 9] = [
    "Connection reset (RST)",
    "This frame is a (suspected) retransmission",
    "This frame is a (suspected) fast retransmission",
    "This frame is a (suspected) spurious retransmission",
    "This frame is a (suspected) out-of-order segment",
    "Duplicate ACK (#",
    "D-SACK Sequence",
    "TCP keep-alive segment",
    "ACK to a TCP keep-alive segment",
];

/// All frames of a network, written to a file.
pub(crate) struct Capture<'a> {
    world: &'a World,
    file: PathBuf,
}

impl<'a> Capture<'a> {
    pub(crate) fn start(world: &'a World, name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let file = directory.join(format!("tap-{name}.pcap"));
        world.capture(&file).expect("the file can be made");
        Self { world, file }
    }

    /// Ends the capture. No frame is malformed or has a wrong checksum, and TCP shows nothing
    /// that the link is not to blame for. What the link does to frames it does after they are
    /// captured.
    #[track_caller]
    pub(crate) fn assert_clean(self, impaired: bool) {
        self.world.stop_capture().expect("the file is whole");
        assert_clean(&self.file, impaired);
    }
}

/// What [`Capture::assert_clean`] asks of a capture that is whole.
#[track_caller]
pub(crate) fn assert_clean(file: &Path, impaired: bool) {
    let Some(mut tshark) = program("tshark") else {
        return;
    };
    let report = output(tshark.arg("-r").arg(file).args([
        "-oip.check_checksum:TRUE",
        "-otcp.check_checksum:TRUE",
        "-oudp.check_checksum:TRUE",
        "-qzexpert",
    ]));
    let report = String::from_utf8_lossy(&report);
    let allowed = |summary: &&str| {
        let is = |start: &&str| summary.starts_with(start);
        ORDINARY.iter().any(is) || impaired && IMPAIRED.iter().any(is)
    };
    let found = findings(&report);
    let wrong: Vec<_> = found.iter().filter(|summary| !allowed(summary)).collect();
    let file = file.display();
    assert!(wrong.is_empty(), "{file}: {wrong:#?}\n{report}");
    // Nothing can be found where nothing was captured.
    assert!(
        report.contains("Connection establish request (SYN)"),
        "{file}"
    );
}

/// The summaries of errors, warnings and notes in tshark's report, but not of its chats.
fn findings(report: &str) -> Vec<&str> {
    let mut serious = false;
    let mut found = Vec::new();
    for line in report.lines() {
        let (first, rest) = word(line);
        match first {
            "Chats" => serious = false,
            "Errors" | "Warns" | "Notes" => serious = true,
            // How often, the group, the protocol, and then the summary.
            count if serious && count.parse::<u32>().is_ok() => {
                let (_group, rest) = word(rest);
                let (_protocol, summary) = word(rest);
                found.push(summary.trim());
            }
            _ => {}
        }
    }
    found
}

/// The first word of a line, and what comes after it.
fn word(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    line.split_once(' ').unwrap_or((line, ""))
}

#[test]
fn findings_are_all_but_the_chats() {
    let report = "
Errors (1)
=============
   Frequency      Group           Protocol  Summary
          18  Malformed               ECHO  Malformed Packet (Exception occurred)

Notes (1)
=============
   Frequency      Group           Protocol  Summary
           1   Sequence                TCP  This frame is a (suspected) retransmission

Chats (257)
=============
   Frequency      Group           Protocol  Summary
           1   Sequence                TCP  Connection finish (FIN)
";
    let expected = [
        "Malformed Packet (Exception occurred)",
        "This frame is a (suspected) retransmission",
    ];
    assert_eq!(findings(report), expected);
}
