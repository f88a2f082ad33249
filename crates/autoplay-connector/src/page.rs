//! Pages: the name people give to a URL, and the one URL that stands for all addresses of the same page.
//!
//! A URL is usable if it is absolute and has a path (`https://…`, `file:///…`, `capacitor://…`), or if it is a path of
//! its own (`/cart?step=2`). Everything else (`about:blank`, `data:…`, garbage) has neither name nor canonical form.

use url::Url;

use crate::percent;
use crate::segment::is_id;
use crate::text::clean;

/// What the name of a page is where its path has none.
const HOME: &str = "home";

/// The page's name, in lower case: the last path segment that is no id, percent-decoded and split on `-` and `_`; `home`
/// for `/` and for a path of ids alone. `None` if the URL is not usable.
///
/// ```
/// use autoplay_connector::page::page_name;
///
/// assert_eq!(page_name("https://shop.example/settings-billing").as_deref(), Some("settings billing"));
/// assert_eq!(page_name("https://shop.example/orders/123").as_deref(), Some("orders"));
/// assert_eq!(page_name("about:blank"), None);
/// ```
#[must_use]
pub fn page_name(url: &str) -> Option<String> {
    let address = Address::parse(url)?;
    let name = address
        .segments()
        .rev()
        .map(decoded)
        .filter(|segment| !is_id(segment))
        .map(|segment| words(&segment));
    Some(name.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| HOME.to_owned()))
}

/// Scheme, host and path, without what differs between visits: scheme and host in lower case, no user, no default port,
/// no query, no fragment, and `:id` for each segment that is an id. Empty if the URL is not usable.
///
/// ```
/// use autoplay_connector::page::canonical_url;
///
/// assert_eq!(canonical_url("HTTPS://Shop.Example:443/orders/123?tab=items#top"), "https://shop.example/orders/:id");
/// ```
#[must_use]
pub fn canonical_url(url: &str) -> String {
    let Some(address) = Address::parse(url) else {
        return String::new();
    };
    let segments: Vec<&str> =
        address.segments().map(|segment| if is_id(&decoded(segment)) { ":id" } else { segment }).collect();
    format!("{}{}", address.origin, segments.join("/"))
}

/// A page's name as a title shows it: with a capital first letter.
pub(crate) fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A usable URL in its two parts.
struct Address {
    /// Scheme, host and port; empty where the URL is a path.
    origin: String,
    path: String,
}

impl Address {
    fn parse(url: &str) -> Option<Self> {
        let url = url.trim();
        let (parsed, is_path) = match Url::parse(url) {
            Ok(parsed) => (parsed, false),
            Err(_) if url.starts_with('/') && !url.starts_with("//") => {
                (Url::parse("http://path.invalid").ok()?.join(url).ok()?, true)
            }
            Err(_) => return None,
        };
        if parsed.cannot_be_a_base() {
            return None;
        }
        let origin = if is_path { String::new() } else { origin(&parsed) };
        Some(Self { origin, path: parsed.path().to_owned() })
    }

    fn segments(&self) -> std::str::Split<'_, char> {
        self.path.split('/')
    }
}

fn origin(url: &Url) -> String {
    let scheme = url.scheme();
    if !url.has_authority() {
        return format!("{scheme}:");
    }
    // Hosts of schemes that the URL standard does not know keep their case there; here they are compared.
    let host = url.host_str().unwrap_or_default().to_lowercase();
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{scheme}://{host}{port}")
}

fn decoded(segment: &str) -> String {
    String::from_utf8_lossy(&percent::decode(segment.as_bytes())).into_owned()
}

fn words(segment: &str) -> String {
    clean(&segment.replace(['-', '_'], " ")).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_by_the_last_segment_that_is_no_id() {
        for (url, expected) in [
            ("https://shop.example/", "home"),
            ("https://shop.example", "home"),
            ("https://shop.example/?a=/b", "home"),
            ("https://shop.example/123/507f1f77bcf86cd799439011", "home"),
            ("https://shop.example/cart", "cart"),
            ("https://shop.example/Cart/", "cart"),
            ("https://shop.example/settings-billing", "settings billing"),
            ("https://shop.example/Order_History--2024", "order history 2024"),
            ("https://shop.example/projects/311/tasks", "tasks"),
            ("https://shop.example/projects/311", "projects"),
            ("https://shop.example/users/jane%40example.com", "users"),
            ("https://shop.example/shop/--/", "shop"),
            ("https://shop.example/cat%C3%A1logo", "catálogo"),
            ("https://shop.example/catálogo", "catálogo"),
            ("https://shop.example/%E6%8E%A1%E7%94%A8", "採用"),
            ("https://shop.example/a%0D%0Ab%FF", "a b\u{fffd}"),
            ("https://shop.example/a%2Fb", "a/b"),
            ("https://shop.example/cart#/checkout", "cart"),
            ("/cart?step=2", "cart"),
            ("  https://shop.example/cart  ", "cart"),
            ("file:///android_asset/www/index.html", "index.html"),
            ("capacitor://localhost/order-list", "order list"),
        ] {
            assert_eq!(page_name(url).as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn a_url_that_is_none_has_neither_name_nor_canonical_form() {
        for url in [
            "",
            "   ",
            "about:blank",
            "data:text/html,x",
            "javascript:void(0)",
            "not a url",
            "//",
            "http://",
            "http://[",
            "cart",
        ] {
            assert_eq!(page_name(url), None, "{url}");
            assert_eq!(canonical_url(url), "", "{url}");
        }
    }

    #[test]
    fn a_canonical_url_holds_nothing_that_differs_between_visits() {
        for (url, expected) in [
            ("https://shop.example/cart", "https://shop.example/cart"),
            ("HTTP://User:Secret@SHOP.Example:80/Cart?q=typed#x", "http://shop.example/Cart"),
            ("https://shop.example:443/", "https://shop.example/"),
            ("https://shop.example:8443/a/", "https://shop.example:8443/a/"),
            ("https://shop.example", "https://shop.example/"),
            ("http://[2001:DB8::1]:3000/x", "http://[2001:db8::1]:3000/x"),
            ("https://shop.example/projects/311/tasks", "https://shop.example/projects/:id/tasks"),
            (
                "https://shop.example/u/018f3c2e-7b1a-7c3d-9e4f-0123456789ab/7",
                "https://shop.example/u/:id/:id",
            ),
            ("https://shop.example/users/jane%40example.com/x", "https://shop.example/users/:id/x"),
            ("https://shop.example/users/jane@example.com", "https://shop.example/users/:id"),
            ("https://shop.example/top-10-tips-for-2024", "https://shop.example/top-10-tips-for-2024"),
            ("https://shop.example/catálogo", "https://shop.example/cat%C3%A1logo"),
            ("https://shop.example//a//7", "https://shop.example//a//:id"),
            ("https://shop.example/line\nbreak", "https://shop.example/linebreak"),
            ("/orders/123?x=1#y", "/orders/:id"),
            ("capacitor://LocalHost/order/12", "capacitor://localhost/order/:id"),
            ("file:///a/12", "file:///a/:id"),
        ] {
            assert_eq!(canonical_url(url), expected, "{url}");
        }
    }

    #[test]
    fn a_title_begins_with_a_capital() {
        for (name, expected) in [
            ("cart", "Cart"),
            ("settings billing", "Settings billing"),
            ("été", "Été"),
            ("採用", "採用"),
            ("", ""),
        ] {
            assert_eq!(capitalised(name), expected);
        }
    }
}
