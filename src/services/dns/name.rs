//! Names of hosts, as text and as labels.

/// The most bytes of a name's labels, without the mark of its end.
const LABELS_MAX: u8 = 254;
/// The most bytes of one label.
const LABEL_MAX: u8 = 63;

/// A name as a message has it: each label after its length.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    /// No `length` is past their end.
    labels: [u8; 256],
    length: u8,
}

impl Name {
    /// No name.
    pub const EMPTY: Name = Name {
        labels: [0; 256],
        length: 0,
    };

    /// Sets it to `text`, whose labels are between dots, and `domain` after it.
    /// False for what is no name: an empty label, one of more than 63 bytes, or
    /// more than 253 in all.
    pub fn set(&mut self, text: &[u8], domain: &[u8]) -> bool {
        self.length = 0;
        self.add(text) && (domain.is_empty() || self.add(domain))
    }

    /// Puts `domain` after it, if that makes a name.
    pub fn extend(&mut self, domain: &[u8]) {
        let length = self.length;
        if !self.add(domain) {
            self.length = length;
        }
    }

    #[inline(never)]
    fn add(&mut self, text: &[u8]) -> bool {
        let mut label = self.length;
        let mut good = self.push(0);
        for (at, &byte) in text.iter().enumerate() {
            if byte != b'.' {
                good &= self.push(byte);
                continue;
            }
            good &= self.close(label);
            // One dot at the end says that the name is complete.
            if at + 1 == text.len() {
                return good;
            }
            label = self.length;
            good &= self.push(0);
        }
        good && self.close(label)
    }

    fn push(&mut self, byte: u8) -> bool {
        if self.length >= LABELS_MAX {
            return false;
        }
        if let Some(to) = self.labels.get_mut(usize::from(self.length)) {
            *to = byte;
        }
        self.length += 1;
        true
    }

    /// Writes the length of the label that began at `at`.
    fn close(&mut self, at: u8) -> bool {
        let length = self.length.saturating_sub(at + 1);
        if let Some(to) = self.labels.get_mut(usize::from(at)) {
            *to = length;
        }
        length != 0 && length <= LABEL_MAX
    }

    /// Its labels, without the mark of the end.
    pub fn labels(&self) -> &[u8] {
        self.labels.get(..self.length.into()).unwrap_or_default()
    }

    /// A number for it, its end included.
    pub(super) fn hash(&self) -> u32 {
        let labels = self.labels().iter();
        mix(labels.fold(BASIS, |hash, byte| mix(hash, *byte)), 0)
    }

    /// True if it has but one label.
    pub fn is_single(&self) -> bool {
        let [first, ..] = self.labels;
        first + 1 == self.length
    }

    /// Cuts it to the first `length` bytes of its labels.
    pub fn truncate(&mut self, length: u8) {
        self.length = self.length.min(length);
    }
}

/// What [`mix`] begins with.
pub(super) const BASIS: u32 = 0x811C_9DC5;

/// A hash with one more byte, the same in upper and lower case (FNV-1a).
#[inline(never)]
pub(super) fn mix(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
}

/// A number for a name as text, with or without a dot at its end. `secret` keeps
/// others from finding two names that share one.
pub fn hash(secret: u32, text: &[u8]) -> u32 {
    let text = match text {
        [text @ .., b'.'] => text,
        text => text,
    };
    text.iter().fold(secret, |hash, byte| mix(hash, *byte))
}

/// The address that a text of four numbers between dots is.
pub fn dotted_quad(text: &[u8]) -> Option<[u8; 4]> {
    let mut address = [0; 4];
    let mut number = 0u32;
    let mut digits = 0;
    let mut numbers = 0;
    for at in 0..text.len() + 1 {
        let byte = *text.get(at).unwrap_or(&b'.');
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            number = number * 10 + u32::from(digit);
            digits += 1;
        } else if byte == b'.' && digits != 0 {
            *address.get_mut(numbers)? = number as u8;
            numbers += 1;
            number = 0;
            digits = 0;
        } else {
            return None;
        }
        if digits > 3 || number > 255 {
            return None;
        }
    }
    (numbers == 4).then_some(address)
}
