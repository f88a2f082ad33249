//! The request is the caller's: method, headers and body, with each attempt anew.

use autoplay_testkit::{FaultServer, Request, Script};

use crate::support::{LIMIT, each_kind, quick};

fn redirect(status: u16, location: &str) -> Script {
    Script::answer(status, &[("Location", location)], "")
}

fn stream(data: &str) -> Script {
    Script::sse().send(format!("data: {data}\n\n"))
}

/// Method, body, content type and the caller's key.
fn shown(request: &Request) -> (&str, &[u8], Option<&str>, Option<&str>) {
    let header = |name| request.header(name);
    (&request.method, &request.body, header("content-type"), header("x-key"))
}

#[test]
fn method_headers_and_body_are_sent_with_each_attempt() {
    for method in ["POST", "REPORT", "PUT"] {
        each_kind(|subscribe| {
            let server = FaultServer::start([stream("1").reset(), stream("2").stall_for_ever()]);
            let endpoint = quick(&server.url("/s"))
                .method(method)
                .header("content-type", "application/json; charset=utf-8")
                .header("X-Key", "hunter2")
                .body(r#"{"hello":"wörld"}"#);
            let mut events = subscribe(&endpoint);
            events.data();
            events.data();
            for number in [1, 2] {
                let request = server.wait_for_request(number, LIMIT);
                let json = Some("application/json; charset=utf-8");
                let body = r#"{"hello":"wörld"}"#.as_bytes();
                assert_eq!(shown(&request), (method, body, json, Some("hunter2")));
                assert_eq!(request.header("accept"), Some("text/event-stream"));
            }
        });
    }
}

#[test]
fn well_known_methods_may_be_written_in_any_case_and_others_are_sent_as_they_are() {
    for (given, sent) in [("get", "GET"), ("Post", "POST"), ("REPORT", "REPORT"), ("report", "report")] {
        let server = FaultServer::start([Script::answer(404, &[], "")]);
        assert!(quick(&server.url("/")).method(given).subscribe_blocking().unwrap().next().unwrap().is_err());
        assert_eq!(server.requests()[0].method, sent);
    }
}

#[test]
fn without_a_body_none_is_announced() {
    let server = FaultServer::start([Script::answer(404, &[], "")]);
    assert!(quick(&server.url("/")).subscribe_blocking().unwrap().next().unwrap().is_err());
    let request = &server.requests()[0];
    assert_eq!((request.header("content-length"), request.header("content-type")), (None, None));
}

#[test]
fn a_header_of_ones_own_takes_the_place_of_one_that_is_sent_by_itself() {
    let server = FaultServer::start([Script::answer(404, &[], "")]);
    let endpoint = quick(&server.url("/"))
        .header("Accept", "text/event-stream;q=1, text/plain")
        .header("user-agent", "mine")
        .header("x-two", "a")
        .header("X-Two", "b");
    assert!(endpoint.subscribe_blocking().unwrap().next().unwrap().is_err());
    let request = &server.requests()[0];
    let all = |name: &str| -> Vec<&str> {
        let same = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!(all("accept"), ["text/event-stream;q=1, text/plain"]);
    assert_eq!(all("user-agent"), ["mine"]);
    assert_eq!(all("x-two"), ["a", "b"]);
    assert_eq!(all("cache-control"), ["no-cache"]);
}

#[test]
fn a_redirect_repeats_the_request_or_makes_a_get_of_it() {
    for (status, method, body) in
        [(301, "GET", ""), (302, "GET", ""), (303, "GET", ""), (307, "POST", "ask"), (308, "POST", "ask")]
    {
        let server = FaultServer::start([redirect(status, "/there"), stream("1").stall_for_ever()]);
        let endpoint = quick(&server.url("/s")).method("POST").body("ask");
        let endpoint = endpoint.header("Content-Type", "text/plain").header("X-Key", "hunter2");
        let mut events = endpoint.subscribe_blocking().unwrap();
        assert!(events.next().unwrap().is_ok());
        let content_type = (!body.is_empty()).then_some("text/plain");
        let followed = server.wait_for_request(2, LIMIT);
        assert_eq!(shown(&followed), (method, body.as_bytes(), content_type, Some("hunter2")), "{status}");
        assert_eq!(followed.path, "/there");
    }
}

#[test]
fn no_header_of_the_callers_follows_to_another_origin_and_none_comes_back() {
    let (home, abroad) = (FaultServer::start([]), FaultServer::start([]));
    home.push(redirect(307, &abroad.url("/there")));
    abroad.push(redirect(307, &home.url("/back")));
    home.push(Script::answer(401, &[], ""));
    let endpoint = quick(&home.url("/s")).method("POST").body("ask").header("Content-Type", "text/plain");
    let endpoint = endpoint.header("X-Key", "hunter2").header("Authorization", "Bearer hunter2");
    let error = endpoint.subscribe_blocking().unwrap().next().unwrap().unwrap_err();
    assert!(error.to_string().contains("another origin"), "{error}");
    assert_eq!(shown(&home.requests()[0]).3, Some("hunter2"));
    for request in [&abroad.requests()[0], &home.requests()[1]] {
        assert_eq!(shown(request), ("POST", &b"ask"[..], Some("text/plain"), None));
        assert!(request.headers.iter().all(|(_, value)| !value.contains("hunter2")));
    }
}

#[test]
fn a_proxy_that_is_given_gets_the_request_with_its_credentials() {
    let proxy = FaultServer::start([stream("1").stall_for_ever()]);
    let via = format!("http://user:hunter2@{}", proxy.addr());
    each_kind(|subscribe| {
        let endpoint = quick("http://example.invalid/s?x=1").proxy(&via);
        assert!(!format!("{endpoint:?}").contains("hunter2"), "{endpoint:?}");
        let mut events = subscribe(&endpoint);
        assert_eq!(events.data(), "1");
        proxy.push(stream("1").stall_for_ever());
    });
    for request in proxy.requests() {
        assert_eq!(request.path, "http://example.invalid/s?x=1");
        // user:hunter2
        assert_eq!(request.header("proxy-authorization"), Some("Basic dXNlcjpodW50ZXIy"));
    }
}
