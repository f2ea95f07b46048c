//! A text split into its shape and its numbers: `step 3 of 15` is `step # of #` with 3 and 15.

/// The most digits of a number. A longer one is a time or a random number, not a count, and stays in the shape.
const DIGITS: usize = 9;

/// The path without the indexes of lists: it is the same for each item of a list.
pub(crate) fn of_any_item(path: &str) -> String {
    shape(path).0
}

/// The text with `#` in place of each number, and the numbers.
pub(crate) fn shape(text: &str) -> (String, Vec<u64>) {
    let (mut shape, mut numbers) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(at);
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        let (number, after) = digits.split_at(end);
        shape += before;
        match number.parse() {
            Ok(parsed) if number.len() <= DIGITS => {
                numbers.push(parsed);
                shape.push('#');
            }
            _ => shape += number,
        }
        rest = after;
    }
    (shape + rest, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_has_the_numbers_beside_it() {
        let of = |text: &str| shape(text);
        assert_eq!(of("step 3 of 15"), ("step # of #".to_owned(), vec![3, 15]));
        assert_eq!(of(""), (String::new(), vec![]));
        assert_eq!(of("42"), ("#".to_owned(), vec![42]));
        let microseconds = "1234567890";
        assert_eq!(of(microseconds), (microseconds.to_owned(), vec![]));
        assert_eq!(of("123456789"), ("#".to_owned(), vec![123_456_789]));
        assert_eq!(of_any_item("$[1][20].name"), "$[#][#].name");
    }
}
