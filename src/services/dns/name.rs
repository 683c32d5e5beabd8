//! Names of hosts, as text: labels with dots between them.

/// The most bytes of a name: 255 as a message has it, which is two more.
const NAME_MAX: usize = 253;
/// Room for one; any number in a byte is within it.
pub(super) const NAME_ROOM: usize = 256;
/// The most bytes of one label.
const LABEL_MAX: usize = 63;

/// The name without the dot that may end it; `None` for what is no name.
#[inline(never)]
pub fn host_name(text: &[u8]) -> Option<&[u8]> {
    let name = text.strip_suffix(b".").unwrap_or(text);
    let good = name.len() <= NAME_MAX
        && labels(name).all(|label| !label.is_empty() && label.len() <= LABEL_MAX);
    good.then_some(name)
}

/// Whether there is no dot in it, not even at its end: it may be one of the own
/// domain.
pub fn is_short(text: &[u8]) -> bool {
    labels(text).nth(1).is_none()
}

/// What is between the dots.
pub(super) fn labels(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'.')
}

/// A number for a name, the same in upper and lower case; `secret` keeps others
/// from finding two names that share one.
#[inline(never)]
pub fn hash(secret: u32, name: &[u8]) -> u32 {
    let name = name.iter();
    name.fold(mix(secret, b'.'), |hash, byte| mix(hash, *byte))
}

/// The same with one more byte (FNV-1a). A dot goes before each label.
#[inline(never)]
pub(super) fn mix(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
}

/// The address that a text of four numbers between dots is.
pub fn dotted_quad(text: &[u8]) -> Option<[u8; 4]> {
    let mut address = [0; 4];
    let mut parts = labels(text);
    for to in &mut address {
        *to = number(parts.next()?)?;
    }
    parts.next().is_none().then_some(address)
}

/// A number of one to three digits.
fn number(text: &[u8]) -> Option<u8> {
    let mut number = 0;
    for byte in text {
        let digit = u32::from(*byte).wrapping_sub(u32::from(b'0'));
        if digit > 9 || text.len() > 3 {
            return None;
        }
        number = number * 10 + digit;
    }
    match text.is_empty() {
        true => None,
        false => u8::try_from(number).ok(),
    }
}
