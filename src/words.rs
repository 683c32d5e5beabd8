//! Lists of words as one static each.
//!
//! String constants of one object file share a section that a linker keeps or
//! drops as a whole: a program that never asks for an error's name would carry
//! all of them. A list that is joined when the library is compiled is a static
//! of its own, and goes when nobody uses it.

use core::ffi::CStr;

/// Rows of a key and two words.
pub(crate) type Table<T, const N: usize> = [(T, &'static str, &'static str); N];

/// The first column.
pub(crate) const fn keys<T: Copy, const N: usize>(table: &Table<T, N>) -> [T; N] {
    let mut keys = [table[0].0; N];
    let mut at = 0;
    while at < N {
        keys[at] = table[at].0;
        at += 1;
    }
    keys
}

/// The first word of each row.
pub(crate) const fn firsts<T: Copy, const N: usize>(table: &Table<T, N>) -> [&'static str; N] {
    let mut words = [""; N];
    let mut at = 0;
    while at < N {
        words[at] = table[at].1;
        at += 1;
    }
    words
}

/// The second word of each row.
pub(crate) const fn seconds<T: Copy, const N: usize>(table: &Table<T, N>) -> [&'static str; N] {
    let mut words = [""; N];
    let mut at = 0;
    while at < N {
        words[at] = table[at].2;
        at += 1;
    }
    words
}

/// Bytes that [`join`] needs for `words`.
pub(crate) const fn length(words: &[&str]) -> usize {
    let mut total = 0;
    let mut at = 0;
    while at < words.len() {
        total += words[at].len() + 1;
        at += 1;
    }
    total
}

/// The words one after the other, each ended by a NUL.
pub(crate) const fn join<const N: usize>(words: &[&str]) -> [u8; N] {
    let mut joined = [0; N];
    let mut to = 0;
    let mut at = 0;
    while at < words.len() {
        let word = words[at].as_bytes();
        let mut from = 0;
        while from < word.len() {
            joined[to] = word[from];
            to += 1;
            from += 1;
        }
        to += 1;
        at += 1;
    }
    joined
}

/// The word with this number; an empty one past the last.
pub(crate) fn nth(joined: &'static [u8], number: usize) -> &'static CStr {
    let mut rest = joined;
    for _ in 0..number {
        let end = rest.iter().position(|&byte| byte == 0);
        rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or_default();
    }
    CStr::from_bytes_until_nul(rest).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 3] = ["one", "", "three"];
    static JOINED: [u8; length(&WORDS)] = join(&WORDS);

    #[test]
    fn words_come_back_by_number() {
        assert_eq!(&JOINED, b"one\0\0three\0");
        assert_eq!([0, 1, 2].map(|n| nth(&JOINED, n)), [c"one", c"", c"three"]);
        assert_eq!(nth(&JOINED, 3), c"");
        assert_eq!(nth(&JOINED, 9), c"");
    }
}
