//! Names of hosts, as text and as labels.

/// The most bytes of a name's labels, without the mark of its end.
const LABELS_MAX: usize = 254;
/// The most bytes of one label.
const LABEL_MAX: usize = 63;

/// A name as a message has it: each label after its length.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    labels: [u8; LABELS_MAX],
    length: u8,
}

impl Name {
    /// No name.
    pub const EMPTY: Name = Name {
        labels: [0; LABELS_MAX],
        length: 0,
    };

    /// Sets it to `text`, whose labels are between dots, and `domain` after it.
    /// False for what is no name: an empty label, one of more than 63 bytes, or
    /// more than 253 in all.
    pub fn set(&mut self, text: &[u8], domain: &[u8]) -> bool {
        self.length = 0;
        self.add(text) && (domain.is_empty() || self.add(domain))
    }

    fn add(&mut self, text: &[u8]) -> bool {
        // One dot at the end says that the name is complete.
        let text = text.strip_suffix(b".").unwrap_or(text);
        text.split(|byte| *byte == b'.')
            .all(|label| self.add_label(label))
    }

    fn add_label(&mut self, label: &[u8]) -> bool {
        let at = usize::from(self.length);
        let end = at + 1 + label.len();
        if label.is_empty() || label.len() > LABEL_MAX || end > LABELS_MAX {
            return false;
        }
        let to = self.labels.iter_mut().skip(at);
        for (to, from) in to.zip([label.len() as u8].iter().chain(label)) {
            *to = *from;
        }
        self.length = end as u8;
        true
    }

    /// Its labels, without the mark of the end.
    pub fn labels(&self) -> &[u8] {
        self.labels.get(..self.length.into()).unwrap_or_default()
    }

    /// Cuts it to the first `length` bytes of its labels.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length.min(LABELS_MAX) as u8);
    }
}

/// A number for a name, the same in upper and lower case and with or without a
/// dot at its end (FNV-1a).
pub fn hash(text: &[u8]) -> u64 {
    let text = text.strip_suffix(b".").unwrap_or(text);
    text.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01B3)
    })
}

/// The address that a text of four numbers between dots is.
pub fn dotted_quad(text: &[u8]) -> Option<[u8; 4]> {
    let mut address = [0; 4];
    let mut numbers = text.split(|byte| *byte == b'.');
    for to in &mut address {
        let digits = numbers.next()?;
        if digits.is_empty() || digits.len() > 3 {
            return None;
        }
        let mut number = 0u16;
        for digit in digits {
            number = number * 10 + u16::from(digit.wrapping_sub(b'0'));
            if !digit.is_ascii_digit() {
                return None;
            }
        }
        *to = u8::try_from(number).ok()?;
    }
    numbers.next().is_none().then_some(address)
}
