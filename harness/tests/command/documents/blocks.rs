//! The fenced blocks of a page, and its links.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A block with its place.
pub(super) struct Block {
    /// The line of its first line in the page.
    pub(super) line: usize,
    /// What stands behind its fence; nothing for an indented one.
    pub(super) words: Vec<String>,
    pub(super) text: String,
}

impl Block {
    /// The value of `name=VALUE` behind the fence.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.words
            .iter()
            .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|other| other == word)
    }
}

/// Every block, in order.
pub(super) fn read(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (event, range) in Parser::new_ext(page, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let words = match &kind {
                    CodeBlockKind::Fenced(words) => words.as_ref(),
                    CodeBlockKind::Indented => "",
                };
                open = Some(Block {
                    line: page[..range.start].lines().count() + 1,
                    words: words.split_whitespace().map(str::to_owned).collect(),
                    text: String::new(),
                });
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.text += &text;
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

/// Where the page's links and pictures lead.
pub(super) fn links(page: &str) -> Vec<String> {
    let events = Parser::new_ext(page, Options::ENABLE_TABLES);
    events
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_block_has_its_words_its_text_and_its_line() {
    let page = "# a\n\n[b](c.md#d)\n\n```yaml scenario=x.yaml\na: 1\n```\n\n    indented\n";
    let blocks = read(page);
    assert_eq!(blocks[0].line, 5);
    assert_eq!(blocks[0].value("scenario"), Some("x.yaml"));
    assert_eq!(blocks[0].text, "a: 1\n");
    assert!(blocks[1].words.is_empty());
    assert_eq!(links(page), ["c.md#d"]);
}
