use super::{JsonError, JsonErrorKind, Key, Literal, Name, decimal::Decimal};
use std::borrow::Cow;

mod string;

/// How deep arrays and objects may be nested. The outermost one counts as 1, and scalars count nothing.
pub const MAX_DEPTH: usize = 500;

/// Reads a JSON text piece by piece, as its caller asks for them, and borrows from it what it can.
///
/// The caller looks at what comes ([`peek`](Self::peek)) and takes it with the method for its shape. A container
/// is entered; while it has another value, that is read (in an object, after its [`key`](Self::key)).
/// The reader never calls itself, so that no text can exhaust the stack.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// What kind of value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    Bool,
    Number,
    String,
    Container(Container),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Array,
    Object,
}

impl Container {
    fn end(self) -> u8 {
        match self {
            Self::Array => b']',
            Self::Object => b'}',
        }
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// As [`new`](Self::new), past a byte order mark.
    pub(super) fn after_bom(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, depth: 0 }
    }

    /// The offset of the next byte to be read.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// How many bytes are left to read.
    pub(crate) fn left(&self) -> usize {
        self.text.len() - self.at
    }

    /// Says what comes next, past white space.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<Shape, JsonError> {
        match self.next_byte()? {
            b'"' => Ok(Shape::String),
            b'-' | b'0'..=b'9' | b'N' | b'I' => Ok(Shape::Number),
            b'{' => Ok(Shape::Container(Container::Object)),
            b'[' => Ok(Shape::Container(Container::Array)),
            b't' | b'f' => Ok(Shape::Bool),
            b'n' => Ok(Shape::Null),
            _ => Err(self.error(JsonErrorKind::UnexpectedCharacter)),
        }
    }

    pub(crate) fn null(&mut self) -> Result<(), JsonError> {
        self.word("null")
    }

    pub(crate) fn bool(&mut self) -> Result<bool, JsonError> {
        if self.next_byte()? == b't' {
            self.word("true").map(|()| true)
        } else {
            self.word("false").map(|()| false)
        }
    }

    pub(crate) fn number(&mut self) -> Result<Literal<'a>, JsonError> {
        let start = self.at;
        let mut decimal = Decimal::default();
        Ok(match self.written_number(&mut decimal)? {
            Some(word) => Literal::Float(word),
            None => decimal.literal(&self.text[start..self.at]),
        })
    }

    /// Takes a number without working out what it is, unless it is a word.
    #[inline]
    fn written_number(&mut self, decimal: &mut Decimal) -> Result<Option<f64>, JsonError> {
        let start = self.at;
        decimal.negative = self.accept(b'-');
        match self.byte() {
            Some(b'N') if !decimal.negative => return self.word("NaN").map(|()| Some(f64::NAN)),
            Some(b'I') => {
                let infinity = if decimal.negative { f64::NEG_INFINITY } else { f64::INFINITY };
                return self.word("Infinity").map(|()| Some(infinity));
            }
            _ => {}
        }
        let leading_zero = self.byte() == Some(b'0');
        decimal.whole = self.digits(decimal)?;
        if leading_zero && decimal.whole > 1 {
            return Err(JsonError::new(JsonErrorKind::InvalidNumber, start));
        }
        if self.accept(b'.') {
            decimal.fraction = self.digits(decimal)?;
        }
        if self.accept(b'e') || self.accept(b'E') {
            let _signed = self.accept(b'+') || self.accept(b'-');
            decimal.exponent = self.digits(decimal)?;
        }
        Ok(None)
    }

    fn skip_number(&mut self) -> Result<(), JsonError> {
        let rest = &self.text.as_bytes()[self.at..];
        let digits = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let whole = digits(0);
        let fraction = if rest.get(whole) == Some(&b'.') { digits(whole + 1) + 1 } else { 0 };
        let end = whole + fraction;
        // Nearly all numbers are written like this.
        let is_plain = whole > 0
            && fraction != 1
            && (whole == 1 || rest[0] != b'0')
            && !matches!(rest.get(end), Some(b'e' | b'E'));
        if is_plain {
            self.at += end;
            return Ok(());
        }
        self.written_number(&mut Decimal::default()).map(drop)
    }

    /// Enters an array or object and says whether there is anything in it.
    #[inline]
    pub(crate) fn enter(&mut self, container: Container) -> Result<bool, JsonError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(JsonErrorKind::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        if self.next_byte()? == container.end() {
            self.leave();
            return Ok(false);
        }
        Ok(true)
    }

    /// After a value in an array or object, says whether another one follows.
    #[inline]
    pub(crate) fn another(&mut self, container: Container) -> Result<bool, JsonError> {
        match self.next_byte()? {
            b',' => {
                self.at += 1;
                Ok(true)
            }
            byte if byte == container.end() => {
                self.leave();
                Ok(false)
            }
            _ => Err(self.error(JsonErrorKind::UnexpectedCharacter)),
        }
    }

    /// The name of the next member of an object.
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let key = self.string()?;
        self.colon()?;
        Ok(key)
    }

    /// Reads an object by giving each name to `member`, which takes the value.
    ///
    /// Whoever writes objects of one kind writes their members in one order. What comes next in `usual_order` is
    /// compared with the text before a name is read, which saves most of what names cost.
    #[inline]
    pub(crate) fn object<F: Copy>(
        &mut self,
        usual_order: &[Name<F>],
        mut member: impl FnMut(Key<'a, F>, &mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        let mut expected = 0;
        let mut more = self.enter(Container::Object)?;
        while more {
            let key = match usual_order.get(expected) {
                Some(name) if self.accept_name(name) => {
                    expected += 1;
                    name.key()
                }
                _ => self.other_key(usual_order, &mut expected)?,
            };
            self.colon()?;
            member(key, self)?;
            more = self.another(Container::Object)?;
        }
        Ok(())
    }

    /// A name that was not expected. If it is known all the same, the one after it is expected next.
    fn other_key<F: Copy>(
        &mut self,
        usual_order: &[Name<F>],
        expected: &mut usize,
    ) -> Result<Key<'a, F>, JsonError> {
        let text = self.string()?;
        let Some(place) = usual_order.iter().position(|usual| usual.is(&text)) else {
            return Ok(Key { text, field: None });
        };
        *expected = place + 1;
        Ok(usual_order[place].key())
    }

    /// Reads a value of any shape and drops it.
    pub(crate) fn skip(&mut self) -> Result<(), JsonError> {
        match self.peek()? {
            Shape::Null => self.null(),
            Shape::Bool => self.bool().map(drop),
            Shape::Number => self.skip_number(),
            Shape::String => self.skip_string(),
            Shape::Container(outermost) => self.skip_container(outermost),
        }
    }

    /// Without calling itself, and without the heap: of what is open, one bit each says what it is.
    fn skip_container(&mut self, outermost: Container) -> Result<(), JsonError> {
        let around = self.depth;
        let mut open = OpenContainers::default();
        let mut innermost = outermost;
        let mut more = self.enter(outermost)?;
        loop {
            if more {
                if innermost == Container::Object {
                    self.skip_string()?;
                    self.colon()?;
                }
                if let Shape::Container(container) = self.peek()? {
                    open.set(self.depth, innermost);
                    innermost = container;
                    more = self.enter(container)?;
                    continue;
                }
                self.skip()?;
            } else if self.depth == around {
                return Ok(());
            } else {
                innermost = open.get(self.depth);
            }
            more = self.another(innermost)?;
        }
    }

    /// Makes sure that nothing but white space is left.
    pub(crate) fn finish(mut self) -> Result<(), JsonError> {
        self.white_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.error(JsonErrorKind::TrailingText)) }
    }

    #[inline]
    fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    #[inline]
    fn colon(&mut self) -> Result<(), JsonError> {
        if self.next_byte()? != b':' {
            return Err(self.error(JsonErrorKind::UnexpectedCharacter));
        }
        self.at += 1;
        Ok(())
    }

    /// Takes one digit or more, adds them to `decimal`, and says how many there were.
    #[inline]
    fn digits(&mut self, decimal: &mut Decimal) -> Result<usize, JsonError> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = decimal.extend(rest);
        if count == 0 {
            let kind =
                if rest.is_empty() { JsonErrorKind::UnexpectedEnd } else { JsonErrorKind::InvalidNumber };
            return Err(self.error(kind));
        }
        self.at += count;
        Ok(count)
    }

    fn word(&mut self, word: &str) -> Result<(), JsonError> {
        let rest = &self.text.as_bytes()[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        let cut_off = word.as_bytes().starts_with(rest);
        let kind = if cut_off { JsonErrorKind::UnexpectedEnd } else { JsonErrorKind::InvalidLiteral };
        Err(self.error(kind))
    }

    /// The next byte past white space; it stays where it is.
    #[inline]
    fn next_byte(&mut self) -> Result<u8, JsonError> {
        self.white_space();
        self.byte().ok_or_else(|| self.error(JsonErrorKind::UnexpectedEnd))
    }

    #[inline]
    fn white_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    #[inline]
    fn accept(&mut self, byte: u8) -> bool {
        let accepted = self.byte() == Some(byte);
        self.at += usize::from(accepted);
        accepted
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError::new(kind, self.at)
    }
}

/// What the containers at each depth are.
#[derive(Default)]
struct OpenContainers([u64; MAX_DEPTH / 64 + 1]);

impl OpenContainers {
    fn set(&mut self, depth: usize, container: Container) {
        let bit = 1 << (depth % 64);
        match container {
            Container::Array => self.0[depth / 64] &= !bit,
            Container::Object => self.0[depth / 64] |= bit,
        }
    }

    fn get(&self, depth: usize) -> Container {
        if self.0[depth / 64] >> (depth % 64) & 1 == 0 { Container::Array } else { Container::Object }
    }
}
