//! The module `http`: whole answers, bounded in size and time.

use std::time::Duration;

use autoplay_sdk::http::{HttpClient, HttpError, Request};
use autoplay_testkit::{FaultServer, Script};

#[test]
fn sends_what_it_is_given_and_gives_back_what_came() {
    let server = FaultServer::start([Script::answer(201, &[("X-Id", "7")], "made")]);
    let answer = Request::new("POST", &server.url("/products"))
        .header("X-Admin-Key", "secret")
        .header("Content-Type", "application/json")
        .body("{}")
        .send()
        .unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.header("x-id")), (201, &b"made"[..], Some("7")));
    let request = &server.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str(), &request.body[..]),
        ("POST", "/products", &b"{}"[..])
    );
    assert_eq!(
        (request.header("x-admin-key"), request.header("content-type")),
        (Some("secret"), Some("application/json"))
    );
}

#[test]
fn redirects_are_handed_out() {
    let server = FaultServer::start([Script::answer(307, &[("Location", "/elsewhere")], "")]);
    let answer = Request::new("POST", &server.url("/")).send().unwrap();
    assert_eq!((answer.status, answer.header("location")), (307, Some("/elsewhere")));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_answer_over_the_limit_is_refused() {
    for (limit, fits) in [(3, false), (4, true)] {
        let server = FaultServer::start([Script::answer(200, &[], "abcd")]);
        let answer = Request::new("GET", &server.url("/")).max_response_bytes(limit).send();
        assert_eq!(answer.is_ok(), fits);
        if let Err(error) = answer {
            assert!(matches!(error, HttpError::TooLarge { limit: 3, .. }), "{error}");
        }
    }
}

#[test]
fn a_mute_server_and_a_stalled_body_are_given_up() {
    let stalled =
        Script::new().read_request().head(200, &[("Content-Length", "9")]).send("x").stall_for_ever();
    for script in [Script::mute(), stalled] {
        let server = FaultServer::start([script]);
        let error =
            Request::new("GET", &server.url("/?token=hunter2")).timeout(Duration::from_millis(100)).send();
        let error = error.unwrap_err();
        assert!(matches!(error, HttpError::Timeout { .. }), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn wrong_arguments_are_named_and_not_shown() {
    let send = |request: Request| request.send().unwrap_err().to_string();
    let url = "http://127.0.0.1:1/";
    assert!(send(Request::new("GET", "nowhere")).starts_with("url"));
    assert!(send(Request::new("G T", url)).contains("method"));
    assert!(send(Request::new("GET", url).header("a b", "c")).contains("headers"));
    let text = send(Request::new("GET", url).header("X-Admin-Key", "hunter2\r\nX: y"));
    assert!(text.contains("headers") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_client_keeps_its_connection() {
    let reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let two = Script::new().read_request().send(reply).read_request().send(reply);
    let server = FaultServer::start([two.stall_for_ever()]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = HttpClient::new().unwrap();
        for _ in 0..2 {
            let answer = client.send(Request::new("GET", &server.url("/"))).await.unwrap();
            assert_eq!(answer.status, 200);
        }
    });
    assert_eq!((server.accepted(), server.requests().len()), (1, 2));
}

#[test]
fn neither_request_nor_answer_is_shown() {
    let server = FaultServer::start([Script::answer(201, &[], "hunter2")]);
    let request =
        Request::new("POST", &server.url("/?token=hunter2")).header("X-Admin-Key", "hunter2").body("hunter2");
    let shown = format!("{request:?} {:?}", request.clone().send().unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}
