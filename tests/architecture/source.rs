//! As much understanding of Rust source as the checks need.

/// The source with comments removed and literals emptied, so that words in
/// them are not taken for code.
pub(crate) fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if first == '"' {
            string(rest)
        } else if let Some(length) = raw_string(rest, code.chars().last()) {
            length
        } else if let Some(length) = character(rest) {
            length
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skipped..];
    }
    code
}

/// Length of a block comment; they nest.
fn block_comment(source: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Length of a string literal with its quotes.
fn string(source: &str) -> usize {
    let mut escaped = false;
    for (at, character) in source.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    source.len()
}

/// Length of `r"..."` or `r#"..."#` (after a `b` or `c`, if any).
fn raw_string(source: &str, before: Option<char>) -> Option<usize> {
    let inside_a_name = before.is_some_and(|c| is_word(c) && c != 'b' && c != 'c');
    let rest = source.strip_prefix('r').filter(|_| !inside_a_name)?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let content = rest[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = content
        .find(&end)
        .map_or(content.len(), |at| at + end.len());
    Some(source.len() - content.len() + length)
}

/// Length of a character literal; a lifetime is none.
fn character(source: &str) -> Option<usize> {
    let rest = source.strip_prefix('\'')?;
    if rest.starts_with('\\') {
        return rest[2..].find('\'').map(|at| 1 + 2 + at + 1);
    }
    let length = rest.chars().next()?.len_utf8();
    rest[length..].starts_with('\'').then_some(1 + length + 1)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Every identifier and keyword of the code.
pub(crate) fn words(source: &str) -> impl Iterator<Item = String> {
    let code = code_only(source);
    let words: Vec<_> = code
        .split(|character| !is_word(character))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.into_iter()
}

/// The top-level modules that `crate::` paths, and `super::` paths which climb
/// `depth` modules to the crate's root, lead into.
pub(crate) fn crate_modules(source: &str, depth: usize) -> Vec<String> {
    let code = code_only(source);
    let roots = ["crate::".to_owned(), "super::".repeat(depth)];
    let mut modules: Vec<_> = roots
        .iter()
        .flat_map(|root| code.split(root.as_str()).skip(1))
        .flat_map(heads)
        .collect();
    modules.sort();
    modules.dedup();
    modules
}

/// The first names of a path: one, or each of a `{...}` group.
fn heads(path: &str) -> Vec<String> {
    let name = |text: &str| -> String { text.trim().chars().take_while(|c| is_word(*c)).collect() };
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for character in group.chars() {
        match character {
            '}' if depth == 0 => break,
            ',' if depth == 0 => parts.push(String::new()),
            other => {
                depth += i32::from(other == '{') - i32::from(other == '}');
                parts.last_mut().unwrap().push(other);
            }
        }
    }
    parts
        .iter()
        .map(|part| name(part))
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn comments_and_literals_are_not_code() {
    let source = r##"
        // unsafe
        /* unsafe /* unsafe */ unsafe */
        let a = "unsafe \" unsafe"; let b = r#"unsafe " unsafe"#; let c = br"unsafe";
        let d: &'static str = 'x'; let e = '\''; let f = '"'; end
    "##;
    let words: Vec<_> = words(source).collect();
    assert!(!words.contains(&"unsafe".to_owned()), "{words:?}");
    assert!(words.contains(&"static".to_owned()));
    assert_eq!(words.last().unwrap(), "end");
}

#[test]
fn code_keeps_its_words_whole() {
    let words: Vec<_> = words("#![deny(unsafe_code)] unsafe { w5100_sim::new() }").collect();
    assert_eq!(words, ["deny", "unsafe_code", "unsafe", "w5100_sim", "new"]);
}

#[test]
fn modules_are_found_in_paths_groups_and_supers() {
    let source = "use crate::{bus::{Bus, spi}, regs}; let x = crate::chip::Chip::new();
        use super::super::stack::Table; use super::near;";
    assert_eq!(crate_modules(source, 2), ["bus", "chip", "regs", "stack"]);
}
